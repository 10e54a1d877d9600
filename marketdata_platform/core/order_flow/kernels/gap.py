"""The compiled loop of fair_value_gaps.py: lives of gaps of one direction, turned so that price
falls into them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import inner, njit
from marketdata_platform.core.order_flow.rows import NEVER

Ints = npt.NDArray[np.int64]

LIVE, FILLED, EXPIRED = 0, 1, 2


@inner
def _expire(queue: Ints, head: int, tail: int, expires: Ints, before_us: int, fate: Ints) -> int:
    """Take the gaps that expire before `before_us` off the queue's head; where the head is then."""
    while head < tail and expires[queue[head]] < before_us:
        fate[queue[head]] = EXPIRED
        head += 1
    return head


@inner
def _enter(
    queue: Ints,
    head: int,
    tail: int,
    low: int,
    at_us: int,
    lower: Ints,
    deepest: Ints,
    touched: Ints,
    ended: Ints,
) -> int:
    """Let a candle down to `low` enter the gaps at the tail; where the tail is once the filled ones
    have left.
    """
    first = tail
    while first > head and low < deepest[queue[first - 1]]:
        first -= 1
    kept = first
    for place in range(first, tail):
        gap = queue[place]
        deepest[gap] = low
        if touched[gap] == NEVER:
            touched[gap] = at_us
        if low <= lower[gap]:
            ended[gap] = at_us
        else:
            queue[kept] = gap
            kept += 1
    return kept


@njit(cache=True, nogil=True)
def follow_gaps(
    low: Ints,
    close_us: Ints,
    found_at: Ints,
    lower: Ints,
    expires: Ints,
    deepest: Ints,
    touched: Ints,
    ended: Ints,
) -> Ints:
    """Follow every gap through the candles; the end of each: LIVE, FILLED or EXPIRED.

    Gaps come in order of detection: those carried in first, then one for each candle in `found_at`.
    `deepest` is the lowest price since detection (the upper edge at first), `touched` and `ended`
    are times or NEVER; these three are updated in place.

    A gap that was found earlier has seen every low that a later one has seen, so `deepest` never
    falls along the queue: a candle enters the gaps of a tail of it, and all but the last few of
    those are filled by it and leave. Hence constant work a candle, however many gaps are live.
    """
    carried = lower.size - found_at.size
    fate, queue = np.zeros(lower.size, np.int64), np.arange(lower.size)
    head, tail, found = 0, carried, 0
    for j in range(low.size):
        head = _expire(queue, head, tail, expires, close_us[j], fate)
        tail = _enter(queue, head, tail, low[j], close_us[j], lower, deepest, touched, ended)
        head = _expire(queue, head, tail, expires, close_us[j] + 1, fate)
        if found < found_at.size and found_at[found] == j:
            queue[tail] = carried + found
            tail += 1
            found += 1
    for gap in range(lower.size):
        if ended[gap] != NEVER:
            fate[gap] = FILLED
    return fate
