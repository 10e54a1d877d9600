"""Gatherers as processes of their own, as systemd starts them: `marketdata capture`."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from marketdata_platform_tests.feeds.gathering.recording import heartbeat

CONFIG = """
root = {root!r}
gatherers = ["g1"]
[capture]
commit_seconds = 0.02
{capture}
[capture.instruments]
"binance:spot:BTCUSDT" = ["trades"]
[endpoints."binance:spot"]
websocket = {url!r}
rest = {rest!r}
"""


class GathererProcess:
    """`marketdata capture` in a process; a context manager that ends it."""

    def __init__(
        self, root: Path, server, *arguments: str, capture: str = "", environment=None
    ) -> None:
        config = root / "marketdata.toml"
        root.mkdir(exist_ok=True)
        config.write_text(
            CONFIG.format(root=str(root), url=server.url, rest=server.rest, capture=capture)
        )
        self.folder = root / "journals" / "g1"
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            [str(Path(sys.executable).parent / "marketdata"), "capture", *arguments],
            env={**os.environ, "MARKETDATA_CONFIG": str(config), **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "GathererProcess":
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    @property
    def beating(self) -> bool:
        """True if the heartbeat is this process's, and says that it captures."""
        status = heartbeat(self.folder)
        return status is not None and status.pid == self.process.pid and status.state == "capturing"

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, float]:
        """Send the signal and wait; exit status, all output, and the seconds that it took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        out, errors = self.process.communicate(timeout=20)
        return self.process.returncode, out + errors, time.monotonic() - begun
