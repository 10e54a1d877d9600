"""Bulk volume classification: time bars whose volume is split into buys and sells by how far the
price moved.

Belongs here: time bars, Φ(Δp/σ_Δp) and filling buckets with such bars. Does not: parameters and
frames (vpin.py). Everything is Python integers: there are a few thousand time bars per day, and
splits must be exact. Source: Easley, López de Prado & O'Hara, Flow Toxicity and Liquidity in a
High-Frequency World, 2012, section 1.2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from marketdata_platform.core.bars.bar_frame import Ints
from marketdata_platform.core.bars.intervals import window_starts
from marketdata_platform.core.trades.trade_columns import TradeColumns

_LOW_HALF = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class TimeBar:
    """One time window's trades: times in µs, prices and volume ×10⁸."""

    window_us: int
    first_us: int
    open: int
    high: int
    low: int
    close: int
    volume: int

    def joined(self, later: TimeBar) -> TimeBar:
        """This bar with later trades of the same window."""
        high, low, volume = (
            max(self.high, later.high),
            min(self.low, later.low),
            self.volume + later.volume,
        )
        return replace(self, high=high, low=low, close=later.close, volume=volume)


@dataclass(frozen=True, slots=True)
class Bulk:
    """What the classification carries: the open time bar and the price changes so far, as exact
    sums.
    """

    bar: TimeBar | None = None
    last_close: int | None = None
    changes: int = 0
    change_sum: int = 0
    square_sum: int = 0

    def classified(self, bar: TimeBar) -> tuple[float, Bulk]:
        """The buy share of a finished bar, and the state after it.

        Φ(Δp/σ) with Δp = close − the last bar's close (windows without trades are skipped), σ = the
        sample standard deviation of all Δp so far, this one included: known at the bar's end, so
        nothing looks ahead. 0.5 where Δp or σ is 0 or there is no σ yet. Evaluated as z =
        ±sqrt(Δp²/σ²) of the exact quotient, Φ(z) = erfc(-z/√2)/2.
        """
        if self.last_close is None:
            return 0.5, replace(self, last_close=bar.close)
        change = bar.close - self.last_close
        n, total, squares = (
            self.changes + 1,
            self.change_sum + change,
            self.square_sum + change * change,
        )
        after = Bulk(self.bar, bar.close, n, total, squares)
        spread = n * squares - total * total  # n·(n-1)·σ²
        if change == 0 or spread == 0:
            return 0.5, after
        z = math.copysign(math.sqrt(change * change * n * (n - 1) / spread), change)
        return 0.5 * math.erfc(-z / math.sqrt(2.0)), after


@dataclass(frozen=True, slots=True)
class FinishedBar:
    """A bar that a later trade (at `known_us`) has finished, with its buy share."""

    bar: TimeBar
    known_us: int
    buy_share: float

    def buys(self, volume: int) -> int:
        """Buy volume in the bar's first `volume` units, rounded down: its differences split the bar
        exactly.
        """
        numerator, denominator = self.buy_share.as_integer_ratio()
        return numerator * volume // denominator


def finished_bars(
    columns: TradeColumns, interval: str, bulk: Bulk
) -> tuple[list[FinishedBar], Bulk]:
    """Time bars that these trades finish; the last window stays open in the returned state."""
    out: list[FinishedBar] = []
    for later in _time_bars(columns, interval):
        if bulk.bar is None or bulk.bar.window_us == later.window_us:
            bulk = replace(bulk, bar=later if bulk.bar is None else bulk.bar.joined(later))
            continue
        share, after = bulk.classified(bulk.bar)
        out.append(FinishedBar(bulk.bar, later.first_us, share))
        bulk = replace(after, bar=later)
    return out, bulk


def _time_bars(columns: TradeColumns, interval: str) -> Iterator[TimeBar]:
    if not len(columns):
        return
    windows = window_starts(interval, columns.ts)
    first = np.concatenate([[0], np.flatnonzero(windows[1:] != windows[:-1]) + 1])
    last = np.concatenate([first[1:], [len(windows)]]) - 1
    price, quantity = columns.price, columns.quantity
    # Halves of 32 bits: their sums cannot pass 64 bits, and together they are exact.
    halves = np.add.reduceat(quantity >> 32, first), np.add.reduceat(quantity & _LOW_HALF, first)
    fields: tuple[Ints, ...] = (
        windows[first],
        columns.ts[first],
        price[first],
        np.maximum.reduceat(price, first),
        np.minimum.reduceat(price, first),
        price[last],
        *halves,
    )
    for window_us, first_us, start, high, low, end, over, under in zip(
        *(f.tolist() for f in fields), strict=True
    ):
        yield TimeBar(window_us, first_us, start, high, low, end, (over << 32) + under)
