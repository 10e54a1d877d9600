"""PostgreSQL's binary COPY format, read column by column, compiled.

Belongs here: bytes of fields (_copy_encode writes them, and describes the format). Does not:
Arrow's layout.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import inner, njit

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

INEXACT, NOT_A_NUMBER, BROKEN = -1, -2, -3
_HALF = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_BASE = np.uint64(10_000)
_NEGATIVE = 0x4000


@inner
def _get2(data: Bytes, at: Any) -> Any:
    value = (np.int64(data[at]) << 8) | np.int64(data[at + 1])
    return value - 65536 if value >= 32768 else value


@inner
def _get4(data: Bytes, at: Any) -> Any:
    value = np.int64(0)
    for i in range(4):
        value = (value << 8) | np.int64(data[at + i])
    return value - (1 << 32) if value >= (1 << 31) else value


@njit(cache=True, nogil=True)
def find_fields(data: Bytes, start: int, starts: Int64s, sizes: Int64s) -> tuple[int, int]:
    """Where the fields of the next rows are, as many as `starts` (columns, rows) has room for.

    Returns:
        the number of rows, and where the next row begins; less rows than room: it was the end.
    """
    columns, room = starts.shape
    at = start
    for row in range(room):
        if at + 2 > len(data) or _get2(data, at) < 0:
            return row, at
        if _get2(data, at) != columns:
            return BROKEN, at
        at += 2
        for column in range(columns):
            size = _get4(data, at)
            starts[column, row] = at + 4
            sizes[column, row] = size
            at += 4 + max(size, 0)
            if at > len(data):
                return BROKEN, at
    return room, at


@njit(cache=True, nogil=True)
def get_eight(data: Bytes, starts: Int64s, sizes: Int64s, out: Int64s, add: int) -> None:
    """Numbers of up to 64 bits, each with `add` added; nulls become 0."""
    for row in range(len(starts)):
        value = np.int64(0)
        if sizes[row] > 0:
            value = np.int64(np.int8(data[starts[row]]))
            for i in range(1, sizes[row]):
                value = (value << 8) | np.int64(data[starts[row] + i])
            value += add
        out[row] = value


@njit(cache=True, nogil=True)
def get_bytes(
    data: Bytes, starts: Int64s, sizes: Int64s, ends: npt.NDArray[np.int32], content: Bytes
) -> None:
    """Texts and bytes: `content`, as long as all sizes together, and where each ends in it."""
    filled = 0
    ends[0] = 0
    for row in range(len(starts)):
        for i in range(sizes[row]):
            content[filled + i] = data[starts[row] + i]
        filled += max(sizes[row], 0)
        ends[row + 1] = filled


@inner
def _times_plus(high: Any, low: Any, factor: Any, more: Any) -> tuple[Any, Any]:
    """(high, low)·factor + more in 128 bits; what does not fit is lost: the caller knows that it
    fits.
    """
    first = (low & _HALF) * factor + more
    second = (low >> _SHIFT) * factor + (first >> _SHIFT)
    return high * factor + (second >> _SHIFT), (second << _SHIFT) | (first & _HALF)


@inner
def _shortened(digit: Any, exponent: Any) -> tuple[Any, Any]:
    """The factor of a number's last digit of base 10,000, and the digit, without its last
    `-exponent` decimals; the factor is 0 where they are not all zeros.
    """
    factor = _BASE
    if exponent < -3:
        return np.uint64(0), digit
    for _ in range(-exponent):
        factor //= np.uint64(10)
    if digit % (_BASE // factor) != np.uint64(0):
        return np.uint64(0), digit
    return factor, digit // (_BASE // factor)


@njit(cache=True, nogil=True)
def decimals_needed(data: Bytes, starts: Int64s, sizes: Int64s) -> tuple[int, int]:
    """The most digits before and behind the point; `NOT_A_NUMBER` twice where there is a NaN or an
    infinity.
    """
    whole, behind = 1, 0
    for row in range(len(starts)):
        if sizes[row] < 0:
            continue
        at = starts[row]
        sign = _get2(data, at + 4)
        if sign != 0 and sign != _NEGATIVE:
            return NOT_A_NUMBER, NOT_A_NUMBER
        if _get2(data, at) > 0:
            whole = max(whole, 4 * (_get2(data, at + 2) + 1))
        behind = max(behind, _get2(data, at + 6))
    return whole, behind


@njit(cache=True, nogil=True)
def get_decimals(data: Bytes, starts: Int64s, sizes: Int64s, scale: int, words: Words) -> int:
    """Numerics as integers of 128 bits scaled by 10**scale; 0, or `INEXACT` where a value has more
    decimals.
    """
    for row in range(len(starts)):
        high, low, wrong = np.uint64(0), np.uint64(0), 0
        if sizes[row] > 0:
            high, low, wrong = _decimal(data, starts[row], scale)
        if wrong:
            return wrong
        words[2 * row] = low
        words[2 * row + 1] = high
    return 0


@njit(cache=True, nogil=True)
def _decimal(data: Bytes, at: Any, scale: int) -> tuple[Any, Any, int]:
    """The words of one numeric, and what is wrong with it."""
    high: Any = np.uint64(0)
    low: Any = np.uint64(0)
    count = _get2(data, at)
    exponent = 4 * (_get2(data, at + 2) - count + 1) + scale
    sign = _get2(data, at + 4)
    if sign != 0 and sign != _NEGATIVE:
        return high, low, NOT_A_NUMBER
    for i in range(count):
        digit = np.uint64(_get2(data, at + 8 + 2 * i))
        factor = _BASE
        if i == count - 1 and exponent < 0:
            factor, digit = _shortened(digit, exponent)
        if factor == np.uint64(0):
            return high, low, INEXACT
        high, low = _times_plus(high, low, factor, digit)
    for _ in range(exponent if count > 0 else 0):
        high, low = _times_plus(high, low, np.uint64(10), np.uint64(0))
    if sign == _NEGATIVE:
        low = ~low + np.uint64(1)
        high = ~high + np.uint64(low == np.uint64(0))
    return high, low, 0
