"""The compiled loop of fair_value_gaps.py: lives of gaps of one direction, turned so that price falls into them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from marketdata_platform.core.order_flow.rows import NEVER

Ints = npt.NDArray[np.int64]

LIVE, FILLED, EXPIRED = 0, 1, 2


@njit(cache=True, nogil=True)
def follow_gaps(
    low: Ints,
    close_us: Ints,
    found_at: Ints,
    life_us: int,
    lower: Ints,
    detected: Ints,
    deepest: Ints,
    touched: Ints,
    ended: Ints,
) -> Ints:
    """Follow every gap through the candles; the end of each: LIVE, FILLED or EXPIRED.

    Gaps come in order of detection: those carried in first, then one for each candle in `found_at`. `deepest` is the
    lowest price since detection (the upper edge at first), `touched` and `ended` are times or NEVER; these three are
    updated in place.

    A gap that was found earlier has seen every low that a later one has seen, so `deepest` never falls along the queue:
    a candle enters the gaps of a tail of it, and all but the last few of those are filled by it and leave. Hence
    constant work a candle, however many gaps are live.
    """
    fate = np.zeros(lower.size, np.int64)
    queue = np.empty(lower.size, np.int64)
    head, tail = 0, lower.size - found_at.size
    for gap in range(tail):
        queue[gap] = gap
    found = 0
    for j in range(low.size):
        while head < tail and detected[queue[head]] + life_us < close_us[j]:
            fate[queue[head]] = EXPIRED
            head += 1
        first = tail
        while first > head and low[j] < deepest[queue[first - 1]]:
            first -= 1
        kept = first
        for place in range(first, tail):
            gap = queue[place]
            deepest[gap] = low[j]
            if touched[gap] == NEVER:
                touched[gap] = close_us[j]
            if low[j] <= lower[gap]:
                fate[gap] = FILLED
                ended[gap] = close_us[j]
            else:
                queue[kept] = gap
                kept += 1
        tail = kept
        while head < tail and detected[queue[head]] + life_us == close_us[j]:
            fate[queue[head]] = EXPIRED
            head += 1
        if found < found_at.size and found_at[found] == j:
            queue[tail] = lower.size - found_at.size + found
            tail += 1
            found += 1
    return fate
