"""`marketdata capture`: a gatherer in the foreground, under systemd, Kubernetes or a person's
eyes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Annotated

from cyclopts import Parameter
from rich.live import Live
from rich.text import Text

from marketdata_platform.cli.screen.screen import console, count, size
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.observe.logs import configure_logs, logger
from marketdata_platform.platform.gatherers.capture import capture as run_gatherer
from marketdata_platform.settings import Settings, load_settings
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus

_PORT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Configured:
    """A gatherer needs the configuration only: opening a store would load a database into its
    process.
    """

    settings: Settings


def capture(
    *,
    gatherer: Annotated[
        str | None, Parameter(help="Its name in [gatherers]; not needed when there is one")
    ] = None,
    seconds: Annotated[
        float | None, Parameter(help="End after so long; none: run until stopped")
    ] = None,
) -> None:
    """Run a gatherer in the foreground: record the configured streams into its journal. Ctrl-C or
    SIGTERM ends it.

    Everything that was received is on disk when it has ended. Starting the same gatherer again
    while it runs hands over: the new process connects first, then the old one ends, and no frame is
    lost between them.
    """
    settings = load_settings()
    name = gatherer or _only(settings)
    configure_logs(settings.log.format, settings.log.level)
    section = settings.gatherers.get(name)
    if section is not None and section.metrics_port is not None:
        Thread(
            target=_serve_metrics, args=(settings, name, section.metrics_port), daemon=True
        ).start()
    run = partial(run_gatherer, _Configured(settings), name, seconds=seconds)
    if not console.is_terminal:
        result = run()
    else:
        text = Text(f"{name}: starting")
        with Live(text, console=console, transient=True, auto_refresh=False) as live:
            result = run(on_status=lambda s: live.update(_line(s), refresh=True))
    console.print(
        f"{result.gatherer}: {count(result.frames)} frames ({size(result.bytes)}) in "
        f"{result.seconds:.1f} s, "
        f"all on disk up to {result.acknowledged or 'nowhere'}; ended: {result.ended}"
    )


def _serve_metrics(settings: Settings, name: str, port: int) -> None:
    """Serve as soon as the port is free: at a hand-over the process before still has it."""
    # Here, not above: a gatherer must be back within seconds, and recording comes first.
    from marketdata_platform.observe.metrics import serve
    from marketdata_platform.platform.gatherers.gatherer_counts import gatherer_source

    warned = False
    while True:
        try:
            serve([gatherer_source(settings, name)], settings.metrics.host, port)
            return
        except ConfigurationError as error:
            if not warned:
                logger("capture").warning("no metrics yet", gatherer=name, reason=str(error))
            warned = True
            time.sleep(_PORT_SECONDS)


def _only(settings: Settings) -> str:
    if len(settings.gatherers) == 1:
        return next(iter(settings.gatherers))
    raise ConfigurationError(
        f"say which gatherer with --gatherer; there are {', '.join(settings.gatherers)}"
    )


def _line(status: GathererStatus) -> Text:
    up = sum(one.state == "connected" for one in status.connections)
    rate = sum(
        one.messages_per_second
        for one in {(s.connection, s.messages): s for s in status.streams}.values()
    )
    gaps = sum(one.gaps for one in status.streams)
    text = (
        f"{status.gatherer}: {status.state}  {up}/{len(status.connections)} connections  "
        f"{count(status.frames)} frames "
        f"({size(status.bytes)})  {rate:,.0f}/s  on disk to {status.acknowledged or '–'}"
    )
    line = Text(text, style="yellow" if status.state in ("stopped", "waiting") else "")
    if gaps:
        line.append(f"  {count(gaps)} gaps", style="yellow")
    return line
