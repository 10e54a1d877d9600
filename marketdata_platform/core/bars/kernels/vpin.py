"""The compiled fold of VPIN buckets by taker side. Arguments and states are explained in
vpin_state.py.
"""

from __future__ import annotations

from typing import Any

from numba import types

from marketdata_platform.core.bars.bar_words import (
    BAR_WORDS,
    BUY,
    CLOSE,
    END,
    HIGH,
    LOW,
    OPEN,
    SELL,
    START,
    TICKS,
    VOLUME,
)
from marketdata_platform.core.bars.kernels.bar import (
    FLOAT_ROWS,
    NEXT_AND_COUNT,
    ROWS,
    SIZE_SETTINGS,
    TRADES,
    WORDS,
    add_slice,
    close_bar,
)
from marketdata_platform.core.compiled import inner, njit
from marketdata_platform.core.numbers.int128 import (
    add128,
    divmod128,
    float128,
    less128,
    mul128,
    sub128,
)
from marketdata_platform.core.window import US_PER_DAY

# Words of an output row after the bar's own, and of the pool: what a fold of buckets carries beside
# the open one.
UNSIGNED, IMBALANCE, ROW_WORDS = BAR_WORDS, BAR_WORDS + 2, BAR_WORDS + 4
BUCKET, NEXT, DAY_END, DAY_VOLUME, RING_AT, RING_SUM, RATIOS, TAKEN, WARMUP, POOL_WORDS = (
    0,
    2,
    4,
    5,
    7,
    8,
    10,
    11,
    12,
    14,
)
NO_DAY = -(2**63)
RATIO_UNIT = 2.0**62  # ratios are summed as integers: running sums of floats would drift
BUCKETS_A_DAY = 50
TOO_MANY = -1


@inner
def _add_to(words: Any, at: int, high: int, low: int) -> None:
    words[at + 1], words[at] = add128(words[at + 1], words[at], high, low)


@inner
def _add_part(bar: Any, pool: Any, trade: tuple[int, int, int], amount: int) -> None:
    """Add `amount` of one trade (ts, price, sign) to the open bucket and mark it taken."""
    ts, p, b = trade
    if bar[TICKS] == 0:
        bar[START], bar[OPEN], bar[HIGH], bar[LOW] = ts, p, p, p
    bar[TICKS] += 1
    bar[END], bar[CLOSE], bar[HIGH], bar[LOW] = ts, p, max(bar[HIGH], p), min(bar[LOW], p)
    _add_to(bar, VOLUME, 0, amount)
    if b > 0:
        _add_to(bar, BUY, 0, amount)
    elif b < 0:
        _add_to(bar, SELL, 0, amount)
    _add_to(pool, DAY_VOLUME, 0, amount)
    pool[TAKEN] += amount


@inner
def _whole(quantity: Any, i: int, end: int, high: int, low: int) -> int:
    """The first trade from `i` on that does not fit whole into the room (high, low), or `end`."""
    quantities = quantity[i:end]
    for j in range(len(quantities)):
        high, low = sub128(high, low, 0, quantities[j])
        if high < 0:
            return i + j
    return end


@inner
def _close(bar: Any, pool: Any, ring: Any, row: Any, f_row: Any) -> None:
    """The bucket's row, with VPIN over the last len(ring) buckets."""
    high, low = sub128(bar[BUY + 1], bar[BUY], bar[SELL + 1], bar[SELL])
    if high < 0:
        high, low = sub128(0, 0, high, low)
    row[IMBALANCE + 1], row[IMBALANCE] = high, low
    ratio = int(float128(high, low) / float128(pool[BUCKET + 1], pool[BUCKET]) * RATIO_UNIT)
    high, low = sub128(bar[VOLUME + 1], bar[VOLUME], bar[BUY + 1], bar[BUY])
    row[UNSIGNED + 1], row[UNSIGNED] = sub128(high, low, bar[SELL + 1], bar[SELL])
    at = pool[RING_AT]
    high, low = sub128(pool[RING_SUM + 1], pool[RING_SUM], 0, ring[at])
    pool[RING_SUM + 1], pool[RING_SUM] = add128(high, low, 0, ratio)
    ring[at] = ratio
    pool[RING_AT] = at + 1 if at + 1 < len(ring) else 0
    pool[RATIOS] = min(pool[RATIOS] + 1, len(ring))
    mean = float128(pool[RING_SUM + 1], pool[RING_SUM]) / RATIO_UNIT / float(len(ring))
    f_row[0] = mean if pool[RATIOS] == len(ring) else float("nan")
    close_bar(bar, row)
    pool[BUCKET] = pool[BUCKET + 1] = 0


