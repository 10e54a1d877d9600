"""Many numbers as text (or as raw JSON) to exact scaled integers at once, with a reason for each
that does not fit.

Belongs here: joining, and the three ways to read, each for what the one before left. Does not: what
a number means (venues). A compiled loop reads what is written plainly and fits 64 bits; Arrow's
cast to decimals what has an exponent or is wider; `decimal` what is left, one by one: it says why a
value does not fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, InvalidOperation

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.numbers.decimal_words import (
    Words,
    array_words,
    widen,
    words_of_integers,
)

Int64s = npt.NDArray[np.int64]
Text = str | msgspec.Raw

SCALE = 8
BAD, OK, NULL = 0, 1, 2
_MAX_TEXT = 64
_EXACT = Context(prec=4 * _MAX_TEXT)
_INT64 = 2**63
# What Arrow reads exactly as `decimal` does: no sign in front but a minus, nothing longer than
# _MAX_TEXT, no exponent beyond what `_decimal` takes.
_ARROW_READS = r"^-?[0-9]{1,19}(\.[0-9]{1,19})?([eE][+-]?[0-3]?[0-9])?$"
_FEW = 8  # rows that are read one by one rather than parted again


@dataclass(slots=True)
class Numbers:
    """A column of numbers times 10^scale; `state` is BAD, OK or NULL per row, `reasons` has a text
    for each BAD row.

    `wide` holds the words of every row, shape (n, 2), once one of them needs more than 64 bits;
    `values` is 0 in such a row.
    """

    values: Int64s
    state: npt.NDArray[np.int8]
    reasons: dict[int, str] = field(default_factory=dict)
    wide: Words | None = None

    @property
    def nulls(self) -> npt.NDArray[np.bool_]:
        """True where there is no value."""
        nulls: npt.NDArray[np.bool_] = self.state != OK
        return nulls

    @property
    def too_wide(self) -> npt.NDArray[np.bool_]:
        """True where a value needs more than 64 bits."""
        if self.wide is None:
            return np.zeros(len(self.values), bool)
        too_wide: npt.NDArray[np.bool_] = self.wide[:, 1] != self.wide[:, 0] >> 63
        return too_wide

    def words(self) -> Words:
        """Words of shape (n, 2), as `decimal_words` takes them."""
        return widen(self.values) if self.wide is None else self.wide

    def put(self, rows: Int64s, words: Words) -> None:
        """Set rows to values of any width, words of shape (len(rows), 2)."""
        narrow = words[:, 1] == words[:, 0] >> 63
        self.state[rows] = OK
        self.values[rows] = np.where(narrow, words[:, 0], 0)
        if self.wide is None and not narrow.all():
            self.wide = widen(self.values)
        if self.wide is not None:
            self.wide[rows] = words

    def without(self, value: int) -> Numbers:
        """The same column with null for `value`: venues write 0 for "there is none"."""
        state = np.where((self.state == OK) & (self.values == value), np.int8(NULL), self.state)
        return Numbers(self.values, state, self.reasons, self.wide)


def numbers(texts: Sequence[Text | None], *, scale: int = SCALE, digits: int = 38) -> Numbers:
    """Read decimal texts exactly; None, empty text and a raw `null` are NULL.

    `digits` is what the column holds: a value of more digits, and one with more than `scale`
    decimals, is BAD.
    """
    from marketdata_platform.core.numbers.number_kernels import read_scaled

    rows = len(texts)
    column = Numbers(np.zeros(rows, np.int64), np.full(rows, NULL, np.int8))
    if not any(texts):
        return column
    if read_scaled(_joined(texts), scale, column.values, column.state) != rows:
        column.state[:] = BAD  # a zero byte in a text: none can be told from the next
    suspects = column.state == BAD
    limit = 10**digits
    if limit < _INT64:
        suspects |= (column.values >= limit) | (column.values <= -limit)
    if suspects.any():
        _read_again(column, np.flatnonzero(suspects), texts, scale, digits)
    return column


def counts(values: Sequence[int | None], what: str) -> Numbers:
    """Whole numbers as a column; None is NULL, one beyond 64 bits is BAD."""
    try:
        return Numbers(np.array(values, np.int64), np.full(len(values), OK, np.int8))
    except (TypeError, OverflowError):  # a None, or a number that does not fit
        column = Numbers(np.zeros(len(values), np.int64), np.full(len(values), OK, np.int8))
    for row, value in enumerate(values):
        if value is None:
            column.state[row] = NULL
        elif -_INT64 <= value < _INT64:
            column.values[row] = value
        else:
            column.state[row] = BAD
            column.reasons[row] = f"{what} {str(value)[:_MAX_TEXT]} does not fit 64 bits"
    return column


def _joined(texts: Sequence[Text | None]) -> npt.NDArray[np.uint8]:
    """The texts, each ended by a zero byte; nothing for None."""
    try:
        data = b"\0".join(texts)  # type: ignore[arg-type]
    except TypeError:  # not all of them raw
        data = _joined_text(texts)
    return np.frombuffer(data + b"\0", np.uint8)


def _joined_text(texts: Sequence[Text | None]) -> bytes:
    try:
        return "\0".join([text or "" for text in texts]).encode()  # type: ignore[misc]
    except (TypeError, UnicodeEncodeError):  # raw values among them, or a lone surrogate
        return b"\0".join(_bytes(text) for text in texts)


def _bytes(text: Text | None) -> bytes | msgspec.Raw:
    if text is None:
        return b""
    return text.encode("utf-8", "replace") if isinstance(text, str) else text


def _read_again(
    column: Numbers, rows: Int64s, texts: Sequence[Text | None], scale: int, digits: int
) -> None:
    """Read what the compiled loop could not: exponents, quotes around a raw number, values wider
    than 64 bits.
    """
    again = [texts[row] for row in rows.tolist()]
    arrow = pa.array([_ascii(text) for text in again], pa.binary()).cast(pa.string())
    by_arrow = pc.match_substring_regex(arrow, _ARROW_READS).to_numpy(zero_copy_only=False)
    column.values[rows] = 0
    left = [
        *np.flatnonzero(~by_arrow).tolist(),
        *_read_by_arrow(column, rows, arrow, np.flatnonzero(by_arrow), (scale, digits)),
    ]
    for at in sorted(left):
        _read_one(column, int(rows[at]), _plain(again[at]), scale, 10**digits)


def _read_by_arrow(
    column: Numbers, rows: Int64s, texts: pa.Array, chosen: Int64s, fits: tuple[int, int]
) -> list[int]:
    """Read `texts[chosen]` into `rows[chosen]`; returns those of `chosen` of which one has too many
    digits or decimals: Arrow's cast refuses all for one, so it is looked for by halves.
    """
    scale, digits = fits
    try:
        read = texts.take(pa.array(chosen)).cast(pa.decimal128(digits, scale))
    except pa.ArrowInvalid:
        if len(chosen) <= _FEW:
            return list(chosen.tolist())
        first, second = np.array_split(chosen, 2)
        return _read_by_arrow(column, rows, texts, first, fits) + _read_by_arrow(
            column, rows, texts, second, fits
        )
    column.put(rows[chosen], array_words(read))
    return []


def _ascii(text: Text | None) -> bytes:
    """A text as bytes; no number has other letters."""
    data = bytes(_bytes(text))
    return data if data.isascii() else b"?"


def _plain(text: Text | None) -> str:
    """What a text says; a raw one without its quotes."""
    if text is None or isinstance(text, str):
        return text or ""
    plain = bytes(text).decode("utf-8", "replace")
    return plain[1:-1] if len(plain) >= 2 and plain[0] == plain[-1] == '"' else plain


def _read_one(column: Numbers, row: int, plain: str, scale: int, limit: int) -> None:
    """Read any text, or say why it is none."""
    if plain in ("", "null"):
        column.state[row] = NULL
        return
    value = _decimal(plain)
    scaled = None if value is None else value.scaleb(scale, _EXACT)
    column.state[row] = BAD
    if scaled is None:
        column.reasons[row] = f"{plain[:_MAX_TEXT]!a} is not a number"
    elif scaled != scaled.to_integral_value():
        column.reasons[row] = f"{plain[:_MAX_TEXT]!a} has more than {scale} decimals"
    elif abs(int(scaled)) >= limit:
        column.reasons[row] = f"{plain[:_MAX_TEXT]!a} is too large"
    else:
        column.put(np.array([row]), words_of_integers([int(scaled)]))


def _decimal(text: str) -> Decimal | None:
    try:
        value = (
            Decimal(text) if len(text) <= _MAX_TEXT and text.isascii() and "_" not in text else None
        )
    except InvalidOperation:
        return None
    usable = value is not None and value.is_finite() and abs(value.adjusted()) <= _MAX_TEXT
    return value if usable else None
