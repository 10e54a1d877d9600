"""Key figures above a chart, and the notes that say what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import polars as pl

from marketdata_platform.charts.data import Candles, ChartData, gap_boxes, vpin_line, zone_boxes
from marketdata_platform.charts.theme import price_text, short_number


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
    gaps = (
        [gap_boxes(data, direction, 1_000_000) for direction in ("bullish", "bearish")]
        if data.gaps.height
        else []
    )
    zones = (
        [zone_boxes(data, kind, 1_000_000) for kind in ("demand", "supply")]
        if data.zones.height
        else []
    )
    for label, groups in (("Open gaps", gaps), ("Live zones", zones)):
        live = sum(int(boxes.live.sum()) for boxes, _ in groups)
        total = sum(count for _, count in groups)
        figures.append(KeyFigure(label, f"{live} / {total}" if total else "none"))
    figures.append(KeyFigure("Imbalance bars", f"{data.imbalance_bars.height:,}"))
    return figures


def _price_figures(klines: pl.DataFrame) -> list[KeyFigure]:
    opened, close = float(klines["open"][0]), float(klines["close"][-1])
    # Exact sums: the stored columns are decimals.
    volume, quote, buys, sells = (
        Decimal(klines[name].sum())
        for name in ("volume", "quote_volume", "buy_volume", "sell_volume")
    )
    delta = float(buys - sells)
    change = close / opened - 1
    return [
        KeyFigure("Last", price_text(close)),
        KeyFigure("Change", f"{change:+.2%}", "up" if change >= 0 else "down"),
        KeyFigure("High", price_text(float(klines["high"].max()), close)),  # type: ignore[arg-type]
        KeyFigure("Low", price_text(float(klines["low"].min()), close)),  # type: ignore[arg-type]
        KeyFigure("VWAP", price_text(float(quote / volume), close) if volume else "–"),
        KeyFigure("Trades", f"{klines['trades'].sum():,}"),
        KeyFigure("Volume", short_number(float(volume))),
        KeyFigure(
            "Delta",
            ("+" if delta >= 0 else "") + short_number(delta),
            "up" if delta >= 0 else "down",
        ),
    ]


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
