"""The compiled parser of delimited dumps: where the fields are, then one small loop per column.

Belongs here: what must be compiled. It is deliberately strict: a row that it does not understand
completely is only marked (`ok` 0), and csv_rows decides what it is and why. Import this module
lazily: it loads numba. No function here calls another: numba counts references of every array it
hands on, which made one row-wise parser with helpers ten times slower than these loops.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from marketdata_platform.core.compiled import njit

BUY, SELL, UNKNOWN = 0, 1, 2

_NEWLINE, _RETURN, _QUOTE, _COMMA, _POINT, _ZERO = (ord(c) for c in '\n\r",.0')
_MS_FROM, _US_FROM, _NS_FROM = 10**11, 10**14, 10**17
SIDE_WORDS, MAKER_WORDS = (
    tuple(int.from_bytes(word, "big") for word in words)
    for words in (
        (b"sell", b"sell", b"buy", b"buy", b"unknown"),
        (b"true", b"1", b"false", b"0", b"1"),  # no word is unknown
    )
)


def _index(buf: Any, size: int, bounds: Any, lines: Any, ok: Any) -> tuple[int, int]:
    """Find the fields of `size` bytes, which end with a newline: (rows, lines).

    Field c of a row is buf[bounds[c, row] + 1 : bounds[c + 1, row]]; of a row with another number
    of fields only the first and the last bound are right, and `ok` is 0. `lines` is the row's line
    from 0. Blank lines are no rows.
    """
    columns = len(bounds) - 1
    row, line, column, start = 0, 0, 0, -1
    bounds[0, 0] = -1
    for i in range(size):
        byte = buf[i]
        if byte == _COMMA:
            column += 1
            if column < columns:
                bounds[column, row] = i
        elif byte == _NEWLINE:
            end = i - 1 if buf[i - 1] == _RETURN and i - 1 > start else i
            if end > start + 1:
                bounds[columns, row] = end
                ok[row] = column == columns - 1
                lines[row] = line
                row += 1
            line += 1
            column = 0
            start = i
            if row < len(ok):
                bounds[0, row] = i
    return row, line


def _wholes(buf: Any, starts: Any, ends: Any, out: Any, ok: Any, strict: bool) -> None:
    """Whole numbers 0 ≤ n < 2^63 without leading zeros. Others: -1, and a mark where `strict`."""
    for row in range(len(ok)):
        if not ok[row]:
            continue
        start, end = starts[row] + 1, ends[row]
        value = np.int64(0)
        good = 0 < end - start <= 19 and (buf[start] != _ZERO or end - start == 1)
        for i in range(start, end):
            digit = np.int64(buf[i]) - _ZERO
            good &= 0 <= digit <= 9
            value = value * 10 + digit
        good &= value >= 0  # 19 digits may wrap around, to below zero
        out[row] = value if good else -1
        if strict and not good:
            ok[row] = 0


def _decimals(buf: Any, starts: Any, ends: Any, out: Any, ok: Any, places: int, cut: bool) -> None:
    """1-10 plain digits and decimals, times 10^places; further decimals must be zeros, or are cut.

    Eighteen digits cannot overflow, so nothing is checked but their number; larger values are for
    the slow path.
    """
    # One loop: a function for one value would be handed the arrays (see above).
    # One loop: a function for one value would be handed the arrays (see above).
    for row in range(len(ok)):
        if not ok[row]:
            continue
        start, end = starts[row] + 1, ends[row]
        value = np.int64(0)
        i = start
        while i < end and buf[i] != _POINT:
            digit = np.int64(buf[i]) - _ZERO
            if digit < 0 or digit > 9:
                break
            value = value * 10 + digit
            i += 1
        good = 0 < i - start <= 10 and (i == end or buf[i] == _POINT)
        left = places
        for k in range(i + 1, end):
            digit = np.int64(buf[k]) - _ZERO
            good &= 0 <= digit <= 9
            if left > 0:
                value = value * 10 + digit
                left -= 1
            else:
                good &= digit == 0 or cut
        for _ in range(left):
            value *= 10
        out[row] = value
        if not good or value == 0:
            ok[row] = 0


def _to_microseconds(out: Any, ok: Any) -> None:
    """Counts of ms, µs or ns since 1970, recognised by size, to µs in place; what is none of them
    is marked.
    """
    for row in range(len(ok)):
        value = out[row]
        if value < _MS_FROM:
            ok[row] = 0
        elif value < _US_FROM:
            out[row] = value * 1000
        elif value >= _NS_FROM:
            out[row] = value // 1000


def _sides(buf: Any, starts: Any, ends: Any, out: Any, ok: Any, words: Any) -> None:
    """The taker's side from a side word, or from the flag that the buyer was the maker (true: the
    taker sold); `words`: `SIDE_WORDS` or `MAKER_WORDS`.
    """
    sell, sold, buy, bought, unknown = words
    # One loop, as in `_decimals`.
    for row in range(len(ok)):
        if not ok[row]:
            continue
        code = np.int64(0)
        start, end = starts[row] + 1, ends[row]
        if end - start <= 7:
            for i in range(start, end):
                code = (code << 8) | (np.int64(buf[i]) | 32)
        if code in (sell, sold):
            out[row] = SELL
        elif code in (buy, bought):
            out[row] = BUY
        elif code == unknown:
            out[row] = UNKNOWN
        else:
            ok[row] = 0


def _same(buf: Any, starts: Any, ends: Any, expected: Any, ok: Any) -> None:
    """Mark rows whose field is not exactly the bytes `expected`."""
    length = len(expected)
    for row in range(len(ok)):
        start = starts[row] + 1
        same = ok[row] and ends[row] - start == length
        if same:
            for k in range(length):
                same &= buf[start + k] == expected[k]
        ok[row] = same


def _plain(buf: Any, starts: Any, ends: Any, ok: Any) -> None:
    """Mark rows whose field is empty or holds more than printable ASCII, or spaces or quotes."""
    for row in range(len(ok)):
        if not ok[row]:
            continue
        good = ends[row] > starts[row] + 1
        for i in range(starts[row] + 1, ends[row]):
            good &= 32 < buf[i] < 127 and buf[i] != _QUOTE
        ok[row] = good


def _copy_texts(
    buf: Any, starts: Any, ends: Any, ok: Any, text: Any, offsets: Any
) -> tuple[int, int]:
    """Copy the field of each good row to the end of `text`; `offsets` as Arrow wants them. (texts,
    bytes).
    """
    at, count = 0, 0
    offsets[0] = 0
    for row in range(len(ok)):
        if ok[row]:
            for i in range(starts[row] + 1, ends[row]):
                text[at] = buf[i]
                at += 1
            count += 1
            offsets[count] = at
    return count, at


_jit = njit(cache=True, nogil=True)
index: Any = _jit(_index)
wholes: Any = _jit(_wholes)
decimals: Any = _jit(_decimals)
to_microseconds: Any = _jit(_to_microseconds)
sides: Any = _jit(_sides)
same: Any = _jit(_same)
plain: Any = _jit(_plain)
copy_texts: Any = _jit(_copy_texts)
