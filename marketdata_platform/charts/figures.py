"""Key figures above a chart, and the notes that say what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import polars as pl

from marketdata_platform.charts.candles import Candles
from marketdata_platform.charts.data import Boxes, ChartData, gap_boxes, vpin_line, zone_boxes
from marketdata_platform.charts.theme import price_text, short_number

_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number with its name; `tone` is `up`, `down` or empty."""

    label: str
    value: str
    tone: str = ""


def date_range(data: ChartData) -> str:
    """The window as people write it; the last day is the last one inside it."""
    first, last = data.window.start, data.window.end - timedelta(microseconds=1)
    if data.window.end - data.window.start == timedelta(days=1) and first.hour == first.minute == 0:
        return f"{first:%a %d %b %Y} UTC"
    if first.date() == last.date():
        return f"{first:%d %b %Y %H:%M} – {data.window.end:%H:%M} UTC"
    return f"{first:%d %b %Y} – {last:%d %b %Y} UTC"


def key_figures(data: ChartData) -> list[KeyFigure]:
    """Price and change, trades, volume, VWAP, delta, VPIN now, gaps, zones and imbalance bars,
    where there are any.
    """
    figures: list[KeyFigure] = []
    if data.klines.height:
        figures += _price_figures(data.klines.sort("open_time"))
    _, vpin = vpin_line(data)
    figures.append(KeyFigure("VPIN now", f"{vpin[-1]:.3f}" if len(vpin) else "–"))
    gaps = [gap_boxes(data, direction, _ALL) for direction in ("bullish", "bearish")]
    zones = [zone_boxes(data, kind, _ALL) for kind in ("demand", "supply")]
    figures.append(_live_of_all("Open gaps", gaps))
    figures.append(_live_of_all("Live zones", zones))
    figures.append(KeyFigure("Imbalance bars", f"{data.imbalance_bars.height:,}"))
    return figures


def _live_of_all(label: str, groups: list[tuple[Boxes, int]]) -> KeyFigure:
    live = sum(int(boxes.live.sum()) for boxes, _ in groups)
    total = sum(count for _, count in groups)
    return KeyFigure(label, f"{live} / {total}" if total else "none")


def _price_figures(klines: pl.DataFrame) -> list[KeyFigure]:
    opened, close = float(klines["open"][0]), float(klines["close"][-1])
    high, low = float(klines["high"].max()), float(klines["low"].min())  # type: ignore[arg-type]
    volume, quote = _exact_sum(klines["volume"]), _exact_sum(klines["quote_volume"])
    change = close / opened - 1
    return [
        KeyFigure("Last", price_text(close)),
        KeyFigure("Change", f"{change:+.2%}", _tone(change)),
        KeyFigure("High", price_text(high, close)),
        KeyFigure("Low", price_text(low, close)),
        KeyFigure("VWAP", price_text(float(quote / volume), close) if volume else "–"),
        KeyFigure("Trades", f"{klines['trades'].sum():,}"),
        KeyFigure("Volume", short_number(float(volume))),
        _delta(klines),
    ]


def _delta(klines: pl.DataFrame) -> KeyFigure:
    delta = float(_exact_sum(klines["buy_volume"]) - _exact_sum(klines["sell_volume"]))
    sign = "+" if delta >= 0 else ""
    return KeyFigure("Delta", sign + short_number(delta), _tone(delta))


def _exact_sum(column: pl.Series) -> Decimal:
    return Decimal(column.sum())


def _tone(change: float) -> str:
    return "up" if change >= 0 else "down"


def notes(data: ChartData, drawn: Candles, shown_gaps: int, shown_zones: int) -> str:
    """What the reader must know of the drawing: merged candles, and gaps and zones that were left
    out.
    """
    parts = []
    if drawn.merged > 1:
        parts.append(
            f"each candle merges {drawn.merged} × {data.interval} ({len(drawn):,} of "
            f"{data.klines.height:,} shown)"
        )
    for name, frame, shown in (
        ("fair value gaps", data.gaps, shown_gaps),
        ("zones", data.zones, shown_zones),
    ):
        total = frame.select("detected_at", frame.columns[3]).n_unique() if frame.height else 0
        if total > shown:
            parts.append(f"the {shown} most important of {total} {name} are drawn")
    return "; ".join(parts)
