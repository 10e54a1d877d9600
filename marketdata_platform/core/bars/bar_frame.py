"""The open bar as words for the kernels, and closed bars as a frame with the columns of
`core/datasets/derived`.

Belongs here: from words to state and columns. Does not: the layout (bar_words.py), when a bar
closes, and anything that imports Numba.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.bars.bar_words import (
    BAR_WORDS,
    BUY,
    CLOSE,
    END,
    HIGH,
    LOW,
    NOTIONAL,
    OPEN,
    OVERFLOW,
    SELL,
    START,
    TICKS,
    VOLUME,
)
from marketdata_platform.core.bars.fold_state import OpenBar, decimal_of
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.numbers.decimal_words import (
    decimal_series,
    integers,
    words_of_integers,
)
from marketdata_platform.core.window import from_us

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ROWS_PER_CHUNK = 1 << 16
PRICE_LIMIT = 10**18  # of prices ×10⁸

_SINGLE = (TICKS, START, END, OPEN, HIGH, LOW, CLOSE)
_DOUBLE = (VOLUME, BUY, SELL, NOTIONAL)
_SCALES = {
    "volume": (VOLUME, 8),
    "buy_volume": (BUY, 8),
    "sell_volume": (SELL, 8),
    "quote_volume": (NOTIONAL, 16),
}


def words_from(bar: OpenBar) -> Ints:
    """The open bar as int64 of shape (BAR_WORDS + 1,)."""
    words = np.zeros(BAR_WORDS + 1, np.int64)
    values = [getattr(bar, field.name) for field in fields(bar)]
    words[list(_SINGLE)] = values[: len(_SINGLE)]
    for word, value in zip(_DOUBLE, values[len(_SINGLE) :], strict=True):
        words[word : word + 2] = words_of_integers([value])[0]
    return words


def open_bar(words: Ints) -> OpenBar:
    """The inverse of `words_from`.

    Raises:
        InvalidInput: when Σp·q of a bar left the 38 digits of its column.
    """
    if words[OVERFLOW]:
        raise InvalidInput(
            f"Σp·q of a bar before {from_us(int(words[OVERFLOW])).isoformat()} is above 8.5e21 "
            "(DECIMAL(38, 16)): "
            "look for wrong prices or quantities, or choose smaller bars"
        )
    return OpenBar(
        *words[list(_SINGLE)].tolist(), *(integers(words[None, w : w + 2])[0] for w in _DOUBLE)
    )


def run_in_chunks(
    step: Callable[[int, Ints, Floats], tuple[int, int]], trades: int, words: int, floats: int
) -> tuple[Ints, Floats]:
    """Call `step(next trade, rows, float rows) -> (next trade, rows written)` with fresh rows until
    none is left.
    """
    chunks: list[Ints] = []
    float_chunks: list[Floats] = []
    i = 0
    while i < trades:
        rows, float_rows = (
            np.empty((ROWS_PER_CHUNK, words), np.int64),
            np.empty((ROWS_PER_CHUNK, floats)),
        )
        i, count = step(i, rows, float_rows)
        chunks.append(rows[:count])
        float_chunks.append(float_rows[:count])
    if len(chunks) == 1:
        return chunks[0], float_chunks[0]
    return np.concatenate([np.empty((0, words), np.int64), *chunks]), np.concatenate(
        [np.empty((0, floats)), *float_chunks]
    )


def wide_series(name: str, rows: Ints, word: int, scale: int) -> pl.Series:
    """The two-word sums at `word` of each row as a Decimal(38, scale) column."""
    return decimal_series(name, rows[:, word : word + 2], scale)


def times(name: str, microseconds: Ints) -> pl.Series:
    """int64 µs as a UTC timestamp column."""
    return pl.Series(name, np.ascontiguousarray(microseconds)).cast(pl.Datetime("us", "UTC"))


def nullable_floats(name: str, values: Floats) -> pl.Series:
    """float64 with NaN as null."""
    return pl.Series(name, np.ascontiguousarray(values)).fill_nan(None)


def prices(rows: Ints, words: Sequence[int] = (OPEN, HIGH, LOW, CLOSE)) -> list[pl.Series]:
    """open, high, low and close of each row as Decimal(18, 8).

    Raises:
        InvalidInput: when a price does not fit.
    """
    highest = int(rows[:, words[1]].max(initial=0))
    if highest >= PRICE_LIMIT:
        raise InvalidInput(
            f"price {decimal_of(highest)} does not fit DECIMAL(18, 8): prices must be below 10^10"
        )
    names = ("open", "high", "low", "close")
    return [
        decimal_series(name, np.ascontiguousarray(rows[:, word]), 8, 18)
        for name, word in zip(names, words, strict=True)
    ]


def head_columns(rows: Ints, first_index: int) -> list[pl.Series]:
    """The columns `bar_index` … `ticks` that all bars share, from rows of shape (n, ≥
    BAR_WORDS).
    """
    from marketdata_platform.core.bars.kernels.bar import vwap_words

    return [
        pl.Series("bar_index", np.arange(first_index, first_index + len(rows), dtype=np.int64)),
        times("start_time", rows[:, START]),
        times("end_time", rows[:, END]),
        *prices(rows),
        *(wide_series(name, rows, word, scale) for name, (word, scale) in _SCALES.items()),
        decimal_series("vwap", vwap_words(rows), 12, 28),
        pl.Series("ticks", np.ascontiguousarray(rows[:, TICKS])),
    ]


def theta_series(name: str, kind: str, rows: Ints, word: int) -> pl.Series:
    """A path-dependent sum in the unit of `kind`: trades as int64, volume ×10⁸, dollars ×10¹⁶ as
    decimals.
    """
    if kind == "tick":
        return pl.Series(name, np.ascontiguousarray(rows[:, word]))
    return wide_series(name, rows, word, 8 if kind == "volume" else 16)


def path_columns(f_rows: Floats, expectation: str) -> list[pl.Series]:
    """threshold, expected_ticks and the expectation per trade, from float rows (E[T], E[·],
    threshold).
    """
    return [
        nullable_floats("threshold", f_rows[:, 2]),
        pl.Series("expected_ticks", np.ascontiguousarray(f_rows[:, 0])),
        pl.Series(expectation, np.ascontiguousarray(f_rows[:, 1])),
    ]


def closed_by(codes: Ints, names: tuple[str, ...]) -> pl.Series:
    """Codes 0, 1, … as text."""
    return pl.Series("closed_by", np.array(names, object)[codes], pl.String)
