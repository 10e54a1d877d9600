"""`marketdata demo`: the whole platform on this machine, live or from dumps."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from cyclopts import Parameter


def demo(
    *,
    seconds: Annotated[float, Parameter(help="How long the exchange is recorded")] = 30.0,
    rate: Annotated[float, Parameter(help="Trades per second of all instruments together")] = 600.0,
    seed: Annotated[int | None, Parameter(help="Another market; none: the usual one")] = None,
    clean: Annotated[bool, Parameter(help="Simulate a flawless exchange", negative=())] = False,
    dumps: Annotated[
        bool, Parameter(help="A day of dump files instead of live streams", negative=())
    ] = False,
    day: Annotated[date | None, Parameter(help="With --dumps: UTC day to simulate")] = None,
) -> int:
    """Record a simulated exchange live with three gatherers, and prove that nothing is lost and
    nothing counted twice.

    The exchange runs on loopback with faults switched on, one gatherer is killed on the way.
    Landing, repair, bars, order flow and archive follow; the closing table compares the store with
    the exchange's truth, trade by trade. With `--dumps`: a seeded day of trade files, through
    import to the archive.
    """
    if dumps or day is not None:
        from marketdata_platform.cli.demo.dumps import DAY, demo_of_dumps

        return demo_of_dumps(day or DAY, seed, clean)
    from marketdata_platform.cli.demo.live import demo_live

    return demo_live(seconds, rate, seed, clean)
