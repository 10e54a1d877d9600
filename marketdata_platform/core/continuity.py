"""Holes in the record: which trade ids are missing, and which stretches of time nothing vouches
for.

Belongs here: finding holes in rows that are given. Does not: reading rows, or repairing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from marketdata_platform.core.window import Window

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class IdGap:
    """Trade ids `first_missing..last_missing` are not there; their trades happened in `[after,
    before]`.
    """

    first_missing: int
    last_missing: int
    after: datetime  # time of the last trade before the gap
    before: datetime  # time of the first trade after it

    @property
    def missing(self) -> int:
        """How many ids are missing."""
        return self.last_missing - self.first_missing + 1

    @property
    def window(self) -> Window:
        """The smallest half-open window that every missing trade is in."""
        return Window(self.after, self.before + _TICK)


def id_gaps(trades: pl.DataFrame) -> list[IdGap]:
    """Gaps in `sequence` of trades of a venue whose trade ids are contiguous.

    Args:
        trades: columns `sequence` (Int64) and `ts_event`, in any order.
    """
    by_id = trades.select("sequence", "ts_event").drop_nulls("sequence").sort("sequence")
    gaps = by_id.select(
        first_missing=pl.col("sequence").shift(1) + 1,
        last_missing=pl.col("sequence") - 1,
        after=pl.min_horizontal(pl.col("ts_event").shift(1), pl.col("ts_event")),
        before=pl.max_horizontal(pl.col("ts_event").shift(1), pl.col("ts_event")),
    ).filter(pl.col("last_missing") >= pl.col("first_missing"))
    return [IdGap(*row) for row in gaps.iter_rows()]


def uncovered(window: Window, covered: Iterable[Window]) -> list[Window]:
    """The parts of `window` that no window of `covered` touches, in order."""
    holes = []
    reached = window.start
    for part in sorted(covered):
        if part.end <= reached:
            continue
        if part.start >= window.end:
            break
        if part.start > reached:
            holes.append(Window(reached, part.start))
        reached = part.end
    if reached < window.end:
        holes.append(Window(reached, window.end))
    return holes


def merged(windows: Sequence[Window]) -> list[Window]:
    """The same stretch of time as sorted windows that neither touch nor overlap."""
    result: list[Window] = []
    for window in sorted(windows):
        if result and window.start <= result[-1].end:
            result[-1] = Window(result[-1].start, max(result[-1].end, window.end))
        else:
            result.append(window)
    return result
