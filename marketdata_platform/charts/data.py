"""What a chart shows, as plain arrays: both renderers draw from these and compute nothing
themselves.

Belongs here: choosing, merging and ordering rows for the eye. Does not: new market numbers; those
come from the kernels. Decimals become floats here and nowhere earlier: pixels are not sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from marketdata_platform.core.window import Window

Floats = NDArray[np.float64]

MAX_CANDLES = 20_000
_MERGES = (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1_440)


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
class Candles:
    """Candles to draw: times in ms since the epoch; `merged` of the stored ones make one of
    these.
    """

    time_ms: Floats
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    buy: Floats
    sell: Floats
    unsigned: Floats  # volume of trades whose side nobody knows
    vwap: Floats  # running over the chart
    cvd: Floats
    step_ms: float
    merged: int

    def __len__(self) -> int:
        return len(self.time_ms)


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


def candles(data: ChartData, limit: int = MAX_CANDLES, *, count_silent: bool = False) -> Candles:
    """The klines with CVD beside them, neighbours merged evenly so that at most about `limit`
    remain.

    With `count_silent`, windows without a candle count too: a picture has to give them their width.
    """
    rows = _with_cvd(data)
    time = rows["open_time"].dt.epoch("ms").to_numpy()
    step = int(np.diff(time).min()) if len(time) > 1 else 60_000
    span = int((time[-1] - time[0]) // step + 1) if len(time) else 0
    span = span if count_silent or len(time) > limit else len(time)
    merged = next((k for k in _MERGES if span <= k * limit), -(-span // limit))
    floats = _drawable(rows, step * merged)
    series = {name: _floats(floats[name]) for name in floats.columns}
    return Candles(
        series["time"],
        series["open"],
        series["high"],
        series["low"],
        series["close"],
        series["buy"],
        series["sell"],
        series["unsigned"],
        series["vwap"],
        series["cvd"],
        step_ms=float(step * merged),
        merged=merged,
    )


def _with_cvd(data: ChartData) -> pl.DataFrame:
    """The klines in order with the CVD at their close, taken from order flow of the same interval
    or a shorter one.
    """
    rows = data.klines.sort("open_time")
    same = data.order_flow.filter(pl.col("interval") == data.interval)
    flow = (same if same.height else data.order_flow).select("open_time", "cvd").sort("open_time")
    if flow.is_empty():
        return rows.with_columns(pl.lit(None, pl.Float64).alias("cvd"))
    next_open = pl.col("open_time").shift(-1).fill_null(data.window.end)
    flow = flow.rename({"open_time": "flow_time"})
    return rows.with_columns(next_open.alias("next_open")).join_asof(
        flow,
        left_on="next_open",
        right_on="flow_time",
        strategy="backward",
        allow_exact_matches=False,
    )


def _drawable(rows: pl.DataFrame, width_ms: int) -> pl.DataFrame:
    """Candles of `width_ms` as floats, with the running VWAP and the volume that has no side."""
    floats = rows.select(
        (pl.col("open_time").dt.epoch("ms") // width_ms * width_ms).alias("time"),
        pl.col("open", "high", "low", "close", "volume", "quote_volume", "cvd").cast(pl.Float64),
        pl.col("buy_volume").cast(pl.Float64).alias("buy"),
        pl.col("sell_volume").cast(pl.Float64).alias("sell"),
    ).with_columns(pl.col("cvd").forward_fill())
    merged = floats.group_by("time", maintain_order=True).agg(
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close", "cvd").last(),
        pl.col("volume", "quote_volume", "buy", "sell").sum(),
    )
    return merged.with_columns(
        vwap=pl.col("quote_volume").cum_sum() / pl.col("volume").cum_sum(),
        unsigned=(pl.col("volume") - pl.col("buy") - pl.col("sell")).clip(0.0),
    )


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


def profile_bars(
    data: ChartData, bins: int = 120
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Lower edge, width, volume and whether in a value area, of price bins over all sessions
    shown.
    """
    empty = np.empty(0)
    if data.profile.is_empty():
        return empty, empty, empty, np.empty(0, dtype=np.bool_)
    rows = data.profile.select(
        pl.col("price_level", "volume", "tick").cast(pl.Float64), "in_value_area"
    )
    low, high = float(_floats(rows["price_level"]).min()), float(_floats(rows["price_level"]).max())
    tick = float(_floats(rows["tick"]).max())
    width = max(np.ceil((high - low + tick) / bins / tick), 1.0) * tick
    number = ((pl.col("price_level") - low + tick / 2) / width).floor()
    binned = (
        rows.group_by(number.alias("bin"))
        .agg(pl.col("volume").sum(), pl.col("volume").filter("in_value_area").sum().alias("inside"))
        .sort("bin")
    )
    edges = low + _floats(binned["bin"]) * width
    inside = (binned["inside"] * 2 >= binned["volume"]).to_numpy()
    return edges, np.full(len(edges), width), _floats(binned["volume"]), inside


def value_areas(data: ChartData) -> list[tuple[float, float, float, float, float]]:
    """Per session: start and end in ms, POC, VAH, VAL; the end is the next session's start or the
    window's end.
    """
    if data.profile.is_empty():
        return []
    rows = data.profile.unique("session_start", keep="first").sort("session_start")
    starts = _floats(rows["session_start"].dt.epoch("ms"))
    ends = np.append(starts[1:], data.window.end.timestamp() * 1_000)
    levels = (_floats(rows[name]) for name in ("poc", "vah", "val"))
    return [tuple(map(float, row)) for row in zip(starts, ends, *levels, strict=True)]  # type: ignore[misc]


def bar_ends(data: ChartData, bullish: bool) -> tuple[Floats, Floats]:
    """Time in ms and price of the imbalance bars that closed on buying (or selling)."""
    if data.imbalance_bars.is_empty():
        return np.empty(0), np.empty(0)
    sign = pl.col("imbalance") >= 0
    rows = data.imbalance_bars.filter(sign if bullish else ~sign)
    return _floats(rows["end_time"].dt.epoch("ms")), _floats(rows["close"])


def vpin_line(data: ChartData) -> tuple[Floats, Floats]:
    """Time in ms and VPIN of the buckets that have one."""
    if data.vpin.is_empty():
        return np.empty(0), np.empty(0)
    rows = data.vpin.filter(pl.col("vpin").is_not_null()).sort("bucket_index")
    return _floats(rows["end_time"].dt.epoch("ms")), _floats(rows["vpin"])


def bucket_shares(data: ChartData) -> tuple[Floats, Floats]:
    """Time in ms and |Vb − Vs| / V of every bucket: what VPIN averages, known before it is."""
    if data.vpin.is_empty():
        return np.empty(0), np.empty(0)
    rows = data.vpin.filter(pl.col("volume") > 0).sort("bucket_index")
    return _floats(rows["end_time"].dt.epoch("ms")), _floats(rows["imbalance"]) / _floats(
        rows["volume"]
    )


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
        np.clip(_floats(rows[name].dt.epoch("ms")), first, last) for name in ("start", "end")
    )
    return Boxes(
        start, end, _floats(rows["lower"]), _floats(rows["upper"]), rows["live"].to_numpy()
    )


def _floats(series: pl.Series) -> Floats:
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
