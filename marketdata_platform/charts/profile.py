"""The volume profile beside a chart, and the value areas drawn across it.

Belongs here: bins for the eye. Does not: the profile itself (core.order_flow).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from marketdata_platform.charts.data import ChartData, Floats, floats_of


@dataclass(frozen=True, slots=True)
class ProfileBars:
    """Bins of price from the lowest on: lower edge, width, volume, and whether most of the volume
    lies in a value area.
    """

    edges: Floats
    widths: Floats
    volumes: Floats
    inside: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.edges)


@dataclass(frozen=True, slots=True)
class ValueArea:
    """One session's levels: where most was traded, and the borders of its value area. Times in
    ms.
    """

    start_ms: float
    end_ms: float
    poc: float
    vah: float
    val: float


def profile_bars(data: ChartData, bins: int = 120) -> ProfileBars:
    """The volume of all sessions shown, in at most about `bins` bins of price."""
    if data.profile.is_empty():
        nothing = np.empty(0)
        return ProfileBars(nothing, nothing, nothing, np.empty(0, dtype=np.bool_))
    rows = data.profile.select(
        pl.col("price_level", "volume", "tick").cast(pl.Float64), "in_value_area"
    )
    low, tick, width = _bins_of(rows, bins)
    number = ((pl.col("price_level") - low + tick / 2) / width).floor()
    inside = pl.col("volume").filter("in_value_area").sum()
    binned = rows.group_by(number.alias("bin")).agg(pl.col("volume").sum(), inside.alias("inside"))
    return _bars(binned.sort("bin"), low, width)


def _bars(binned: pl.DataFrame, low: float, width: float) -> ProfileBars:
    edges = low + floats_of(binned["bin"]) * width
    return ProfileBars(
        edges,
        np.full(len(edges), width),
        floats_of(binned["volume"]),
        (binned["inside"] * 2 >= binned["volume"]).to_numpy(),
    )


def _bins_of(rows: pl.DataFrame, bins: int) -> tuple[float, float, float]:
    """Lowest price, tick, and a bin's width: whole ticks."""
    prices = floats_of(rows["price_level"])
    low, high = float(prices.min()), float(prices.max())
    tick = float(floats_of(rows["tick"]).max())
    ticks = max(np.ceil((high - low + tick) / bins / tick), 1.0)
    return low, tick, float(ticks * tick)


def value_areas(data: ChartData) -> list[ValueArea]:
    """Those of the sessions in order; each ends where the next begins, the last with the window."""
    if data.profile.is_empty():
        return []
    rows = data.profile.unique("session_start", keep="first").sort("session_start")
    starts = floats_of(rows["session_start"].dt.epoch("ms"))
    ends = np.append(starts[1:], data.window.end.timestamp() * 1_000)
    levels = [floats_of(rows[name]) for name in ("poc", "vah", "val")]
    table = np.column_stack((starts, ends, *levels))
    return [ValueArea(*map(float, row)) for row in table]
