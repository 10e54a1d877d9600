"""`marketdata chart`: one self-contained HTML file and a PNG."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.charts.html import render_html
from marketdata_platform.charts.png import render_png
from marketdata_platform.cli.screen.choose import days_of_trades, instruments_named
from marketdata_platform.cli.screen.screen import console, size
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform
from marketdata_platform.platform import open as open_platform


def chart(
    instrument: str,
    *,
    interval: Annotated[str, Parameter(help="Candle length, 1s … 1M")] = "1m",
    first: Annotated[
        date | None, Parameter(name="--from", help="First UTC day; none: the last with trades")
    ] = None,
    last: Annotated[date | None, Parameter(name="--to", help="Last UTC day, included")] = None,
    out: Annotated[
        Path | None, Parameter(help="File name without ending; none: <root>/charts/…")
    ] = None,
) -> None:
    """Draw an instrument: candles, volume, CVD, VPIN, imbalance bars' ends, value area, gaps and
    zones.
    """
    platform = open_platform()
    one = instruments_named(platform, [instrument])[0]
    start, end = _days(platform, one, first, last)
    data = platform.chart_data(one, start, end, interval)
    if data.klines.is_empty():
        raise InvalidInput(
            f"{one} has no klines from {start} to {end}: run `marketdata backfill all --instrument "
            f"'{one}'` first"
        )
    span = f"{start}" if start == end else f"{start}_{end}"
    folder = platform.root / "charts" / one.venue / one.market / one.path_symbol
    base = out or folder / f"{span}_{interval}"
    base.parent.mkdir(parents=True, exist_ok=True)
    for path, render in (
        (base.with_name(base.name + ".html"), render_html),
        (base.with_name(base.name + ".png"), render_png),
    ):
        render(data, path)
        console.print(f"{path}  ({size(path.stat().st_size)})", soft_wrap=True)


def _days(
    platform: Platform, instrument: Instrument, first: date | None, last: date | None
) -> tuple[date, date]:
    """What is given, else the last day with trades."""
    traded = days_of_trades(platform, instrument)
    if not traded and first is None:
        raise InvalidInput(
            f"{instrument} has no trades in the store at {platform.root}: import some first"
        )
    start = first or last or traded[-1]
    return start, last or max(start, traded[-1] if traded else start)
