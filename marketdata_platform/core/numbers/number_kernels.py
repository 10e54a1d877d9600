"""Compiled reading of numbers as venues write them in JSON: one loop over the bytes of many.

Belongs here: the loops. Does not: joining texts, slow paths, reasons (text_numbers.py). Import
lazily: it loads numba. Deliberately strict: what a loop does not understand completely is only
marked `BAD`, and looked at again in Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import njit
from marketdata_platform.core.numbers.int128 import add64, divmod128, mul_wide

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]
Int8s = npt.NDArray[np.int8]

BAD, OK, NULL, WORD = 0, 1, 2, 3
_MINUS, _POINT, _QUOTE, _COMMA, _OPEN, _CLOSE, _ZERO, _SPACE = (ord(c) for c in '-.",[]0 ')
_NULL = tuple(b"null")
_LIMIT = 9_223_372_036_854_775_807 // 10 - 1  # a value up to here may take one more digit


@njit(cache=True, nogil=True, inline="always")
def read_number(buf: Bytes, at: int, places: int) -> tuple[Any, Any, int]:
    """The token at `at`, to a zero byte, a delimiter or a space: (its end, its value times
    10^places, what it is).
    """
    value, decimals, digits, others = np.int64(0), -1, 0, 0
    fits: Any = True
    negative = buf[at] == _MINUS
    at += negative
    while (
        buf[at] > _SPACE
        and buf[at] != _COMMA
        and buf[at] != _QUOTE
        and buf[at] != _OPEN
        and buf[at] != _CLOSE
    ):
        digit = np.int64(buf[at]) - _ZERO
        if 0 <= digit <= 9:
            digits += 1
            if decimals >= places:
                fits &= digit == 0
            else:
                fits &= value <= _LIMIT
                value = value * 10 + digit
                decimals += decimals >= 0
        elif buf[at] == _POINT and decimals < 0:
            decimals = 0
        else:
            others += 1
        at += 1
    for _ in range(max(decimals, 0), places):
        fits &= value <= _LIMIT
        value *= 10
    if others > 0:
        return at, value, WORD if digits == 0 and not negative else BAD
    return at, -value if negative else value, OK if digits > 0 and fits else BAD


@njit(cache=True, nogil=True, inline="always")
def _is_null(buf: Bytes, end: int) -> bool:
    """True if the text before a zero byte at `end` is `null`."""
    word = (
        end >= 4
        and buf[end - 4] == _NULL[0]
        and buf[end - 3] == _NULL[1]
        and buf[end - 2] == _NULL[2]
    )
    return word and buf[end - 1] == _NULL[3] and (end == 4 or buf[end - 5] == 0)


@njit(cache=True, nogil=True)
def read_scaled(buf: Bytes, places: int, out: Int64s, state: Int8s) -> int:
    """Read texts that end with a zero byte as integers times 10^places; returns how many texts
    there were.

    Empty text and `null` are NULL. A number too large for 64 bits, with more decimals than `places`
    (but for zeros), or written any other way is BAD. Texts beyond `len(out)` are counted, not read.
    """
    row, at = 0, 0
    while at < len(buf):
        kind, value = NULL, np.int64(0)
        if buf[at] != 0:
            at, value, kind = read_number(buf, at, places)
        if buf[at] == 0 and kind == WORD and _is_null(buf, at):
            kind = NULL
        elif buf[at] != 0 or kind == WORD:
            kind = BAD
            while buf[at] != 0:
                at += 1
        if row < len(out):
            out[row], state[row] = value, kind
        row += 1
        at += 1
    return row


@njit(cache=True, nogil=True)
def read_levels(
    buf: Bytes,
    begin: Int64s,
    end: Int64s,
    price: Int64s,
    quantity: Int64s,
    count: Int64s,
    state: Int8s,
) -> int:
    """Read book sides, JSON arrays of levels at `begin` to `end` in `buf`; returns how many levels
    there are.

    A level is `["1.5","2"]`, `[1.5,2]` or `["new",1.5,2]`: a number is read whether quoted or not,
    a word before the numbers is skipped. `count` gets the number of levels of each side, `price`
    and `quantity` their values times 1e8. A side that is not exactly this is BAD, and none of its
    levels is kept. What follows a side ends a number: a zero byte, or JSON's own delimiters.
    `price` and `quantity` have room for a level an opening bracket.
    """
    level = 0
    for side in range(len(count)):
        at, first, depth, field, good = begin[side], level, 0, 0, True
        while at < end[side]:
            byte = buf[at]
            good &= byte != 0
            if byte == _OPEN:
                depth += 1
                field = 0
                good &= depth <= 2
            elif byte == _CLOSE:
                good &= depth == 1 or field == 2
                level += depth == 2
                depth -= 1
            elif byte > _SPACE and byte != _COMMA and byte != _QUOTE:
                at, value, kind = read_number(buf, at, 8)
                good &= depth == 2 and field < 2 and (kind == OK or (kind == WORD and field == 0))
                if good and kind == OK:
                    if field == 0:
                        price[level] = value
                    else:
                        quantity[level] = value
                    field += 1
                continue
            at += 1
        good &= depth == 0
        state[side] = OK if good else BAD
        level = level if good else first
        count[side] = level - first
    return level


@njit(cache=True, nogil=True)
def count_byte(buf: Bytes, begin: Int64s, end: Int64s, byte: int) -> int:
    """How often a byte comes in spans."""
    found = 0
    for row in range(len(begin)):
        for at in range(begin[row], end[row]):
            found += buf[at] == byte
    return found


@njit(cache=True, nogil=True)
def read_imbalances(bid: Int64s, ask: Int64s, state: Int8s, out: Int64s) -> None:
    """`(bid − ask) / (bid + ask)` times 10^18, cut toward zero, where `state` is OK; NULL where
    both are 0.
    """
    for row in range(len(out)):
        if state[row] != OK:
            continue
        difference = bid[row] - ask[row]
        high, low = mul_wide(np.int64(abs(difference)), np.int64(1_000_000_000_000_000_000))
        total_high, total_low = add64(0, int(bid[row]), int(ask[row]))
        if total_high == 0 and total_low == 0:
            state[row] = NULL
            continue
        _, quotient, _, _ = divmod128(high, low, total_high, total_low)
        out[row] = -quotient if difference < 0 else quotient
