"""The compiled loops of flow.py: cutting trades at windows and days, and the sums of each
window.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import inner, njit
from marketdata_platform.core.numbers.int128 import add128, sub128

Ints = npt.NDArray[np.int64]
Signs = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

# Columns of a window's row; 128-bit sums take two, low word first.
BUY, SELL, OTHER, CVD, SESSION, TRADES, BUYS, SELLS, LARGEST = 0, 2, 4, 6, 8, 10, 11, 12, 13
ROW_WORDS = 14


@njit(cache=True, nogil=True)
def cut(ts_us: Ints, step_us: int, offsets: Ints, starts: Ints) -> int:
    """Where trades enter a new stretch of `step_us` since the epoch; how many stretches they touch.

    Writes the first trade of each (and the end) to `offsets`, the start of each to `starts`. One
    division per stretch, not one per trade. Trades must be in order of time.
    """
    pieces, i = 0, 0
    while i < ts_us.size:
        start = ts_us[i] - ts_us[i] % step_us
        offsets[pieces], starts[pieces] = i, start
        pieces += 1
        while i < ts_us.size and ts_us[i] < start + step_us:
            i += 1
    offsets[pieces] = ts_us.size
    return pieces


@inner
def _add_piece(row: Ints, quantity: Ints, sign: Signs, count: Ints, first: int, end: int) -> None:
    """Add the trades `first` to `end` to the row's volumes and counts."""
    buy_low, buy_high, sell_low, sell_high = row[BUY], row[BUY + 1], row[SELL], row[SELL + 1]
    other_low, other_high = row[OTHER], row[OTHER + 1]
    trades, buys, sells, largest = row[TRADES], row[BUYS], row[SELLS], row[LARGEST]
    single = count.size == 0
    for i in range(first, end):
        q, n, side = quantity[i], 1 if single else count[i], sign[i]
        buy_high, buy_low = add128(buy_high, buy_low, 0, q if side > 0 else 0)
        sell_high, sell_low = add128(sell_high, sell_low, 0, q if side < 0 else 0)
        other_high, other_low = add128(other_high, other_low, 0, q if side == 0 else 0)
        trades += n
        buys += n if side > 0 else 0
        sells += n if side < 0 else 0
        largest = max(largest, q)
    row[BUY], row[BUY + 1], row[SELL], row[SELL + 1] = buy_low, buy_high, sell_low, sell_high
    row[OTHER], row[OTHER + 1] = other_low, other_high
    row[TRADES], row[BUYS], row[SELLS], row[LARGEST] = trades, buys, sells, largest


@inner
def _add_delta(row: Ints, bought: tuple[int, int], sold: tuple[int, int]) -> None:
    """Add what the row's delta grew by, since it had bought and sold so much, to its CVD and
    session CVD.
    """
    high, low = sub128(row[BUY + 1], row[BUY], bought[0], bought[1])
    high, low = sub128(high, low, row[SELL + 1], row[SELL])
    high, low = add128(high, low, sold[0], sold[1])
    row[CVD + 1], row[CVD] = add128(row[CVD + 1], row[CVD], high, low)
    row[SESSION + 1], row[SESSION] = add128(row[SESSION + 1], row[SESSION], high, low)


@njit(cache=True, nogil=True)
def flow_rows(
    quantity: Ints,
    sign: Signs,
    count: Ints,
    offsets: Ints,
    opens_window: Flags,
    opens_day: Flags,
    rows: Ints,
) -> None:
    """Fill one row per window that the trades touch.

    A piece `[offsets[k], offsets[k+1])` lies in one window and in one day. `count` is empty where
    each row is one trade. The first of `rows` is what stood before the first trade; the first piece
    goes on with it unless it opens a window. The others are zero.
    """
    at = 0
    for piece in range(offsets.size - 1):
        if opens_window[piece]:
            at += 1
            for column in range(CVD, SESSION + 2):
                rows[at, column] = rows[at - 1, column]
        row = rows[at]
        if opens_day[piece]:
            row[SESSION], row[SESSION + 1] = 0, 0
        bought, sold = (row[BUY + 1], row[BUY]), (row[SELL + 1], row[SELL])
        _add_piece(row, quantity, sign, count, offsets[piece], offsets[piece + 1])
        _add_delta(row, bought, sold)
