"""PostgreSQL's binary COPY format, column by column, compiled.

Belongs here: writing bytes of fields (_copy_decode reads them). Does not: Arrow's layout, the list
of columns (postgres_copy), connections.

A field is its length in four bytes, big end first (-1: null), and its value. `at` is where each row
is written next; a `put_…` moves it behind its field, and what it adds is what `sizes_…` promised.
An empty `valid` means: no nulls. Numbers are base 10,000: count, weight of the first digit, sign,
decimals, digits (src/backend/utils/adt/numeric.c).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import inner, njit

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Valid = npt.NDArray[np.bool_]

_MOST_GROUPS = 12  # of 128 bits and a pad of up to three decimals
_HALF = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_BASE = np.uint64(10_000)
_NEGATIVE = 0x4000


@inner
def _put2(out: Bytes, at: Any, value: Any) -> None:
    out[at] = (value >> 8) & 255
    out[at + 1] = value & 255


@inner
def _put4(out: Bytes, at: Any, value: Any) -> None:
    out[at] = (value >> 24) & 255
    out[at + 1] = (value >> 16) & 255
    out[at + 2] = (value >> 8) & 255
    out[at + 3] = value & 255


@inner
def _null(out: Bytes, at: Int64s, row: Any) -> None:
    for i in range(4):
        out[at[row] + i] = 255
    at[row] += 4


@njit(cache=True, nogil=True)
def put_constant(out: Bytes, at: Int64s, constant: Bytes) -> None:
    """The same bytes in every row."""
    for row in range(len(at)):
        for i in range(len(constant)):
            out[at[row] + i] = constant[i]
        at[row] += len(constant)


@njit(cache=True, nogil=True)
def put_eight(out: Bytes, at: Int64s, values: Int64s, valid: Valid, add: int) -> None:
    """Numbers of 64 bits, each with `add` added."""
    for row in range(len(at)):
        if len(valid) and not valid[row]:
            _null(out, at, row)
            continue
        place = at[row]
        _put4(out, place, 8)
        value = values[row] + add
        _put4(out, place + 4, value >> 32)
        _put4(out, place + 8, value)
        at[row] = place + 12


@njit(cache=True, nogil=True)
def put_four(out: Bytes, at: Int64s, values: npt.NDArray[np.int32], valid: Valid, add: int) -> None:
    """Numbers of 32 bits, each with `add` added."""
    for row in range(len(at)):
        if len(valid) and not valid[row]:
            _null(out, at, row)
            continue
        _put4(out, at[row], 4)
        _put4(out, at[row] + 4, np.int64(values[row]) + add)
        at[row] += 8


@njit(cache=True, nogil=True)
def put_flags(out: Bytes, at: Int64s, values: Valid, valid: Valid) -> None:
    """Booleans."""
    for row in range(len(at)):
        if len(valid) and not valid[row]:
            _null(out, at, row)
            continue
        _put4(out, at[row], 1)
        out[at[row] + 4] = 1 if values[row] else 0
        at[row] += 5


@njit(cache=True, nogil=True)
def sizes_of_bytes(length: Int64s, ends: Int64s, valid: Valid) -> None:
    """Add to `length` what `put_bytes` will write."""
    for row in range(len(length)):
        length[row] += 4 if len(valid) and not valid[row] else 4 + ends[row + 1] - ends[row]


@njit(cache=True, nogil=True)
def put_bytes(out: Bytes, at: Int64s, ends: Int64s, content: Bytes, valid: Valid) -> None:
    """Texts and bytes."""
    for row in range(len(at)):
        if len(valid) and not valid[row]:
            _null(out, at, row)
            continue
        size = ends[row + 1] - ends[row]
        place = at[row]
        _put4(out, place, size)
        for i in range(size):
            out[place + 4 + i] = content[ends[row] + i]
        at[row] = place + 4 + size


@inner
def _divided(high: Any, low: Any, divisor: Any) -> tuple[Any, Any, Any]:
    """(high, low) of 128 bits by a small divisor: quotient and remainder."""
    if high == np.uint64(0):
        quotient = low // divisor
        return np.uint64(0), quotient, low - quotient * divisor
    rest = np.uint64(0)
    quotient_high = np.uint64(0)
    quotient_low = np.uint64(0)
    for i in range(4):
        word = high if i < 2 else low
        part = (word >> _SHIFT) if i % 2 == 0 else (word & _HALF)
        current = (rest << _SHIFT) | part
        digit = current // divisor
        rest = current - digit * divisor
        if i < 2:
            quotient_high = (quotient_high << _SHIFT) | digit
        else:
            quotient_low = (quotient_low << _SHIFT) | digit
    return quotient_high, quotient_low, rest


@inner
def _groups(
    high: Any, low: Any, first_divisor: Any, first_factor: Any, groups: Int64s
) -> tuple[Any, Any]:
    """Fill `groups` with digits of base 10,000, smallest first; the numbers of the first and behind
    the last not 0.
    """
    high, low, rest = _divided(high, low, first_divisor)
    groups[0] = rest * first_factor
    count = 1
    while high != np.uint64(0) or low != np.uint64(0):
        high, low, rest = _divided(high, low, _BASE)
        groups[count] = rest
        count += 1
    while count > 0 and groups[count - 1] == 0:
        count -= 1
    first = 0
    while first < count and groups[first] == 0:
        first += 1
    return first, count


@inner
def _magnitude(words: Words, row: Any) -> tuple[Any, Any, Any]:
    low, high = words[2 * row], words[2 * row + 1]
    negative = (high >> np.uint64(63)) == np.uint64(1)
    if negative:
        low = ~low + np.uint64(1)
        high = ~high + (np.uint64(1) if low == np.uint64(0) else np.uint64(0))
    return high, low, negative


@inner
def _first_group(scale: Any) -> tuple[Any, Any, Any]:
    """What the smallest group is cut off with, and multiplied by: decimals come in fours."""
    pad = (4 - scale % 4) % 4
    factor = np.uint64(1)
    for _ in range(pad):
        factor *= np.uint64(10)
    return _BASE // factor, factor, (scale + pad) // 4


@njit(cache=True, nogil=True)
def sizes_of_decimals(length: Int64s, words: Words, scale: int, valid: Valid) -> None:
    """Add to `length` what `put_decimals` will write."""
    groups = np.zeros(_MOST_GROUPS, np.int64)
    divisor, factor, _ = _first_group(scale)
    for row in range(len(length)):
        if len(valid) and not valid[row]:
            length[row] += 4
            continue
        high, low, _negative = _magnitude(words, row)
        first, count = _groups(high, low, divisor, factor, groups)
        length[row] += 12 + 2 * (count - first)


@njit(cache=True, nogil=True)
def put_decimals(out: Bytes, at: Int64s, words: Words, scale: int, valid: Valid) -> None:
    """Scaled integers of 128 bits (two words each, low first) as numerics."""
    groups = np.zeros(_MOST_GROUPS, np.int64)
    divisor, factor, fraction = _first_group(scale)
    for row in range(len(at)):
        if len(valid) and not valid[row]:
            _null(out, at, row)
            continue
        high, low, negative = _magnitude(words, row)
        first, count = _groups(high, low, divisor, factor, groups)
        place = at[row]
        _put4(out, place, 8 + 2 * (count - first))
        _put2(out, place + 4, count - first)
        _put2(out, place + 6, count - 1 - fraction if count > first else 0)
        _put2(out, place + 8, _NEGATIVE if negative else 0)
        _put2(out, place + 10, scale)
        place += 12
        for group in range(count - 1, first - 1, -1):
            _put2(out, place, groups[group])
            place += 2
        at[row] = place
