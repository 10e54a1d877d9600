"""What a chart shows, as plain arrays: both renderers draw from these and compute nothing
themselves.

Belongs here: the frames of a chart, and the series and boxes that are drawn from them. Does not:
candles (candles.py), the volume profile (profile.py), new market numbers; those come from the
kernels. Decimals become floats here and nowhere earlier: pixels are not sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from marketdata_platform.core.window import Window

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChartData:
    """Frames of one instrument with the columns of their datasets; any frame may be empty.

    `klines` hold one `interval` only, `order_flow` the same or a shorter one. `imbalance_bars` is
    any of the imbalance bar datasets, `profile` is `market_profile`, `gaps` is `fair_value_gaps`,
    `zones` is `supply_demand_zones`.
    """

    instrument: str
    interval: str
    window: Window
    klines: pl.DataFrame
    order_flow: pl.DataFrame
    vpin: pl.DataFrame
    imbalance_bars: pl.DataFrame
    profile: pl.DataFrame
    gaps: pl.DataFrame
    zones: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Boxes:
    """Shaded rectangles of one sort: edges in ms and price; `live` where not yet filled or
    broken.
    """

    start_ms: Floats
    end_ms: Floats
    lower: Floats
    upper: Floats
    live: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start_ms)


def gap_boxes(data: ChartData, direction: str, limit: int) -> tuple[Boxes, int]:
    """The `limit` largest fair value gaps of a direction, each until filled or expired; and how
    many there are.
    """
    found = _latest(data.gaps, "direction").filter(pl.col("direction") == direction)
    over = pl.coalesce("filled_at", pl.min_horizontal("expires_at", pl.lit(data.window.end)))
    live = pl.col("status").is_in(["open", "partial"])
    shown = found.sort("size", "detected_at", descending=[True, False]).head(limit)
    return _boxes(
        shown.with_columns(start="detected_at", end=over, live=live), data.window
    ), found.height


def zone_boxes(data: ChartData, kind: str, limit: int) -> tuple[Boxes, int]:
    """The strongest supply or demand zones, each until it was broken: live ones first; and how many
    there are.
    """
    found = _latest(data.zones, "kind").filter(pl.col("kind") == kind)
    live = pl.col("status").is_in(["fresh", "tested"])
    over = pl.coalesce("broken_at", pl.lit(data.window.end))
    rows = found.filter(pl.col("status") != "dropped").with_columns(
        start="base_start", end=over, live=live
    )
    shown = rows.sort("live", "strength", "detected_at", descending=[True, True, False]).head(limit)
    return _boxes(shown, data.window), found.height


def bar_ends(data: ChartData, bullish: bool) -> tuple[Floats, Floats]:
    """Time in ms and price of the imbalance bars that closed on buying (or selling)."""
    if data.imbalance_bars.is_empty():
        return np.empty(0), np.empty(0)
    sign = pl.col("imbalance") >= 0
    rows = data.imbalance_bars.filter(sign if bullish else ~sign)
    return floats_of(rows["end_time"].dt.epoch("ms")), floats_of(rows["close"])


def vpin_line(data: ChartData) -> tuple[Floats, Floats]:
    """Time in ms and VPIN of the buckets that have one."""
    if data.vpin.is_empty():
        return np.empty(0), np.empty(0)
    rows = data.vpin.filter(pl.col("vpin").is_not_null()).sort("bucket_index")
    return floats_of(rows["end_time"].dt.epoch("ms")), floats_of(rows["vpin"])


def bucket_shares(data: ChartData) -> tuple[Floats, Floats]:
    """Time in ms and |Vb − Vs| / V of every bucket: what VPIN averages, known before it is."""
    if data.vpin.is_empty():
        return np.empty(0), np.empty(0)
    rows = data.vpin.filter(pl.col("volume") > 0).sort("bucket_index")
    return floats_of(rows["end_time"].dt.epoch("ms")), floats_of(rows["imbalance"]) / floats_of(
        rows["volume"]
    )


def floats_of(series: pl.Series) -> Floats:
    """The column as floats; null is NaN."""
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _latest(frame: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Each gap or zone once, as it stood last: the datasets repeat a live one every day."""
    if frame.is_empty():
        return frame
    return frame.sort("session_start").unique(
        ["interval", "detected_at", kind], keep="last", maintain_order=True
    )


def _boxes(rows: pl.DataFrame, window: Window) -> Boxes:
    if rows.is_empty():
        nothing = np.empty(0)
        return Boxes(nothing, nothing, nothing, nothing, np.empty(0, dtype=np.bool_))
    first, last = window.start.timestamp() * 1_000, window.end.timestamp() * 1_000
    start, end = (
        np.clip(floats_of(rows[name].dt.epoch("ms")), first, last) for name in ("start", "end")
    )
    return Boxes(
        start, end, floats_of(rows["lower"]), floats_of(rows["upper"]), rows["live"].to_numpy()
    )
