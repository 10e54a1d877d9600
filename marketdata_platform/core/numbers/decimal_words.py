"""Columns of exact decimals and the 64- and 128-bit integers underneath, both ways without a loop
over rows.

Belongs here: buffers of Arrow and Polars decimals read and made as NumPy words. Does not:
arithmetic (int128.py). Words are int64 arrays of shape (n, 2), little-endian: `words[:, 0]` the low
word's bits, `words[:, 1]` the high word.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Words = npt.NDArray[np.int64]


def widen(values: npt.NDArray[np.int64]) -> Words:
    """int64 values of shape (n,) as sign-extended words of shape (n, 2)."""
    words = np.empty((len(values), 2), np.int64)
    words[:, 0] = values
    words[:, 1] = values >> 63
    return words


def words_of(low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> Words:
    """Low and high words of shape (n,) as one (n, 2) array."""
    return np.column_stack((low, high))


def decimal_array(
    words: npt.NDArray[np.int64], scale: int, precision: int = 38, nulls: Any = None
) -> pa.Array:
    """An Arrow decimal128 column over the words' own memory (copied only when not contiguous).

    `words`: int64 of shape (n, 2), or (n,) for values of one word. `nulls`: bool of shape (n,),
    true where null. The words must fit `precision`; nothing is checked here.
    """
    if words.ndim == 1:
        words = widen(words)
    validity = (
        None
        if nulls is None or not nulls.any()
        else pa.py_buffer(np.packbits(~nulls, bitorder="little"))
    )
    data = pa.py_buffer(np.ascontiguousarray(words))
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(words), [validity, data])


def decimal_series(
    name: str,
    words: npt.NDArray[np.int64],
    scale: int,
    precision: int = 38,
    nulls: npt.NDArray[np.bool_] | None = None,
) -> pl.Series:
    """A Polars Decimal(precision, scale) column of words; arguments as in `decimal_array`."""
    return pl.Series(name, decimal_array(words, scale, precision, nulls))


def decimal_words(series: pl.Series) -> Words:
    """The words of a Polars Decimal column without copying; what stands under a null is
    undefined.
    """
    array = series.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    return array_words(array)


def array_words(array: pa.Array) -> Words:
    """The words of one Arrow decimal128 array without copying; what stands under a null is
    undefined.
    """
    words = np.frombuffer(array.buffers()[1], np.int64).reshape(-1, 2)
    return words[array.offset : array.offset + len(array)]


def fits_int64(words: Words) -> bool:
    """True if every high word is the sign extension of its low word."""
    return bool((words[:, 1] == words[:, 0] >> 63).all())


def integers(words: Words) -> list[int]:
    """Exact Python integers, one per row: for states and tests, not for columns of data."""
    return [(int(high) << 64) | (int(low) & 0xFFFFFFFFFFFFFFFF) for low, high in words.tolist()]


def words_of_integers(values: list[int]) -> Words:
    """The words of Python integers; the inverse of `integers`.

    Raises:
        OverflowError: when a value needs more than 128 bits.
    """
    data = b"".join(value.to_bytes(16, "little", signed=True) for value in values)
    return np.frombuffer(bytearray(data), np.int64).reshape(-1, 2)
