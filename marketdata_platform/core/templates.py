"""JSON texts by the thousand, laid out alike, to columns: the layout is learned from one of them.

Belongs here: learning a layout from a text that was read in full, columns of the texts that share
it. Does not: which fields a message has (venues), the loops (template_kernels). A text that differs
from one that a JSON reader accepted only in its scalars, each of the type that its field must have,
is read as that one was; so nothing needs to be parsed. A text that differs in any other way is not
matched, and read in full by whoever asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.books.book_levels import Levels, levels_in
from marketdata_platform.core.numbers.text_numbers import BAD, Numbers, Text, numbers

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# What a slot holds (the numbers are template_kernels'). ANY: a scalar that nobody reads. NUMBER: a
# decimal unquoted.
ANY, INTEGER, DECIMAL, TEXT, FLAG, LEVELS, NUMBER, MAYBE_TEXT = range(8)
_QUOTED = (DECIMAL, TEXT)
_MOST_SLOTS = 64
_MOST_WORDS = 2**13  # twice as many different words as are numbered
_SCALAR = re.compile(
    rb'"[ !#-\[\]-~]*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?![0-9.eE+-])|true|false|null'
)
_SIDE = re.compile(rb'\[(?:\["[ !#-\[\]-~]*","[ !#-\[\]-~]*"\](?:,(?=\[))?)*\]')
_BETWEEN = re.compile(rb"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Template:
    """A layout: literals with slots between them. Slot j goes to column `out[j]`; `names[n]` is
    column n's field.
    """

    literals: Bytes
    literal_at: Int64s
    kinds: npt.NDArray[np.int8]
    out: Int64s
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """Many texts as one buffer, each ended by a zero byte; text i begins at `bounds[i]`."""

    buffer: Bytes
    bounds: Int64s

    @classmethod
    def of(cls, texts: Sequence[bytes]) -> Texts:
        """Join texts."""
        bounds = np.zeros(len(texts) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1, out=bounds[1:])
        return cls(np.frombuffer(b"\0".join(texts) + b"\0", np.uint8), bounds)


@dataclass(frozen=True, slots=True)
class Matched:
    """The texts of a batch that a template matched: row n is of text `number[n]`."""

    template: Template
    buffer: Bytes
    number: Int64s
    value: Int64s
    state: npt.NDArray[np.int8]
    span: Int64s

    def integers(self, name: str) -> Int64s:
        """Of an INTEGER or a FLAG."""
        values: Int64s = self.value[self._row(name)]
        return values

    def decimals(self, name: str, digits: int) -> Numbers:
        """Times 1e8, of a DECIMAL or a NUMBER; a value of more than `digits` is BAD."""
        row = self._row(name)
        column = Numbers(self.value[row], self.state[row])
        raw = self._kind(row) == NUMBER

        def text_of(at: int) -> Text:
            written = self.bytes_at(row, at)
            return msgspec.Raw(written) if raw else written.decode()

        limit = 10**digits
        suspects = (column.state == BAD) | (np.abs(column.values) >= limit)
        if suspects.any():
            return numbers([text_of(at) for at in range(len(self.number))], digits=digits)
        return column

    def texts(self, name: str) -> pa.Array:
        """Of a TEXT, as Arrow strings."""
        from marketdata_platform.core.template_kernels import gather

        begin, end = self.span[self._row(name)]
        bounds = np.zeros(len(begin) + 1, np.int64)
        np.cumsum(end - begin, out=bounds[1:])
        joined = np.empty(int(bounds[-1]), np.uint8)
        gather(self.buffer, begin, end, bounds, joined)
        buffers = [None, pa.py_buffer(bounds.astype(np.int32)), pa.py_buffer(joined)]
        return pa.Array.from_buffers(pa.string(), len(begin), buffers)

    def words(self, name: str) -> list[str | None]:
        """Of a TEXT or a MAYBE_TEXT: each different text is made once."""
        from marketdata_platform.core.template_kernels import tell_apart

        row, rows = self._row(name), len(self.number)
        code = np.empty(rows, np.int64)
        table = np.full(_MOST_WORDS, -1, np.int64)
        if tell_apart(self.buffer, self.span[row, 0], self.span[row, 1], code, table) < 0:
            return [self._word(row, at) for at in range(rows)]
        known = [self._word(row, at) for at in np.sort(table[table >= 0]).tolist()]
        return known * rows if len(known) == 1 else [known[number] for number in code.tolist()]

    def levels(self, name: str) -> Levels:
        """Of LEVELS."""
        row = self._row(name)

        def sides() -> list[msgspec.Raw]:
            return [msgspec.Raw(self.bytes_at(row, at)) for at in range(len(self.number))]

        return levels_in(self.buffer, self.span[row, 0], self.span[row, 1], sides)

    def bytes_at(self, row: int, at: int) -> bytes:
        """What stands in the slot of column `row` in the at-th matched text."""
        return self.buffer[self.span[row, 0, at] : self.span[row, 1, at]].tobytes()

    def _word(self, row: int, at: int) -> str | None:
        word = self.bytes_at(row, at).decode()
        if self._kind(row) == TEXT:
            return word
        return None if word == "null" else word[1:-1]

    def _kind(self, row: int) -> int:
        return int(self.template.kinds[self.template.out == row][0])

    def _row(self, name: str) -> int:
        return self.template.names.index(name)


def learn(text: bytes, fields: Mapping[str, int], fixed: Sequence[str] = ()) -> Template | None:
    """The layout of `text`, a JSON object that was read in full before; None where it is not plain
    enough.

    `fields` are the paths (`data.p`) that must have a certain type, and what it is; `fixed` those
    whose value, as it is here, belongs to the layout. Paths are of objects in objects; what is in
    lists counts by its place.
    """
    slots = _slots(text)
    if slots is None or len(slots) > _MOST_SLOTS:
        return None
    if not {*fields, *fixed} <= {path for path, _, _ in slots}:
        return None
    names: list[str] = []
    literals, kinds, out, done = [], [], [], 0
    for path, begin, end in slots:
        if path in fixed:
            continue
        kind = fields.get(path, LEVELS if text[begin : begin + 1] == b"[" else ANY)
        if not _is_of(kind, text[begin:end]):
            return None
        inside = int(kind in _QUOTED)
        literals.append(text[done : begin + inside])
        done = end - inside
        kinds.append(kind)
        out.append(len(names) if path in fields else -1)
        names += [path] if path in fields else []
    literals.append(text[done:])
    at = np.cumsum([0, *map(len, literals)])
    return Template(
        np.frombuffer(b"".join(literals), np.uint8),
        at.astype(np.int64),
        np.array(kinds, np.int8),
        np.array(out, np.int64),
        tuple(names),
    )


def match(template: Template, texts: Texts, free: Bools) -> Matched:
    """Those of the texts marked as `free` that have this layout; they are no longer free then."""
    from marketdata_platform.core.template_kernels import read_matching

    rows, most = len(template.names), len(free)
    value, state = np.empty((rows, most), np.int64), np.empty((rows, most), np.int8)
    span, number = np.empty((rows, 2, most), np.int64), np.empty(most, np.int64)
    found = read_matching(
        texts.buffer,
        texts.bounds,
        free,
        template.literals,
        template.literal_at,
        template.kinds,
        template.out,
        value,
        state,
        span,
        number,
    )
    return Matched(
        template,
        texts.buffer,
        number[:found],
        value[:, :found],
        state[:, :found],
        span[:, :, :found],
    )


def _is_of(kind: int, scalar: bytes) -> bool:
    quoted, digits = scalar[:1] == b'"', scalar.isdigit()
    return {
        ANY: True,
        INTEGER: digits,
        DECIMAL: quoted,
        TEXT: quoted,
        FLAG: scalar in (b"true", b"false"),
        LEVELS: scalar[:1] == b"[",
        NUMBER: digits or scalar[:1] == b"-" or (b"." in scalar and not quoted),
        MAYBE_TEXT: quoted or scalar == b"null",
    }[kind]


def _slots(text: bytes) -> list[tuple[str, int, int]] | None:
    """(path, begin, end) of each scalar and each side of a book in a JSON object; None where it is
    not plain ASCII.
    """
    if b"\\" in text or b"\0" in text or not text.isascii():
        return None
    found: list[tuple[str, int, int]] = []
    try:
        end = _value(text, _past_space(text, 0), "", found)
    except (ValueError, RecursionError):
        return None
    return found if _past_space(text, end) == len(text) else None


def _value(text: bytes, at: int, path: str, found: list[tuple[str, int, int]]) -> int:
    """Note the scalars of the value at `at`; returns its end. Raises ValueError for what is not
    understood.
    """
    side = _SIDE.match(text, at)
    if side:
        found.append((path, at, side.end()))
        return side.end()
    opened = text[at : at + 1]
    if opened not in (b"{", b"["):
        scalar = _SCALAR.match(text, at)
        if scalar is None:
            raise ValueError(at)
        found.append((path, at, scalar.end()))
        return scalar.end()
    closing, seen = (b"}" if opened == b"{" else b"]"), set[str]()
    at = _past_space(text, at + 1)
    while text[at : at + 1] != closing:
        if seen:
            at = _past_space(text, at + 1)  # the comma, for the text was read in full before
        name = str(len(seen))
        if opened == b"{":
            key = _SCALAR.match(text, at)
            if key is None:
                raise ValueError(at)
            name = text[at + 1 : key.end() - 1].decode()
            at = _past_space(text, _past_space(text, key.end()) + 1)
        if name in seen or "." in name:
            raise ValueError(at)  # which of two fields counts is the reader's to say
        seen.add(name)
        at = _past_space(text, _value(text, at, f"{path}.{name}" if path else name, found))
    return at + 1


def _past_space(text: bytes, at: int) -> int:
    space = _BETWEEN.match(text, at)
    return at if space is None else space.end()
