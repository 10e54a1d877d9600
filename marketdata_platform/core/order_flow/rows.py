"""Kernel results as Polars columns: scaled integers in, series of the types that datasets have out.

Belongs here: the way from integers to a series. Does not: what the numbers mean, which columns a
dataset has (core/datasets/derived).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.numbers.decimal_words import decimal_series

Ints = npt.NDArray[np.int64]

NEVER = np.iinfo(np.int64).min  # how kernels write a time that did not come


def same_text(text: str, length: int) -> pl.Series:
    """`text` in each of `length` rows."""
    return pl.repeat(text, length, dtype=pl.String, eager=True)


def texts(values: npt.NDArray[np.str_]) -> pl.Series:
    """A text per row, shape (n,)."""
    return pl.Series(values.astype(object), dtype=pl.String)


def times(microseconds: Ints) -> pl.Series:
    """Microseconds since the epoch, shape (n,), as UTC times."""
    return pl.Series(microseconds).cast(pl.Datetime("us", "UTC"))


def times_or_null(microseconds: Ints) -> pl.Series:
    """As `times`, with `NEVER` as null."""
    return pl.Series(microseconds).replace(NEVER, None).cast(pl.Datetime("us", "UTC"))


def price_levels(scaled: Ints) -> pl.Series:
    """Integers ×10⁸, shape (n,), as the Decimal(18, 8) of prices."""
    return decimal_series("", scaled, 8, 18)


def quantities(scaled: Ints) -> pl.Series:
    """Integers ×10⁸, shape (n,), as the Decimal(20, 8) of quantities."""
    return decimal_series("", scaled, 8, 20)


def volumes(words: Ints) -> pl.Series:
    """Two-word integers ×10⁸, shape (n, 2), low word first, as the Decimal(38, 8) of volumes."""
    return decimal_series("", words, 8)
