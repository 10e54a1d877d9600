"""Candles to draw: klines with their running VWAP and CVD, merged so that each can be seen.

Belongs here: choosing how many klines make one candle, and making it. Does not: klines of other
intervals for the store (core.bars): these are for the eye.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from marketdata_platform.charts.data import ChartData, Floats, floats_of

MAX_CANDLES = 20_000
_MERGES = (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1_440)
_SERIES = (
    "time_ms",
    "open",
    "high",
    "low",
    "close",
    "buy",
    "sell",
    "unsigned",
    "vwap",
    "cvd",
)


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


def candles(data: ChartData, limit: int = MAX_CANDLES, *, count_silent: bool = False) -> Candles:
    """The klines with CVD beside them, neighbours merged evenly so that at most about `limit`
    remain.

    With `count_silent`, windows without a candle count too: a picture has to give them their width.
    """
    rows = _with_cvd(data)
    time = rows["open_time"].dt.epoch("ms").to_numpy()
    step = int(np.diff(time).min()) if len(time) > 1 else 60_000
    merged = _merged(time, step, limit, count_silent=count_silent)
    drawable = _drawable(rows, step * merged)
    series = {name: floats_of(drawable[name]) for name in _SERIES}
    return Candles(**series, step_ms=float(step * merged), merged=merged)


def _merged(time: NDArray[np.int64], step: int, limit: int, *, count_silent: bool) -> int:
    """How many klines make one candle, so that about `limit` candles remain."""
    span = int((time[-1] - time[0]) // step + 1) if len(time) else 0
    if not count_silent and len(time) <= limit:
        span = len(time)
    return next((k for k in _MERGES if span <= k * limit), -(-span // limit))


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
    merged = (
        _as_floats(rows, width_ms)
        .group_by("time_ms", maintain_order=True)
        .agg(
            pl.col("open").first(),
            pl.col("high").max(),
            pl.col("low").min(),
            pl.col("close", "cvd").last(),
            pl.col("volume", "quote_volume", "buy", "sell").sum(),
        )
    )
    return merged.with_columns(
        vwap=pl.col("quote_volume").cum_sum() / pl.col("volume").cum_sum(),
        unsigned=(pl.col("volume") - pl.col("buy") - pl.col("sell")).clip(0.0),
    )


def _as_floats(rows: pl.DataFrame, width_ms: int) -> pl.DataFrame:
    """Each kline with the time of its candle, and the CVD kept where a kline has none."""
    return rows.select(
        (pl.col("open_time").dt.epoch("ms") // width_ms * width_ms).alias("time_ms"),
        pl.col("open", "high", "low", "close", "volume", "quote_volume", "cvd").cast(pl.Float64),
        pl.col("buy_volume").cast(pl.Float64).alias("buy"),
        pl.col("sell_volume").cast(pl.Float64).alias("sell"),
    ).with_columns(pl.col("cvd").forward_fill())
