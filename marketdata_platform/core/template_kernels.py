"""Compiled reading of JSON texts that are laid out alike: all that differs is the scalars in their
slots.

Belongs here: the loops over bytes. Does not: learning a layout, giving columns (templates.py).
Import lazily: it loads numba. Strict: a text is taken only when every byte outside the slots is the
template's, and every slot holds plainly what it must; whatever else there is (escapes, other
letters than ASCII, signs of integers) is left to a JSON reader.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import inner, njit
from marketdata_platform.core.numbers.number_kernels import read_number

Bytes = npt.NDArray[np.uint8]
Int8s = npt.NDArray[np.int8]
Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ANY, INTEGER, DECIMAL, TEXT, FLAG, LEVELS, NUMBER, MAYBE_TEXT = range(8)
BAD, OK, NULL = 0, 1, 2
_QUOTE, _BACKSLASH, _OPEN, _CLOSE, _COMMA, _ZERO, _NINE, _SPACE, _DELETE, _MINUS, _POINT = (
    ord(c) for c in '"\\[],09 \x7f-.'
)
_TRUE, _FALSE, _NULL = (np.frombuffer(word, np.uint8) for word in (b"true", b"false", b"null"))
_MOST_DIGITS = 18  # always fit 64 bits


@inner
def _text_end(buf: Bytes, at: int) -> Any:
    """The closing quote of the plain ASCII text that begins at `at`, or -1."""
    while buf[at] >= _SPACE and buf[at] < _DELETE and buf[at] != _QUOTE and buf[at] != _BACKSLASH:
        at += 1
    return at if buf[at] == _QUOTE else -1


@inner
def _word_end(buf: Bytes, at: int, word: Bytes) -> Any:
    for byte in word:
        if buf[at] != byte:
            return -1
        at += 1
    return at


@inner
def _digits_end(buf: Bytes, at: int) -> Any:
    while _ZERO <= buf[at] <= _NINE:
        at += 1
    return at


@inner
def _whole_end(buf: Bytes, at: int) -> Any:
    """The end of a JSON integer without a sign, or -1."""
    end = _digits_end(buf, at)
    return -1 if end == at or (buf[at] == _ZERO and end > at + 1) else end


@inner
def _number_end(buf: Bytes, at: int) -> Any:
    """The end of a JSON number without an exponent, or -1."""
    end = _whole_end(buf, at + (buf[at] == _MINUS))
    if end < 0 or buf[end] != _POINT:
        return end
    last = _digits_end(buf, end + 1)
    return last if last > end + 1 else -1


@inner
def _any_end(buf: Bytes, at: int) -> Any:
    """The end of a plain scalar, or -1."""
    if buf[at] == _QUOTE:
        end = _text_end(buf, at + 1)
        return end + 1 if end >= 0 else -1
    if buf[at] == _TRUE[0]:
        return _word_end(buf, at, _TRUE)
    if buf[at] == _FALSE[0]:
        return _word_end(buf, at, _FALSE)
    if buf[at] == _NULL[0]:
        return _word_end(buf, at, _NULL)
    return _number_end(buf, at)


@inner
def _levels_end(buf: Bytes, at: int) -> Any:
    """The end of `[["1.5","2"],…]`, or -1: texts in pairs, nothing between them."""
    if buf[at] != _OPEN:
        return -1
    at += 1
    if buf[at] == _CLOSE:
        return at + 1
    while buf[at] == _OPEN and buf[at + 1] == _QUOTE:
        at = _text_end(buf, at + 2)
        if at < 0 or buf[at + 1] != _COMMA or buf[at + 2] != _QUOTE:
            return -1
        at = _text_end(buf, at + 3)
        if at < 0 or buf[at + 1] != _CLOSE:
            return -1
        at += 2
        if buf[at] == _CLOSE:
            return at + 1
        if buf[at] != _COMMA:
            return -1
        at += 1
    return -1


@inner
def _integer(buf: Bytes, at: int) -> Any:
    """(end, value) of a JSON integer of up to 18 digits without a sign; the end is -1 for anything
    else.
    """
    value, begin = np.int64(0), at
    while _ZERO <= buf[at] <= _NINE:
        value = value * 10 + (np.int64(buf[at]) - _ZERO)
        at += 1
    plain = at > begin and at - begin <= _MOST_DIGITS and (buf[begin] != _ZERO or at == begin + 1)
    return at if plain else -1, value


@inner
def _decimal(buf: Bytes, at: int) -> Any:
    """(end, value times 1e8, state) of the text that begins at `at`, by the rule of
    `read_scaled`.
    """
    if buf[at] == _QUOTE:
        return at, np.int64(0), NULL
    end, value, kind = read_number(buf, at, 8)
    if kind == OK and buf[end] == _QUOTE:
        return end, value, OK
    return _text_end(buf, at), np.int64(0), BAD


@inner
def _number(buf: Bytes, at: int) -> Any:
    """As `_decimal`, of a JSON number without an exponent."""
    end = _number_end(buf, at)
    if end < 0:
        return end, np.int64(0), BAD
    stop, value, kind = read_number(buf, at, 8)
    good = kind == OK and stop == end
    return end, value if good else np.int64(0), OK if good else BAD


@inner
def _slot(buf: Bytes, at: int, kind: int) -> Any:
    """(end, value, state) of what is in a slot; the end is -1 where it is not of its kind."""
    value, state = np.int64(0), OK
    if kind == DECIMAL:
        end, value, state = _decimal(buf, at)
    elif kind == INTEGER:
        end, value = _integer(buf, at)
    elif kind == TEXT:
        end = _text_end(buf, at)
    elif kind == FLAG:
        value = np.int64(buf[at] == _TRUE[0])
        end = _word_end(buf, at, _TRUE if value else _FALSE)
    elif kind == LEVELS:
        end = _levels_end(buf, at)
    elif kind == NUMBER:
        end, value, state = _number(buf, at)
    else:
        end = _any_end(buf, at)
        if kind == MAYBE_TEXT and buf[at] != _QUOTE and buf[at] != _NULL[0]:
            end = -1
    return end, value, state


@njit(cache=True, nogil=True)
def read_matching(
    buf: Bytes, bounds: Int64s, free: Bools,
    literals: Bytes, literal_at: Int64s, kinds: Int8s, out: Int64s,
    value: Int64s, state: Int8s, span: Int64s, number: Int64s,
) -> int:  # fmt: skip
    """Read the texts that match; returns how many do, and marks them as no longer `free`.

    Text i is `buf[bounds[i] : bounds[i + 1] - 1]` and ends with a zero byte. Slot j has literal j
    before it, and goes to row `out[j]` of `value`, `state` (rows, texts) and `span` (rows, 2,
    texts) unless that is -1; the last literal ends the text. Column n of these is the n-th text
    that matched, `number[n]` which one it is.
    """
    found = 0
    for text in range(len(free)):
        at = bounds[text] if free[text] else -1
        for slot in range(len(literal_at) - 1):
            if at < 0:
                break
            for place in range(literal_at[slot], literal_at[slot + 1]):
                if buf[at] != literals[place]:
                    at = -1
                    break
                at += 1
            if at < 0 or slot == len(kinds):
                break
            begin = at
            at, given, outcome = _slot(buf, begin, kinds[slot])
            row = out[slot]
            if row >= 0:
                value[row, found], state[row, found] = given, outcome
                span[row, 0, found], span[row, 1, found] = begin, at
        if at >= 0 and at == bounds[text + 1] - 1:
            free[text] = False
            number[found] = text
            found += 1
    return found


@njit(cache=True, nogil=True)
def gather(buf: Bytes, begin: Int64s, end: Int64s, bounds: Int64s, out: Bytes) -> None:
    """Copy spans one after the other: span i goes to `out[bounds[i] :]`."""
    for row in range(len(begin)):
        at = bounds[row]
        for place in range(begin[row], end[row]):
            out[at] = buf[place]
            at += 1


@inner
def _same(buf: Bytes, begin: int, end: int, other: int, other_end: int) -> bool:
    if end - begin != other_end - other:
        return False
    place = begin
    while place < end and buf[place] == buf[other + place - begin]:
        place += 1
    return place == end


@inner
def _hash(buf: Bytes, begin: int, end: int) -> Any:
    mixed = np.uint64(14695981039346656037)
    for place in range(begin, end):
        mixed = (mixed ^ np.uint64(buf[place])) * np.uint64(1099511628211)
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(0x7FFFFFFF))


@njit(cache=True, nogil=True)
def tell_apart(buf: Bytes, begin: Int64s, end: Int64s, code: Int64s, table: Int64s) -> int:
    """Number the different texts of spans in the order in which they first come; returns how many
    there are.

    `table` is filled with -1, and its length a power of two; with texts for half of it this gives
    up and returns -1.
    """
    found, last = 0, 0
    for row in range(len(begin)):
        if row > 0 and _same(buf, begin[row], end[row], begin[last], end[last]):
            code[row] = code[last]
            last = row
            continue
        place = _hash(buf, begin[row], end[row]) & (len(table) - 1)
        while table[place] >= 0:
            other = table[place]
            if _same(buf, begin[row], end[row], begin[other], end[other]):
                break
            place = (place + 1) & (len(table) - 1)
        if table[place] >= 0:
            code[row] = code[table[place]]
        else:
            if 2 * found >= len(table):
                return -1
            table[place] = row
            code[row] = found
            found += 1
        last = row
    return found
