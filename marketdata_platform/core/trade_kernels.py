"""Compiled passes over trade columns: checks, conversions, signs.

Belongs here: loops over rows that trade_columns.py needs. Does not: reading frames, messages (trade_columns.py).
Importing this module imports Numba; trade_columns.py does so on its first call.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from marketdata_platform.core.int128 import divmod128, mul_wide

Int64s = npt.NDArray[np.int64]
Signs = npt.NDArray[np.int8]

MAX_INT64 = 2**63 - 1


def _view(text: bytes) -> tuple[int, int]:
    """The two words of an Arrow string view of at most 12 bytes: length, then the bytes themselves."""
    data = len(text).to_bytes(4, "little") + text.ljust(12, b"\0")
    return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")


_BUY, _BUY_REST = _view(b"buy")
_SELL, _SELL_REST = _view(b"sell")
_UNKNOWN, _UNKNOWN_REST = _view(b"unknown")
_PREFIX_DIGITS = 0x3030303000000000  # what the high four bits of each prefix byte are in a run of digits


@njit(cache=True, nogil=True)
def signs_of_views(views: Int64s, out: Signs) -> int:
    """Read string views (n, 2) as +1 buy, -1 sell, 0 unknown; the first row that is none of these, or -1."""
    bad = 0
    for i in range(len(views)):
        word, rest = views[i, 0], views[i, 1]
        buy = (word == _BUY) & (rest == _BUY_REST)
        sell = (word == _SELL) & (rest == _SELL_REST)
        unknown = (word == _UNKNOWN) & (rest == _UNKNOWN_REST)
        out[i] = np.int8(buy) - np.int8(sell)
        bad |= not (buy | sell | unknown)
    if not bad:
        return -1
    for i in range(len(views)):
        if out[i] == 0 and not (views[i, 0] == _UNKNOWN and views[i, 1] == _UNKNOWN_REST):
            return i
    return -1


@njit(cache=True, nogil=True)
def first_not_positive(words: Int64s) -> int:
    """The first row of (n, 2) words that is not above zero or needs more than 64 bits, or -1."""
    high, low = 0, 0
    for i in range(len(words)):
        high |= words[i, 1]
        low |= words[i, 0] | (words[i, 0] - 1)
    if high == 0 and low >= 0:
        return -1
    for i in range(len(words)):
        if words[i, 1] != 0 or words[i, 0] <= 0:
            return i
    return -1


@njit(cache=True, nogil=True)
def scale_up(words: Int64s, factor: int, out: Int64s) -> int:
    """`out = words · factor`; the first row of the (n, 2) words that is not above zero or then beyond int64, or -1."""
    for i in range(len(words)):
        high, low = mul_wide(words[i, 0], factor)
        if words[i, 1] != 0 or words[i, 0] <= 0 or high != 0 or low < 0:
            return i
        out[i] = low
    return -1


@njit(cache=True, nogil=True)
def scale_down(words: Int64s, divisor: int, out: Int64s) -> tuple[int, bool]:
    """`out = words / divisor`; the first row not above zero, inexact or too large (else -1), and whether it is exact."""
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
    """`out = round(values · 1e8)`; the first row that is not finite, not above zero or beyond int64, or -1.

    The whole part is scaled on its own: a float product above 2^53 would lose the last decimals.
    """
    bad = False
    for i in range(len(values)):
        value = float(values[i])
        inside = 0.0 < value < 92233720368.0
        whole = np.floor(value) if inside else 0.0
        scaled = np.int64(whole) * 100_000_000 + np.int64(np.rint((value - whole) * 1e8 if inside else 0.0))
        out[i] = scaled
        bad |= bool(scaled <= 0)
    if bad:
        for i in range(len(out)):
            if out[i] <= 0:
                return i
    return -1


@njit(cache=True, nogil=True)
def times_ascend(times: Int64s) -> bool:
    """Whether no time is before the one in front of it."""
    bad = False
    for i in range(1, len(times)):
        bad |= times[i] < times[i - 1]
    return not bad


@njit(cache=True, nogil=True)
def keys_ascend(times: Int64s, keys: Int64s) -> bool:
    """Whether rows ascend by (time, key)."""
    bad = False
    for i in range(1, len(times)):
        bad |= (times[i] < times[i - 1]) | ((times[i] == times[i - 1]) & (keys[i] < keys[i - 1]))
    return not bad


@njit(cache=True, nogil=True)
def _byte_swapped(word: int) -> int:
    word = ((word & 0x00FF00FF00FF00FF) << 8) | ((word >> 8) & 0x00FF00FF00FF00FF)
    word = ((word & 0x0000FFFF0000FFFF) << 16) | ((word >> 16) & 0x0000FFFF0000FFFF)
    return (word << 32) | ((word >> 32) & 0xFFFFFFFF)


@njit(cache=True, nogil=True)
def _surely_ascend(a_word: int, a_rest: int, b_word: int, b_rest: int) -> bool:
    """Whether two string views that may be numbers ascend; False also where only parsing would tell."""
    a_length, b_length = a_word & 0xFFFFFFFF, b_word & 0xFFFFFFFF
    a_prefix, b_prefix = a_word & 0x7FFFFFFF00000000, b_word & 0x7FFFFFFF00000000
    a_zero, b_zero = (a_word >> 32) & 0xFF == 48, (b_word >> 32) & 0xFF == 48
    if a_zero or b_zero or a_prefix & 0x1000000000 == 0 or b_prefix & 0x1000000000 == 0:
        return False  # a leading zero, or a sign, or no digit: length does not order them
    if a_length != b_length:
        return a_length < b_length
    if a_prefix != b_prefix:
        return _byte_swapped(a_prefix) < _byte_swapped(b_prefix)
    return a_length <= 12 and _byte_swapped(a_rest) <= _byte_swapped(b_rest)


@njit(cache=True, nogil=True)
def views_ascend(times: Int64s, views: Int64s) -> bool:
    """Whether rows surely ascend by (time, number in the string view (n, 2)); False: look closer."""
    for i in range(1, len(times)):
        if times[i] > times[i - 1]:
            continue
        if times[i] < times[i - 1]:
            return False
        if not _surely_ascend(views[i - 1, 0], views[i - 1, 1], views[i, 0], views[i, 1]):
            return False
    return True


@njit(cache=True, nogil=True)
def last_change(prices: Int64s, last_price: int, last_sign: int) -> int:
    """Sign of the last price change, `last_sign` where there is none; a `last_price` of 0 means no trade before."""
    for i in range(len(prices) - 1, 0, -1):
        if prices[i] != prices[i - 1]:
            return 1 if prices[i] > prices[i - 1] else -1
    if len(prices) > 0 and last_price != 0 and prices[0] != last_price:
        return 1 if prices[0] > last_price else -1
    return last_sign


@njit(cache=True, nogil=True)
def tick_rule(prices: Int64s, sides: Signs, last_price: int, last_sign: int, out: Signs) -> None:
    """Copy the known sides; unknown ones get the sign of the last price change over all trades so far."""
    for i in range(len(prices)):
        price = prices[i]
        if last_price != 0 and price != last_price:
            last_sign = 1 if price > last_price else -1
        last_price = price
        out[i] = sides[i] if sides[i] != 0 else last_sign