@inner
def _start_day(pool: Any, ts: int) -> None:
    """Move on to the day of `ts`; V becomes the last day's volume / 50."""
    if pool[DAY_END] != NO_DAY:
        high, low, _, _ = divmod128(pool[DAY_VOLUME + 1], pool[DAY_VOLUME], 0, BUCKETS_A_DAY)
        pool[NEXT + 1], pool[NEXT] = high, (1 if high == 0 and low == 0 else low)
    pool[DAY_END] = (ts // US_PER_DAY + 1) * US_PER_DAY
    pool[DAY_VOLUME] = pool[DAY_VOLUME + 1] = 0


@inner
def _day_stop(ts: Any, i: int, day_end: int) -> int:
    """The first trade from `i` on that is not before `day_end`, by bisection."""
    low, high = i, len(ts)
    while low < high:
        middle = (low + high) >> 1
        if ts[middle] < day_end:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def _warm_up(pool: Any, quantity: Any, i: int, stop: int) -> None:
    """Count trades of a first day that has no V yet."""
    for j in range(i, stop):
        _add_to(pool, WARMUP, 0, quantity[j])
        _add_to(pool, DAY_VOLUME, 0, quantity[j])


@inner
def _fill(bar: Any, pool: Any, trades: Any, i: int, stop: int) -> int:
    """Fill the open bucket from trade `i` (less what is taken of it) on; the trade to go on
    with.
    """
    ts, price, quantity, sign = trades
    high, low = sub128(pool[BUCKET + 1], pool[BUCKET], bar[VOLUME + 1], bar[VOLUME])
    if pool[TAKEN] == 0:
        whole = _whole(quantity, i, stop, high, low)
        before_high, before_low = bar[VOLUME + 1], bar[VOLUME]
        add_slice(bar, ts, price, quantity, sign, i, whole)
        before_high, before_low = sub128(bar[VOLUME + 1], bar[VOLUME], before_high, before_low)
        _add_to(pool, DAY_VOLUME, before_high, before_low)
        high, low = sub128(high, low, before_high, before_low)
        i = whole
    if i == stop or (high == 0 and low == 0):
        return i
    rest = quantity[i] - pool[TAKEN]
    fits = not less128(high, low, 0, rest)
    _add_part(bar, pool, (ts[i], price[i], int(sign[i])), rest if fits else low)
    if fits:
        pool[TAKEN] = 0
        return i + 1
    return i


@inner
def _next_day(pool: Any, ts: Any, i: int) -> int:
    """Start the day of trade `i` if it is another one; where it ends."""
    if ts[i] >= pool[DAY_END]:
        _start_day(pool, ts[i])
    return _day_stop(ts, i, pool[DAY_END])


@inner
def _open(pool: Any, quantity: int, most: int) -> bool:
    """Open a bucket; False if what is left of the trade would fill more than `most` of them."""
    pool[BUCKET + 1], pool[BUCKET] = pool[NEXT + 1], pool[NEXT]
    high, low = mul128(pool[NEXT + 1], pool[NEXT], 0, most)
    return pool[TAKEN] <= 0 or not less128(high, low, 0, quantity - pool[TAKEN])


@inner
def _is_full(bar: Any, pool: Any) -> bool:
    return bool(bar[VOLUME] == pool[BUCKET] and bar[VOLUME + 1] == pool[BUCKET + 1])


_STATE = (WORDS, WORDS, WORDS)  # open bucket, pool, ring


@njit(
    NEXT_AND_COUNT(SIZE_SETTINGS, *TRADES, types.int64, *_STATE, ROWS, FLOAT_ROWS),
    cache=True,
    nogil=True,
)
def fold(
    settings: Any,
    ts: Any,
    price: Any,
    quantity: Any,
    sign: Any,
    i: int,
    bar: Any,
    pool: Any,
    ring: Any,
    rows: Any,
    f: Any,
) -> tuple[int, int]:
    """Fold trades from `i` on; stops at their end or when `rows` is full. Returns (next trade, rows
    written).

    `settings`: (1 for automatic V, most buckets that one trade may fill, unused). (-1, trade) when
    one would fill more.
    """
    automatic, most, _ = settings
    count, n, stop = 0, len(ts), i
    while i < n and count < len(rows):
        if stop <= i:
            stop = _next_day(pool, ts, i) if automatic else n
        if pool[NEXT] == 0 and pool[NEXT + 1] == 0:
            _warm_up(pool, quantity, i, stop)
            i = stop
            continue
        if bar[TICKS] == 0 and not _open(pool, quantity[i], most):
            return TOO_MANY, i
        i = _fill(bar, pool, (ts, price, quantity, sign), i, stop)
        if _is_full(bar, pool):
            _close(bar, pool, ring, rows[count], f[count])
            count += 1
    return i, count
