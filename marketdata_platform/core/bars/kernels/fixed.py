"""The compiled fold of plain tick, volume and dollar bars. Arguments are explained in fixed.py."""

from __future__ import annotations

from typing import Any

from numba import types

from marketdata_platform.core.bars.bar_words import NOTIONAL, TICKS, VOLUME
from marketdata_platform.core.bars.kernels.bar import (
    NEXT_AND_COUNT,
    ROWS,
    SIZE_SETTINGS,
    TRADES,
    WORDS,
    add_slice,
    close_bar,
)
from marketdata_platform.core.compiled import inner, njit
from marketdata_platform.core.numbers.int128 import add128, fused_add128, less128


@inner
def _scan(kind: int, price: Any, quantity: Any, i: int, bar: Any, size: Any) -> int:
    """The trade after the one that brings the open bar to `size` (high, low), or n + 1 when none
    does.
    """
    prices, quantities = price[i:], quantity[i:]
    if kind == 0:
        # A size beyond 64 bits is more trades than there can be.
        beyond = size[0] != 0 or size[1] < 0
        return len(price) + 1 if beyond else min(i + size[1] - bar[TICKS], len(price) + 1)
    word = VOLUME if kind == 1 else NOTIONAL
    low, high = bar[word], bar[word + 1]
    for j in range(len(prices)):
        if kind == 1:
            high, low = add128(high, low, 0, quantities[j])
        else:
            high, low = fused_add128(high, low, prices[j], quantities[j])
        if not less128(high, low, size[0], size[1]):
            return i + j + 1
    return len(price) + 1


@njit(NEXT_AND_COUNT(SIZE_SETTINGS, *TRADES, types.int64, WORDS, ROWS), cache=True, nogil=True)
def fold(
    settings: Any, ts: Any, price: Any, quantity: Any, sign: Any, i: int, bar: Any, rows: Any
) -> tuple[int, int]:
    """Fold trades from `i` on; stops at their end or when `rows` is full. Returns (next trade, rows
    written).
    """
    kind, high, low = settings
    count, n = 0, len(ts)
    while i < n and count < len(rows):
        stop = _scan(kind, price, quantity, i, bar, (high, low))
        add_slice(bar, ts, price, quantity, sign, i, min(stop, n))
        if stop > n:
            return n, count
        close_bar(bar, rows[count])
        count += 1
        i = stop
    return i, count
