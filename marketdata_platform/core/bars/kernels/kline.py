"""The compiled loop behind klines: one pass over the trades, exact 128-bit sums.

Belongs here: rows of `KLINE_WIDTH` int64 words per window. Does not: columns and types
(kline_frame.py).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.bars.kline_fields import (
    BUY_QUOTE,
    BUY_VOLUME,
    CLOSE,
    FIRST,
    HIGH,
    LAST,
    LOW,
    OPEN,
    QUOTE,
    SELL_VOLUME,
    START,
    TRADES,
    VOLUME,
)
from marketdata_platform.core.compiled import inner, njit
from marketdata_platform.core.numbers.int128 import (
    add64,
    add128,
    divide_half_even,
    divmod128,
    float128,
    fused_add128,
    less128,
    mul128,
    mul_wide,
)

Int64s = npt.NDArray[np.int64]
Signs = npt.NDArray[np.int8]

# Trades at a time: their prices and quantities stay in the first cache while three loops read them.
_BLOCK = 256
_BLOCK_SAFE = 2**55  # quantities below it: a block's sum fits 64 bits
# Two halves hold prices and quantities below 2^52; 256 products of halves sum below 2^61.
_HALF_BITS = 26
_HALF = (1 << _HALF_BITS) - 1
_CHUNK = 64
_LIMIT_HIGH, _LIMIT_LOW = divmod(10**38, 2**64)  # DECIMAL(38, ·) ends here
_LIMIT_LOW -= 2**64 if _LIMIT_LOW >= 2**63 else 0
_SAFE = 9e37  # below the limit by more than float rounding
_VWAP_FACTOR = 10**4  # 12 decimals wanted = 16 (quote) - 8 (volume) + 4


@njit(cache=True, nogil=True)
def sum_klines(
    ts: Int64s,
    price: Int64s,
    quantity: Int64s,
    sign: Signs,
    edges: Int64s,
    width: int,
    offset: int,
    out: Int64s,
) -> int:
    """Fill a row of `out` a window with trades and return how many; windows by `width` and
    `offset`, or by `edges`.

    A month has no one width: it is 0 then, and `edges` holds the starts and the last end.
    """
    row, first = 0, 0
    prices, quantities = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
    while first < len(ts):
        start, end = _window(ts[first], edges, width, offset)
        stop = first + _before(ts[first:], end)
        kline = out[row]
        kline[:] = 0
        kline[START], kline[FIRST], kline[LAST], kline[TRADES] = (
            start,
            first,
            stop - 1,
            stop - first,
        )
        kline[OPEN] = kline[HIGH] = kline[LOW] = price[first]
        kline[CLOSE] = price[stop - 1]
        for at in range(first, stop, _BLOCK):
            size = min(_BLOCK, stop - at)
            p, q, side = prices[:size], quantities[:size], sign[at : at + size]
            _copy(price[at : at + size], quantity[at : at + size], p, q)
            _add_prices_and_volumes(p, q, side, kline)
            _add_quotes(p, q, side, kline)
        row += 1
        first = stop
    return row


@inner
def _window(time: int, edges: Int64s, width: int, offset: int) -> tuple[int, int]:
    if width > 0:
        start = (time - offset) // width * width + offset
        return start, start + width
    at = np.searchsorted(edges, time, side="right")
    return edges[at - 1], edges[at]


@inner
def _before(ts: Int64s, end: int) -> int:
    """How many of the ascending times are before `end`: counted in chunks, which the compiler does
    eight at a time.
    """
    base = 0
    while base + _CHUNK <= len(ts):
        chunk, inside = ts[base : base + _CHUNK], 0
        for i in range(_CHUNK):
            inside += chunk[i] < end
        base += inside
        if inside < _CHUNK:
            return base
    while base < len(ts) and ts[base] < end:
        base += 1
    return base


@inner
def _copy(price: Int64s, quantity: Int64s, p: Int64s, q: Int64s) -> None:
    for i in range(len(p)):
        p[i], q[i] = price[i], quantity[i]


@inner
def _add_prices_and_volumes(p: Int64s, q: Int64s, side: Signs, kline: Int64s) -> None:
    high, low = kline[HIGH], kline[LOW]
    volume = buy = sell = bits = 0
    for i in range(len(p)):
        sign = np.int64(side[i])
        high, low = max(high, p[i]), min(low, p[i])
        volume += q[i]
        buy += q[i] & (-sign >> 63)
        sell += q[i] & (sign >> 63)
        bits |= q[i]
    kline[HIGH], kline[LOW] = high, low
    if bits >= _BLOCK_SAFE:
        _add_large_volumes(q, side, kline)
        return
    _add(kline, VOLUME, volume)
    _add(kline, BUY_VOLUME, buy)
    _add(kline, SELL_VOLUME, sell)


@inner
def _add_large_volumes(q: Int64s, side: Signs, kline: Int64s) -> None:
    for i in range(len(q)):
        _add(kline, VOLUME, q[i])
        if side[i] > 0:
            _add(kline, BUY_VOLUME, q[i])
        elif side[i] < 0:
            _add(kline, SELL_VOLUME, q[i])


@inner
def _add(kline: Int64s, field: int, value: int) -> None:
    kline[field + 1], kline[field] = add64(kline[field + 1], kline[field], value)


@inner
def _add_quotes(p: Int64s, q: Int64s, side: Signs, kline: Int64s) -> None:
    """Σp·q and that of buys, in halves of 26 bits: their products' sums fit 64 bits, so eight
    trades go at a time.
    """
    bits = low = middle = high = 0
    buy_low = buy_middle = buy_high = 0
    for i in range(len(p)):
        bought = -np.int64(side[i]) >> 63
        p0, p1, q0, q1 = p[i] & _HALF, p[i] >> _HALF_BITS, q[i] & _HALF, q[i] >> _HALF_BITS
        bits |= p1 | q1
        under, cross, over = p0 * q0, p0 * q1 + p1 * q0, p1 * q1
        low += under
        middle += cross
        high += over
        buy_low += under & bought
        buy_middle += cross & bought
        buy_high += over & bought
    if bits > _HALF:
        _add_large_quotes(p, q, side, kline)
        return
    _add_halves(kline, QUOTE, low, middle, high)
    _add_halves(kline, BUY_QUOTE, buy_low, buy_middle, buy_high)


@inner
def _add_halves(kline: Int64s, field: int, low: int, middle: int, high: int) -> None:
    """Add `low + middle · 2^26 + high · 2^52`."""
    kline[field + 1], kline[field] = fused_add128(
        kline[field + 1], kline[field], middle, 1 << _HALF_BITS
    )
    kline[field + 1], kline[field] = fused_add128(
        kline[field + 1], kline[field], high, 1 << (2 * _HALF_BITS)
    )
    _add(kline, field, low)


@inner
def _add_large_quotes(p: Int64s, q: Int64s, side: Signs, kline: Int64s) -> None:
    for i in range(len(p)):
        kline[QUOTE + 1], kline[QUOTE] = fused_add128(kline[QUOTE + 1], kline[QUOTE], p[i], q[i])
        if side[i] > 0:
            kline[BUY_QUOTE + 1], kline[BUY_QUOTE] = fused_add128(
                kline[BUY_QUOTE + 1], kline[BUY_QUOTE], p[i], q[i]
            )


@njit(cache=True, nogil=True)
def count_trades(counts: Int64s, out: Int64s) -> None:
    """Set `TRADES` of every row to the trades inside its aggregate trades."""
    for row in range(len(out)):
        total = 0
        for i in range(out[row, FIRST], out[row, LAST] + 1):
            total += counts[i]
        out[row, TRADES] = total


@inner
def _too_large(price: Int64s, quantity: Int64s, first: int, last: int) -> bool:
    """True if Σp·q reaches 10^38, by sums that are held against it at every step."""
    high, low = 0, 0
    for i in range(first, last + 1):
        product_h, product_l = mul_wide(price[i], quantity[i])
        high, low = add128(high, low, product_h, product_l)
        if not less128(high, low, _LIMIT_HIGH, _LIMIT_LOW):
            return True
    return False


@njit(cache=True, nogil=True)
def first_too_large(price: Int64s, quantity: Int64s, out: Int64s) -> int:
    """The first row whose quote volume needs more than 38 digits, or -1.

    The loop over trades adds unchecked: one float product per window shows where a second, checked
    look is needed.
    """
    for row in range(len(out)):
        bound = float128(out[row, VOLUME + 1], out[row, VOLUME]) * out[row, HIGH]
        if bound > _SAFE and _too_large(price, quantity, out[row, FIRST], out[row, LAST]):
            return row
    return -1


@njit(cache=True, nogil=True)
def vwap_words(quote: Int64s, volume: Int64s, out: Int64s) -> None:
    """`out = quote / volume` at 12 decimals, half to even; words (n, 2) of scales 16, 8 and 12; 0
    without volume.

    volume < 2^113 (2^50 trades of an int64 each), so the remainder times 10^4 stays inside 128
    bits.
    """
    for i in range(len(out)):
        v_low, v_high = volume[i, 0], volume[i, 1]
        out[i, 0], out[i, 1] = 0, 0
        if v_low == 0 and v_high == 0:
            continue
        whole_h, whole_l, rest_h, rest_l = divmod128(quote[i, 1], quote[i, 0], v_high, v_low)
        whole_h, whole_l = mul128(whole_h, whole_l, 0, _VWAP_FACTOR)
        rest_h, rest_l = mul128(rest_h, rest_l, 0, _VWAP_FACTOR)
        part_h, part_l = divide_half_even(rest_h, rest_l, v_high, v_low)
        out[i, 1], out[i, 0] = add128(whole_h, whole_l, part_h, part_l)


@njit(cache=True, nogil=True)
def parted(rows: Int64s, words: Int64s, pairs: Int64s) -> None:
    """Kernel rows to columns in one pass: fields of one word to `words` (8, n), of two to `pairs`
    (5, n, 2).

    Column by column each would touch every cache line of the rows again.
    """
    for row in range(len(rows)):
        for field in range(VOLUME):
            words[field, row] = rows[row, field]
        for number in range(pairs.shape[0]):
            pairs[number, row, 0] = rows[row, VOLUME + 2 * number]
            pairs[number, row, 1] = rows[row, VOLUME + 2 * number + 1]
