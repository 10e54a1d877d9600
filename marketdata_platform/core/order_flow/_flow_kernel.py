"""The compiled loops of flow.py: cutting trades at windows and days, and the sums of each window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from marketdata_platform.core.int128 import add64, add128, sub128

Ints = npt.NDArray[np.int64]
Signs = npt.NDArray[np.int8]

# Columns of a window's row; 128-bit sums take two, low word first.
BUY, SELL, OTHER, CVD, SESSION, TRADES, BUYS, SELLS, LARGEST = 0, 2, 4, 6, 8, 10, 11, 12, 13
ROW_WORDS = 14


@njit(cache=True, nogil=True)
def cut(ts_us: Ints, step_us: int) -> tuple[Ints, Ints]:
    """Where trades enter a new stretch of `step_us` since the epoch: (first trade of each and the end, start of each).

    One division a stretch, not one a trade. Trades must be in order of time.
    """
    offsets, starts = np.empty(1024, np.int64), np.empty(1024, np.int64)
    pieces, i = 0, 0
    while i < ts_us.size:
        if pieces + 1 == offsets.size:
            offsets = np.concatenate((offsets, np.empty_like(offsets)))
            starts = np.concatenate((starts, np.empty_like(starts)))
        start = ts_us[i] - ts_us[i] % step_us
        offsets[pieces], starts[pieces] = i, start
        pieces += 1
        while i < ts_us.size and ts_us[i] < start + step_us:
            i += 1
    offsets[pieces] = ts_us.size
    return offsets[: pieces + 1].copy(), starts[:pieces].copy()


@njit(cache=True, nogil=True)
def _add_piece(row: Ints, quantity: Ints, sign: Signs, count: Ints, first: int, end: int) -> None:
    """Add the trades `first` to `end` to the row's volumes and counts."""
    buy_low, buy_high, sell_low, sell_high = row[BUY], row[BUY + 1], row[SELL], row[SELL + 1]
    other_low, other_high = row[OTHER], row[OTHER + 1]
    trades, buys, sells, largest = row[TRADES], row[BUYS], row[SELLS], row[LARGEST]
    single = count.size == 0
    for i in range(first, end):
        q, n, side = quantity[i], 1 if single else count[i], sign[i]
        buy_high, buy_low = add64(buy_high, buy_low, q if side > 0 else 0)
        sell_high, sell_low = add64(sell_high, sell_low, q if side < 0 else 0)
        other_high, other_low = add64(other_high, other_low, q if side == 0 else 0)
        trades += n
        buys += n if side > 0 else 0
        sells += n if side < 0 else 0
        largest = max(largest, q)
    row[BUY], row[BUY + 1], row[SELL], row[SELL + 1] = buy_low, buy_high, sell_low, sell_high
    row[OTHER], row[OTHER + 1] = other_low, other_high
    row[TRADES], row[BUYS], row[SELLS], row[LARGEST] = trades, buys, sells, largest


@njit(cache=True, nogil=True)
def _add_delta(row: Ints, buy_before: tuple[int, int], sell_before: tuple[int, int]) -> None:
    """Add what the row's delta grew by to its CVD and session CVD."""
    buy_high, buy_low = sub128(row[BUY + 1], row[BUY], buy_before[0], buy_before[1])
    sell_high, sell_low = sub128(row[SELL + 1], row[SELL], sell_before[0], sell_before[1])
    high, low = sub128(buy_high, buy_low, sell_high, sell_low)
    row[CVD + 1], row[CVD] = add128(row[CVD + 1], row[CVD], high, low)
    row[SESSION + 1], row[SESSION] = add128(row[SESSION + 1], row[SESSION], high, low)


@njit(cache=True, nogil=True)
def flow_rows(
    quantity: Ints,
    sign: Signs,
    count: Ints,
    offsets: Ints,
    opens_window: npt.NDArray[np.bool_],
    opens_day: npt.NDArray[np.bool_],
    carried: Ints,
) -> Ints:
    """One row a window that the trades touch. A piece `[offsets[k], offsets[k+1])` lies in one window and in one day.

    `carried` is the row that stood before the first trade; the first piece goes on with it unless it opens a window.
    """
    rows = np.zeros((np.sum(opens_window) + 1, ROW_WORDS), np.int64)
    rows[0] = carried
    at = 0
    for piece in range(offsets.size - 1):
        if opens_window[piece]:
            at += 1
            rows[at, CVD : SESSION + 2] = rows[at - 1, CVD : SESSION + 2]
        row = rows[at]
        if opens_day[piece]:
            row[SESSION], row[SESSION + 1] = 0, 0
        buy_before, sell_before = (row[BUY + 1], row[BUY]), (row[SELL + 1], row[SELL])
        _add_piece(row, quantity, sign, count, offsets[piece], offsets[piece + 1])
        _add_delta(row, buy_before, sell_before)
    return rows
