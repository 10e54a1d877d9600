"""Gatherers as processes of their own, as a deployment runs them: started, killed, stopped.

Belongs here: child processes of this command. Does not: what a gatherer does (platform.capturing).
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus, read_heartbeat

_STOP_SECONDS = 12.0
_LOG_SHOWN = 2_000


class GathererProcesses:
    """One `marketdata capture` per gatherer; all of them are ended when the block ends."""

    def __init__(
        self,
        root: Path,
        config: Path,
        names: Sequence[str],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """`config`: the marketdata.toml that they read; their output goes to `<root>/logs/`."""
        self._root, self._names = root, tuple(names)
        self._environ = {
            **(os.environ if environ is None else environ),
            "MARKETDATA_CONFIG": str(config),
            "MARKETDATA_ROOT": str(root),
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.killed: dict[str, int] = dict.fromkeys(self._names, 0)

    def __enter__(self) -> GathererProcesses:
        for name in self._names:
            self.start(name)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str) -> None:
        """Start a gatherer."""
        logs = self._root / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "marketdata_platform.cli", "capture", "--gatherer", name]
        with (logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, env=self._environ, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        """SIGKILL: no chance to say goodbye."""
        self._running[name].kill()
        self._running[name].wait()
        self.killed[name] += 1

    def stop(self) -> None:
        """SIGTERM to all, and wait until they have drained."""
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._running.values():
            try:
                process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def status(self, name: str) -> GathererStatus | None:
        """The gatherer's last heartbeat; None before the first."""
        return read_heartbeat(self._root / "journals" / name)

    def wait_capturing(self, name: str, timeout_seconds: float = 30.0) -> float:
        """Wait until this process of the gatherer is capturing with every connection up; the
        seconds that it took.

        Raises:
            MarketDataError: it ended, or was not there in time; the message shows the end of its
                log.
        """
        begun = time.monotonic()
        pid = self._running[name].pid
        while time.monotonic() - begun < timeout_seconds:
            status = self.status(name)
            if status and status.pid == pid and status.state == "capturing" and _all_up(status):
                return time.monotonic() - begun
            if self._running[name].poll() is not None:
                raise MarketDataError(f"gatherer {name} ended: {self._log_end(name)}")
            time.sleep(0.05)
        raise MarketDataError(
            f"gatherer {name} is not capturing after {timeout_seconds:g} s: {self._log_end(name)}"
        )

    def _log_end(self, name: str) -> str:
        return (self._root / "logs" / f"{name}.log").read_text(errors="replace")[-_LOG_SHOWN:]


def _all_up(status: GathererStatus) -> bool:
    return bool(status.connections) and all(one.state == "connected" for one in status.connections)
