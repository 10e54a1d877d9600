"""The compiled fold of run bars (AFML 2.3.2.2): the loop and its floats. Arguments are explained in
runs.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from marketdata_platform.core.bars.bar_words import BAR_WORDS, TICKS
from marketdata_platform.core.bars.kernels.bar import (
    NEXT_AND_COUNT,
    PATH_OUT,
    PATH_SETTINGS,
    PATH_STATE,
    TRADES,
    add_slice,
    close_bar,
)
from marketdata_platform.core.bars.kernels.nearest import (
    EXACT_FLOAT,
    notional_float,
    quotient_float,
    units_reaching,
)
from marketdata_platform.core.compiled import inner, njit
from marketdata_platform.core.numbers.int128 import add128, less128, mul_wide

RUN = BAR_WORDS  # two words of an output row, then what closed it
CLOSED_BY = BAR_WORDS + 2
ROW_WORDS = BAR_WORDS + 3
BY_RUN, MAX_TICKS, WARMUP = 0, 1, 2
EXPECTED_TICKS, EXPECTED_BUY, THRESHOLD, EXPECTED_SELL = 0, 1, 2, 3


@njit(cache=True, nogil=True, inline="always")  # LLVM alone leaves a call per trade: 5 ns
def _size(kind: int, p: int, q: int) -> tuple[int, int, float]:
    """|x| of one trade: exact words, and the nearest float64."""
    if kind == 0:
        return 0, 1, 1.0
    if kind == 1:
        return 0, q, (float(q) / 1e8 if q < EXACT_FLOAT else quotient_float(0, q, 100_000_000))
    high, low = mul_wide(p, q)
    return high, low, notional_float(p, q)


@inner
def _scan(  # noqa: PLR0914 - one compiled loop
    kind: int, trades: Any, i: int, bar: Any, sums: Any, means: Any, rule: Any
) -> tuple[int, float, float]:
    """Add trades from `i` on to both sides until one closes the bar; the trade after it, or n + 1
    when none did.
    """
    price, quantity, sign = trades[0][i:], trades[1][i:], trades[2][i:]
    weight, least, most, reach_high, reach_low = rule
    keep = 1.0 - weight
    buy_low, buy_high, sell_low, sell_high = sums[0], sums[1], sums[2], sums[3]
    buy_mean, sell_mean = means
    least, most = least - bar[TICKS], most - bar[TICKS]
    stop = i + len(price) + 1
    for j in range(len(price)):
        high, low, size = _size(kind, price[j], quantity[j])
        b = np.int64(sign[j])
        buys, sells = np.int64(b > 0), np.int64(b < 0)
        x_high, x_low = high & -buys, low & -buys
        buy_high, buy_low = add128(buy_high, buy_low, x_high, x_low)
        x_high, x_low = high & -sells, low & -sells
        sell_high, sell_low = add128(sell_high, sell_low, x_high, x_low)
        buy_mean = weight * (size * float(buys)) + keep * buy_mean
        sell_mean = weight * (size * float(sells)) + keep * sell_mean
        inside = less128(buy_high, buy_low, reach_high, reach_low) & less128(
            sell_high, sell_low, reach_high, reach_low
        )
        if ((j + 1 >= least) & (not inside)) | (j + 1 >= most):
            stop = i + j + 1
            break
    sums[0], sums[1], sums[2], sums[3] = buy_low, buy_high, sell_low, sell_high
    return stop, buy_mean, sell_mean


@inner
def _close(bar: Any, sums: Any, row: Any, floats: Any, f_row: Any, spans: Any, reach: Any) -> None:
    """What closed the bar, the first bar's means, the new expectations, and the output row."""
    weight, least, most, power = spans
    ticks = float(bar[TICKS])
    larger = 2 if less128(sums[1], sums[0], sums[3], sums[2]) else 0
    low, high = sums[larger], sums[larger + 1]
    row[CLOSED_BY] = MAX_TICKS if less128(high, low, reach[0], reach[1]) else BY_RUN
    f_row[THRESHOLD] = floats[THRESHOLD]
    if floats[THRESHOLD] != floats[THRESHOLD]:
        row[CLOSED_BY] = WARMUP
        floats[EXPECTED_BUY] = quotient_float(sums[1], sums[0], power) / ticks
        floats[EXPECTED_SELL] = quotient_float(sums[3], sums[2], power) / ticks
        floats[EXPECTED_TICKS] = ticks
    expected = weight * ticks + (1.0 - weight) * floats[EXPECTED_TICKS]
    floats[EXPECTED_TICKS] = min(max(expected, float(least)), float(most))
    run = max(floats[EXPECTED_BUY], floats[EXPECTED_SELL])
    floats[THRESHOLD] = floats[EXPECTED_TICKS] * run
    f_row[EXPECTED_TICKS], f_row[EXPECTED_BUY] = floats[EXPECTED_TICKS], run
    close_bar(bar, row)
    row[RUN], row[RUN + 1] = low, high
    sums[:] = 0


@njit(
    NEXT_AND_COUNT(PATH_SETTINGS, *TRADES, types.int64, PATH_STATE, PATH_OUT),
    cache=True,
    nogil=True,
)
def fold(  # noqa: PLR0914 - one compiled loop
    settings: Any, ts: Any, price: Any, quantity: Any, sign: Any, i: int, state: Any, out: Any
) -> tuple[int, int]:
    """Fold trades from `i` on; stops at their end or when `out` is full. Returns (next trade, rows
    written).
    """
    kind, power, first, least, most, tick_weight, bar_weight = settings
    bar, sums, floats = state
    rows, f_rows = out
    count, n = 0, len(ts)
    while i < n and count < len(rows):
        warm = floats[THRESHOLD] == floats[THRESHOLD]
        reach = units_reaching(floats[THRESHOLD], power) if warm else (0, 0)
        rule = (tick_weight, least, most, reach[0], reach[1]) if warm else (0.0, first, first, 0, 0)
        means = (floats[EXPECTED_BUY], floats[EXPECTED_SELL])
        stop, floats[EXPECTED_BUY], floats[EXPECTED_SELL] = _scan(
            kind, (price, quantity, sign), i, bar, sums, means, rule
        )
        add_slice(bar, ts, price, quantity, sign, i, min(stop, n))
        if stop > n:
            return n, count
        _close(
            bar, sums, rows[count], floats, f_rows[count], (bar_weight, least, most, power), reach
        )
        count += 1
        i = stop
    return i, count
