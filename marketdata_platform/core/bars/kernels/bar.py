"""The part that every compiled bar kernel shares: adding a slice of trades to the open bar, and
closing it into a row.

Belongs here: the layout of the open bar and of output rows. Does not: when a bar closes (each
kind's kernel). A kernel first finds the trade that closes the bar, looking at nothing else, then
adds the slice at once: two short loops over trades that are still in cache beat one long one that
keeps everything in registers.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numba import types

from marketdata_platform.core.bars.bar_words import (
    BAR_WORDS,
    BUY,
    CLOSE,
    END,
    HIGH,
    LOW,
    NOTIONAL,
    OPEN,
    OVERFLOW,
    SELL,
    START,
    TICKS,
    VOLUME,
)
from marketdata_platform.core.compiled import inner, njit
from marketdata_platform.core.numbers.int128 import (
    add128,
    divide_half_even,
    divmod128,
    fused_add128,
    mul128,
)

# One signature a kernel, whatever the frame's buffers look like: contiguous or strided, writable or
# not.
_types = cast(Any, types)  # Numba declares some of its type constructors untyped
INT64S = types.Array(types.int64, 1, "A", readonly=True)
SIGNS = types.Array(types.int8, 1, "A", readonly=True)
TRADES = (INT64S, INT64S, INT64S, SIGNS)  # ts, price, quantity, sign
WORDS = types.Array(types.int64, 1, "C")
ROWS = types.Array(types.int64, 2, "C")
FLOATS = types.Array(types.float64, 1, "C")
FLOAT_ROWS = types.Array(types.float64, 2, "C")
NEXT_AND_COUNT: Any = _types.UniTuple(
    types.int64, 2
)  # what every fold returns: next trade, rows written
PATH_SETTINGS = _types.Tuple((types.int64,) * 5 + (types.float64,) * 2)  # ImbalanceParams.settings
PATH_STATE = _types.Tuple((WORDS, WORDS, FLOATS))
PATH_OUT = _types.Tuple((ROWS, FLOAT_ROWS))
SIZE_SETTINGS = _types.UniTuple(types.int64, 3)


@inner
def add_slice(  # noqa: PLR0914 - one compiled loop
    bar: Any, ts: Any, price: Any, quantity: Any, sign: Any, first: int, last: int
) -> None:
    """Add trades `first` to `last` (excluded) to the open bar: times, prices, exact volumes and
    notional.
    """
    if first >= last:
        return
    if bar[TICKS] == 0:
        bar[START], bar[OPEN] = ts[first], price[first]
        bar[HIGH], bar[LOW] = price[first], price[first]
    high, low = bar[HIGH], bar[LOW]
    volume_high, volume_low = bar[VOLUME + 1], bar[VOLUME]
    buy_high, buy_low = bar[BUY + 1], bar[BUY]
    sell_high, sell_low = bar[SELL + 1], bar[SELL]
    notional_high, notional_low = bar[NOTIONAL + 1], bar[NOTIONAL]
    seen = 0
    # Slices from 0: with `range(first, last)` the compiler keeps a test for negative indices in the
    # loop.
    prices, quantities, marks = price[first:last], quantity[first:last], sign[first:last]
    for i in range(len(prices)):
        p, q, b = prices[i], quantities[i], marks[i]
        high, low = max(high, p), min(low, p)
        volume_high, volume_low = add128(volume_high, volume_low, 0, q)
        buy_high, buy_low = add128(buy_high, buy_low, 0, q if b > 0 else 0)
        sell_high, sell_low = add128(sell_high, sell_low, 0, q if b < 0 else 0)
        notional_high, notional_low = fused_add128(notional_high, notional_low, p, q)
        seen |= notional_high
    if seen >> 62 != 0 and bar[OVERFLOW] == 0:
        bar[OVERFLOW] = ts[last - 1]
    bar[TICKS] += last - first
    bar[END], bar[CLOSE], bar[HIGH], bar[LOW] = ts[last - 1], price[last - 1], high, low
    bar[VOLUME + 1], bar[VOLUME] = volume_high, volume_low
    bar[BUY + 1], bar[BUY] = buy_high, buy_low
    bar[SELL + 1], bar[SELL] = sell_high, sell_low
    bar[NOTIONAL + 1], bar[NOTIONAL] = notional_high, notional_low


@inner
def close_bar(bar: Any, row: Any) -> None:
    """Copy the open bar into an output row and empty it; the overflow mark stays."""
    for word in range(BAR_WORDS):
        row[word] = bar[word]
        bar[word] = 0


@njit(cache=True, nogil=True)
def vwap_words(rows: Any) -> Any:
    """Σp·q / Σq of each row in units of 10⁻¹², rounded half to even, as int64 words of shape (n,
    2).
    """
    words = np.empty((len(rows), 2), np.int64)
    for i in range(len(rows)):
        row = rows[i]
        volume_high, volume_low = row[VOLUME + 1], row[VOLUME]
        q_high, q_low, r_high, r_low = divmod128(
            row[NOTIONAL + 1], row[NOTIONAL], volume_high, volume_low
        )
        # 10⁻¹⁶ / 10⁻⁸ leaves 10⁻⁸: four more digits come from the remainder, so that nothing passes
        # 128 bits.
        r_high, r_low = mul128(r_high, r_low, 0, 10_000)
        r_high, r_low = divide_half_even(r_high, r_low, volume_high, volume_low)
        q_high, q_low = mul128(q_high, q_low, 0, 10_000)
        words[i, 1], words[i, 0] = add128(q_high, q_low, r_high, r_low)
    return words
