"""Footprint: buy and sell volume per window and price level. A fold over trades.

Belongs here: the numbers of dataset `footprint`, and price levels. Does not: sessions, value areas
(profile.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.bars.fold_input import Seen, Trades, fold_input
from marketdata_platform.core.bars.fold_state import StoredState, require_same_params
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.numbers.decimal_words import integers, words_of_integers
from marketdata_platform.core.order_flow.pieces import pieces_of
from marketdata_platform.core.order_flow.rows import (
    price_levels,
    same_text,
    times,
    volumes,
)
from marketdata_platform.core.trades.trade_numbers import UNIT

Ints = npt.NDArray[np.int64]

_WORDS = 8  # of a level's row in the kernel: level, buy, sell and other volume (two each), trades


@dataclass(frozen=True, slots=True)
class FootprintParams:
    """`interval`: the windows' length, a kline interval. `tick`: the levels' width, None for each
    distinct price.
    """

    interval: str
    tick: Decimal | None


@dataclass(frozen=True, slots=True)
class FootprintState(StoredState):
    """Where the fold stands: the last trade and the open window's levels.

    A level is (level, buy, sell, other volume, trades); prices and volumes are ×1e8, times in
    microseconds.
    """

    params: FootprintParams
    seen: Seen
    window_us: int | None
    levels: tuple[tuple[int, int, int, int, int], ...]


def footprint(
    trades: Trades,
    interval: str = "1m",
    tick: Decimal | None = None,
    state: FootprintState | None = None,
) -> tuple[pl.DataFrame, FootprintState]:
    """Buy and sell volume of every window that the trades touch, one row per price level.

    Args:
        trades: as `trade_columns` takes them; none before those that `state` has seen.
        interval: a kline interval.
        tick: prices are floored to multiples of it, at most 8 decimals; None: each distinct price
            is a level.
        state: what the call on the trades before gave; None at the series' start.

    Returns:
        Columns of dataset `footprint`, sorted by window and level, and the state. The last window's
        rows are as they stand so far: when later trades fall into it, their call gives all of that
        window's rows again. Over any cuts, the last row of each (`open_time`, `price_level`) equals
        that of one pass. Cuts at 00:00 UTC split no window up to 1d.

    `volume` holds every trade; buy and sell only those with a side (the tick rule's where the venue
    gives none).

    Raises:
        InvalidInput: an unknown interval, a tick that is no positive multiple of 1e-8, malformed
            trades, or a state of other parameters.
        TradesOutOfOrder: trades before those of the state.
    """
    from marketdata_platform.core.order_flow.kernels.level import level_rows

    params, width = FootprintParams(interval, tick), 1 if tick is None else scaled_tick(tick)
    before = state or FootprintState(params, Seen(), None, ())
    require_same_params(before, params)
    given = fold_input(trades, before.seen)
    columns, pieces = given.columns, pieces_of(given.columns, interval).windows()
    if not len(columns):
        return _frame(np.empty((0, _WORDS), np.int64), pieces.window_us, interval), before
    carried = _carried(before if pieces.window_us[0] == before.window_us else None)
    rows, ends = level_rows(
        columns.price, columns.quantity, given.sign, pieces.counts, pieces.offsets, width, carried
    )
    rows_a_window = np.diff(ends, prepend=0)
    levels = _levels(rows[len(rows) - rows_a_window[-1] :])
    after = FootprintState(params, given.seen, int(pieces.window_us[-1]), levels)
    return _frame(rows, np.repeat(pieces.window_us, rows_a_window), interval), after


def scaled_tick(tick: Decimal) -> int:
    """`tick` times 1e8.

    Raises:
        InvalidInput: when it is not above zero, is finer than 8 decimals or above 1e10.
    """
    if not tick.is_finite() or not 0 < tick <= 10**10 or Fraction(tick) * UNIT % 1:
        raise InvalidInput(
            f"tick {tick} must be a multiple of 0.00000001, above zero and at most 1e10"
        )
    return int(tick * UNIT)


def _carried(state: FootprintState | None) -> Ints:
    """The kernel's rows of the levels that the state's window has."""
    levels = state.levels if state else ()
    rows = np.empty((len(levels), _WORDS), np.int64)
    for place, (level, buy, sell, other, trades) in enumerate(levels):
        rows[place, 0], rows[place, -1] = level, trades
        rows[place, 1:-1] = words_of_integers([buy, sell, other]).reshape(-1)
    return rows


def _levels(rows: Ints) -> tuple[tuple[int, int, int, int, int], ...]:
    sums = [integers(rows[:, column : column + 2]) for column in (1, 3, 5)]
    return tuple(zip(rows[:, 0].tolist(), *sums, rows[:, -1].tolist(), strict=True))


def _frame(rows: Ints, open_us: Ints, interval: str) -> pl.DataFrame:
    from marketdata_platform.core.order_flow.kernels.level import BUY, LEVEL, SELL, TRADES
    from marketdata_platform.core.order_flow.kernels.row import totals

    volume, delta, _, _ = totals(rows, BUY)
    values = {
        "interval": same_text(interval, len(rows)),
        "open_time": times(open_us),
        "price_level": price_levels(rows[:, LEVEL]),
        "volume": volumes(volume),
        "buy_volume": volumes(rows[:, BUY : BUY + 2]),
        "sell_volume": volumes(rows[:, SELL : SELL + 2]),
        "delta": volumes(delta),
        "trades": rows[:, TRADES],
    }
    return pl.DataFrame(values)
