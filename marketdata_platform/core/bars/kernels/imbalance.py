"""The compiled fold of imbalance bars (AFML 2.3.2.1). Arguments are explained in imbalance.py."""

from __future__ import annotations

from typing import Any

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
from marketdata_platform.core.numbers.int128 import add128, less128, mul_wide, sub128

THETA = BAR_WORDS  # two words of an output row, then what closed it
CLOSED_BY = BAR_WORDS + 2
ROW_WORDS = BAR_WORDS + 3
IMBALANCE, MAX_TICKS, WARMUP = 0, 1, 2
EXPECTED_TICKS, EXPECTED_X, THRESHOLD = 0, 1, 2


@njit(cache=True, nogil=True, inline="always")  # LLVM alone leaves a call per trade: 5 ns
def _measure(kind: int, p: int, q: int, b: int) -> tuple[int, int, float]:
    """x of one trade: exact words, and the nearest float64. No branch on the sign: it is as good as
    random.
    """
    if kind == 0:
        return b >> 63, b, float(b)
    if kind == 1:
        size = float(q) / 1e8 if q < EXACT_FLOAT else quotient_float(0, q, 100_000_000)
        high, low = mul_wide(q, b)
    else:
        size = notional_float(p, q)
        high, low = mul_wide(p * b, q)
    return high, low, size * float(b)


@inner
def _magnitude(high: int, low: int) -> tuple[int, int]:
    if high < 0:
        high, low = sub128(0, 0, high, low)
    return high, low


@inner
def _scan(  # noqa: PLR0914 - one compiled loop
    kind: int, trades: Any, i: int, bar: Any, theta: Any, mean: float, rule: Any
) -> tuple[int, float]:
    """Add trades from `i` on to θ and E[x] until one closes the bar; the trade after it, or n + 1
    when none did.
    """
    price, quantity, sign = trades[0][i:], trades[1][i:], trades[2][i:]
    weight, least, most, reach_high, reach_low = rule
    keep = 1.0 - weight
    high, low = theta[1], theta[0]
    minus_high, minus_low = sub128(0, 0, reach_high, reach_low)
    least, most = least - bar[TICKS], most - bar[TICKS]
    stop = i + len(price) + 1
    for j in range(len(price)):
        x_high, x_low, x = _measure(kind, price[j], quantity[j], int(sign[j]))
        high, low = add128(high, low, x_high, x_low)
        mean = weight * x + keep * mean
        inside = less128(high, low, reach_high, reach_low) & less128(
            minus_high, minus_low, high, low
        )
        if ((j + 1 >= least) & (not inside)) | (j + 1 >= most):
            stop = i + j + 1
            break
    theta[1], theta[0] = high, low
    return stop, mean


@inner
def _close(bar: Any, theta: Any, row: Any, floats: Any, f_row: Any, spans: Any, reach: Any) -> None:
    """Steps 2 (what closed it), 1 (the first bar's means) and 3 of the definition, and the output
    row.
    """
    weight, least, most, power = spans
    ticks = float(bar[TICKS])
    size_high, size_low = _magnitude(theta[1], theta[0])
    row[CLOSED_BY] = MAX_TICKS if less128(size_high, size_low, reach[0], reach[1]) else IMBALANCE
    f_row[THRESHOLD] = floats[THRESHOLD]
    if floats[THRESHOLD] != floats[THRESHOLD]:
        row[CLOSED_BY] = WARMUP
        size = quotient_float(size_high, size_low, power)
        floats[EXPECTED_X] = (-size if theta[1] < 0 else size) / ticks
        floats[EXPECTED_TICKS] = ticks
    expected = weight * ticks + (1.0 - weight) * floats[EXPECTED_TICKS]
    floats[EXPECTED_TICKS] = min(max(expected, float(least)), float(most))
    floats[THRESHOLD] = floats[EXPECTED_TICKS] * abs(floats[EXPECTED_X])
    f_row[EXPECTED_TICKS], f_row[EXPECTED_X] = floats[EXPECTED_TICKS], floats[EXPECTED_X]
    close_bar(bar, row)
    row[THETA], row[THETA + 1] = theta[0], theta[1]
    theta[0] = theta[1] = 0


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
    bar, theta, floats = state
    rows, f_rows = out
    count, n = 0, len(ts)
    while i < n and count < len(rows):
        warm = floats[THRESHOLD] == floats[THRESHOLD]
        reach = units_reaching(floats[THRESHOLD], power) if warm else (0, 0)
        rule = (tick_weight, least, most, reach[0], reach[1]) if warm else (0.0, first, first, 0, 0)
        stop, mean = _scan(kind, (price, quantity, sign), i, bar, theta, floats[EXPECTED_X], rule)
        floats[EXPECTED_X] = mean
        add_slice(bar, ts, price, quantity, sign, i, min(stop, n))
        if stop > n:
            return n, count
        _close(
            bar, theta, rows[count], floats, f_rows[count], (bar_weight, least, most, power), reach
        )
        count += 1
        i = stop
    return i, count
