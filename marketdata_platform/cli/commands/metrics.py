"""`marketdata metrics`: Prometheus metrics of this deployment, served until stopped, or printed
once.
"""

from __future__ import annotations

import signal
import sys
import threading
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.observe.logs import configure_logs, logger
from marketdata_platform.observe.metrics import serve, text
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.watching.exporter import sources


def metrics(
    *,
    host: Annotated[str | None, Parameter(help="Address to listen on; none: metrics.host")] = None,
    port: Annotated[int | None, Parameter(help="Port; none: metrics.port")] = None,
    once: Annotated[
        bool, Parameter(help="Print one scrape instead of serving", negative=())
    ] = False,
) -> None:
    """Serve `/metrics` until SIGTERM or Ctrl-C.

    Gatherers are reported from their heartbeats, landing and the other short runs from what they
    wrote down under `<root>/metrics`, the store from its catalogues. Nothing is counted row by row.
    """
    platform = open_platform()
    settings = platform.settings
    if once:
        sys.stdout.write(text(sources(platform)).decode())
        return
    configure_logs(settings.log.format, settings.log.level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    at = (host or settings.metrics.host, port or settings.metrics.port)
    server, thread = serve(sources(platform), *at)
    logger("metrics").info("serving", url=f"http://{at[0]}:{at[1]}/metrics")
    stop.wait()
    server.shutdown()
    thread.join(timeout=5)
    platform.store.close()
