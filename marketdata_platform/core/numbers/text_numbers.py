"""Many numbers as text (or as raw JSON) to exact scaled integers at once, with a reason for each
that does not fit.

Belongs here: joining, the compiled fast path and the exact slow one. Does not: what a number means
(venues). A column of ten thousand prices costs about 20 ns per price; one that is not plain is read
again as a `Decimal`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, InvalidOperation

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.numbers.decimal_words import widen, words_of_integers

Int64s = npt.NDArray[np.int64]
Text = str | msgspec.Raw

SCALE = 8
BAD, OK, NULL = 0, 1, 2
_MAX_TEXT = 64
_EXACT = Context(prec=4 * _MAX_TEXT)
_INT64 = 2**63


@dataclass(slots=True)
class Numbers:
    """A column of numbers times 10^scale; `state` is BAD, OK or NULL per row, `reasons` has a text
    for each BAD row.

    `wide` holds the values of rows that need more than 64 bits; `values` is 0 there.
    """

    values: Int64s
    state: npt.NDArray[np.int8]
    reasons: dict[int, str] = field(default_factory=dict)
    wide: dict[int, int] = field(default_factory=dict)

    @property
    def nulls(self) -> npt.NDArray[np.bool_]:
        """True where there is no value."""
        nulls: npt.NDArray[np.bool_] = self.state != OK
        return nulls

    def words(self) -> Int64s:
        """Words of shape (n, 2), as `decimal_words` takes them."""
        words = widen(self.values)
        if self.wide:
            words[list(self.wide)] = words_of_integers(list(self.wide.values()))
        return words

    def scaled_by(self, power: int) -> Numbers:
        """The same numbers divided by 10^power: the column's scale must be that much larger than
        the text's was.
        """
        return Numbers(
            self.values // 10**power,
            self.state,
            self.reasons,
            {r: v // 10**power for r, v in self.wide.items()},
        )

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
    values, state = np.zeros(rows, np.int64), np.zeros(rows, np.int8)
    if not rows or read_scaled(_joined(texts), scale, values, state) != rows:
        state[:] = BAD
    column = Numbers(values, state)
    checked(column, texts.__getitem__, digits, scale)
    return column


def checked(
    column: Numbers, text_of: Callable[[int], Text | None], digits: int, scale: int = SCALE
) -> None:
    """Read rows of a column that the compiled path could not, or whose value has too many digits,
    again in full.
    """
    limit = 10**digits
    suspects = column.state == BAD
    if limit < _INT64:
        suspects |= (column.values >= limit) | (column.values <= -limit)
    for row in np.flatnonzero(suspects).tolist():
        _read_again(column, row, text_of(row), scale, limit)


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
    kinds = set(map(type, texts))
    try:
        if kinds == {msgspec.Raw}:
            data = b"\0".join(texts)  # type: ignore[arg-type]
        elif type(None) in kinds:
            data = "\0".join(["" if text is None else text for text in texts]).encode()  # type: ignore[misc]
        else:
            data = "\0".join(texts).encode()  # type: ignore[arg-type]
    except (TypeError, UnicodeEncodeError):  # raw values among them, or a lone surrogate
        data = b"\0".join(_bytes(text) for text in texts)
    return np.frombuffer(data + b"\0", np.uint8)


def _bytes(text: Text | None) -> bytes | msgspec.Raw:
    if text is None:
        return b""
    return text.encode("utf-8", "replace") if isinstance(text, str) else text


def _read_again(column: Numbers, row: int, text: Text | None, scale: int, limit: int) -> None:
    """The exact slow path: exponents, a plus sign, quotes around a raw number, and values wider
    than 64 bits.
    """
    column.values[row] = 0
    plain = (
        ""
        if text is None
        else text
        if isinstance(text, str)
        else bytes(text).decode("utf-8", "replace")
    )
    if isinstance(text, msgspec.Raw) and len(plain) >= 2 and plain[0] == plain[-1] == '"':
        plain = plain[1:-1]
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
        column.state[row] = OK
        if -_INT64 <= int(scaled) < _INT64:
            column.values[row] = int(scaled)
        else:
            column.wide[row] = int(scaled)


def _decimal(text: str) -> Decimal | None:
    try:
        value = (
            Decimal(text) if len(text) <= _MAX_TEXT and text.isascii() and "_" not in text else None
        )
    except InvalidOperation:
        return None
    usable = value is not None and value.is_finite() and abs(value.adjusted()) <= _MAX_TEXT
    return value if usable else None
