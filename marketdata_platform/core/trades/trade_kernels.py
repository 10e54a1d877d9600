"""Compiled passes over trade columns: checks, conversions, signs.

Belongs here: loops over rows that trade_columns.py needs. Does not: reading frames, messages
(trade_columns.py). Importing this module imports Numba; trade_columns.py does so on its first call.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import njit
from marketdata_platform.core.numbers.int128 import byte_swapped, divmod128, mul_wide

Int64s = npt.NDArray[np.int64]
Signs = npt.NDArray[np.int8]

MAX_INT64 = 2**63 - 1


def _view(text: bytes) -> tuple[int, int]:
    """The two words of an Arrow string view of at most 12 bytes: length, then the bytes
    themselves.
    """
    data = len(text).to_bytes(4, "little") + text.ljust(12, b"\0")
    return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")


_BUY, _BUY_REST = _view(b"buy")
_SELL, _SELL_REST = _view(b"sell")
_UNKNOWN, _UNKNOWN_REST = _view(b"unknown")
_ZERO = ord("0")
# Bytes that a view holds itself; of longer strings it holds the first four and where the rest is.
_INLINE = 12

# Loops below read the words of (n, 2) arrays from their flat form with unsigned indices: with rows
# of unknown width or indices that may be negative the compiler does not vectorise, and they take
# two to four times as long.


@njit(cache=True, nogil=True)
def signs_of_views(views: Int64s, out: Signs) -> int:
    """Read string views (2n,) as +1 buy, -1 sell, 0 unknown; the first row that is none of these,
    or -1.
    """
    bad = np.int64(0)
    for i in range(len(out)):
        at = np.uint64(2) * np.uint64(i)
        word, rest = views[at], views[at + np.uint64(1)]
        buy = (word == _BUY) & (rest == _BUY_REST)
        sell = (word == _SELL) & (rest == _SELL_REST)
        unknown = (word == _UNKNOWN) & (rest == _UNKNOWN_REST)
        out[i] = np.int8(buy) - np.int8(sell)
        bad |= np.int64(not (buy | sell | unknown))
    if bad != 0:
        for i in range(len(out)):
            if out[i] == 0 and not (views[2 * i] == _UNKNOWN and views[2 * i + 1] == _UNKNOWN_REST):
                return i
    return -1


@njit(cache=True, nogil=True)
def first_not_positive(words: Int64s) -> int:
    """The first row of words (2n,) that is not above zero or needs more than 64 bits, or -1."""
    high, low = 0, 0
    for i in range(len(words) // 2):
        at = np.uint64(2) * np.uint64(i)
        high |= words[at + np.uint64(1)]
        low |= words[at] | (words[at] - 1)
    if high != 0 or low < 0:
        for i in range(len(words) // 2):
            if words[2 * i + 1] != 0 or words[2 * i] <= 0:
                return i
    return -1


@njit(cache=True, nogil=True)
def scale_up(words: Int64s, factor: int, out: Int64s) -> int:
    """`out = words · factor`; the first row of the (n, 2) words that is not above zero or then
    beyond int64, or -1.
    """
    for i in range(len(words)):
        high, low = mul_wide(words[i, 0], factor)
        if words[i, 1] != 0 or words[i, 0] <= 0 or high != 0 or low < 0:
            return i
        out[i] = low
    return -1


@njit(cache=True, nogil=True)
def scale_down(words: Int64s, divisor: int, out: Int64s) -> tuple[int, bool]:
    """`out = words / divisor`; the first row not above zero, inexact or too large, or -1; and
    whether it is exact.
    """
    for i in range(len(words)):
        if words[i, 1] < 0 or (words[i, 1] == 0 and words[i, 0] == 0):
            return i, True
        q_high, q_low, r_high, r_low = divmod128(words[i, 1], words[i, 0], 0, divisor)
        if r_high != 0 or r_low != 0:
            return i, False
        if q_high != 0 or q_low < 0:
            return i, True
        out[i] = q_low
    return -1, True


@njit(cache=True, nogil=True)
def scale_floats(values: npt.NDArray[np.float64], out: Int64s) -> int:
    """`out = round(values · 1e8)`; the first row that is not finite, not above zero or beyond
    int64, or -1.

    The whole part is scaled on its own: a float product above 2^53 would lose the last decimals.
    """
    bad = False
    for i in range(len(values)):
        value = float(values[i])
        inside = 0.0 < value < 92233720368.0
        whole = np.floor(value) if inside else 0.0
        scaled = np.int64(whole) * 100_000_000 + np.int64(
            np.rint((value - whole) * 1e8 if inside else 0.0)
        )
        out[i] = scaled
        bad |= bool(scaled <= 0)
    if bad:
        for i in range(len(out)):
            if out[i] <= 0:
                return i
    return -1


@njit(cache=True, nogil=True)
def times_ascend(times: Int64s) -> bool:
    """True if no time is before the one in front of it."""
    bad = False
    for i in range(1, len(times)):
        bad |= times[i] < times[i - 1]
    return not bad


@njit(cache=True, nogil=True)
def keys_ascend(times: Int64s, keys: Int64s) -> bool:
    """True if rows ascend by (time, key)."""
    bad = False
    for i in range(1, len(times)):
        bad |= (times[i] < times[i - 1]) | ((times[i] == times[i - 1]) & (keys[i] < keys[i - 1]))
    return not bad


@njit(cache=True, nogil=True)
def views_ascend(times: Int64s, views: Int64s) -> bool:
    """True if rows surely ascend by (time, number in the string view (2n,)); False: a closer
    look is needed.

    Numbers without leading zeros ascend as (length, text) does. A view's two words with their bytes
    swapped are just that, for texts of up to 12 bytes; pairs of one time with others, or with a
    leading zero, count as unsure.
    """
    unsure = np.int64(0)
    for i in range(1, len(times)):
        at = np.uint64(2) * np.uint64(i)
        one, two = np.uint64(1), np.uint64(2)
        head, head_before = byte_swapped(views[at]), byte_swapped(views[at - two])
        rest, rest_before = byte_swapped(views[at + one]), byte_swapped(views[at - one])
        ascends = (head_before < head) | ((head_before == head) & (rest_before <= rest))
        zero = ((head >> 24) & 0xFF == _ZERO) | ((head_before >> 24) & 0xFF == _ZERO)
        short = (head >= 0) & (head >> 56 <= _INLINE)
        tied = times[i] == times[i - 1]
        unsure |= np.int64(times[i] < times[i - 1]) | np.int64(
            tied & (zero | (not (ascends & short)))
        )
    return bool(unsure == 0)


@njit(cache=True, nogil=True)
def last_change(prices: Int64s, last_price: int, last_sign: int) -> int:
    """Sign of the last price change, `last_sign` where there is none; a `last_price` of 0 means no
    trade before.
    """
    for i in range(len(prices) - 1, 0, -1):
        if prices[i] != prices[i - 1]:
            return 1 if prices[i] > prices[i - 1] else -1
    if len(prices) > 0 and last_price != 0 and prices[0] != last_price:
        return 1 if prices[0] > last_price else -1
    return last_sign


@njit(cache=True, nogil=True)
def tick_rule(prices: Int64s, sides: Signs, last_price: int, last_sign: int, out: Signs) -> None:
    """Copy the known sides; unknown ones get the sign of the last price change over all trades so
    far.
    """
    for i in range(len(prices)):
        price = prices[i]
        if last_price != 0 and price != last_price:
            last_sign = 1 if price > last_price else -1
        last_price = price
        out[i] = sides[i] if sides[i] != 0 else last_sign
