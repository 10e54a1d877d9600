"""One price or quantity column as 64-bit integers scaled by 1e8, whatever exact or float type it
comes in.

Belongs here: number types, their ranges and the messages about them, and a text column's bytes as
words. Does not: other columns (trade_columns.py), order (trade_order.py).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.numbers.decimal_words import decimal_words, widen
from marketdata_platform.core.row_ranges import first_found

Int64s = npt.NDArray[np.int64]

SCALE = 8
UNIT = 10**SCALE
_MOST_DIGITS = 18  # a divisor of one word
_LIMIT = "92233720368.54775807"


def first_row(flags: pl.Series, rows: Int64s | None) -> int:
    """The number of the first row flagged, in the frame that the caller gave (`rows` maps back to
    it).
    """
    row = int(flags.fill_null(False).arg_max() or 0)
    return row if rows is None else int(rows[row])


def scaled_integers(series: pl.Series, rows: Int64s | None = None) -> Int64s:
    """`series · 1e8` as int64 of shape (n,), every value above zero; a strided view where the
    column is Decimal(·, 8).

    Raises:
        InvalidInput: a null, a value that is not above zero, too large or finer than 8 decimals, or
            another type.
    """
    dtype = series.dtype
    if series.null_count():
        raise InvalidInput(f"{series.name} is null in row {first_row(series.is_null(), rows)}")
    if not len(series) and dtype == pl.Null:
        return np.empty(0, np.int64)
    if isinstance(dtype, pl.Decimal):
        return _of_decimals(series, dtype.scale, rows)
    if dtype.is_float():
        return _of_floats(series, rows)
    if dtype.is_integer():
        return _of_words(series, widen(_as_int64(series, rows)), UNIT, rows)
    raise InvalidInput(f"{series.name} is {dtype}: it must be Decimal, Float64 or an integer")


def _of_decimals(series: pl.Series, scale: int, rows: Int64s | None) -> Int64s:
    from marketdata_platform.core.trades import trade_kernels

    words = decimal_words(series)
    if scale == SCALE:
        flat = words.reshape(-1)
        find = trade_kernels.first_not_positive
        bad = first_found(len(words), lambda a, b: find(flat[2 * a : 2 * b]))
        _refuse(series, bad, rows)
        return words[:, 0]
    if scale < SCALE:
        return _of_words(series, words, 10 ** (SCALE - scale), rows)
    if scale - SCALE > _MOST_DIGITS:
        return _of_decimals(_with_fewer_digits(series, rows), SCALE + _MOST_DIGITS, rows)
    out = np.empty(len(series), np.int64)
    bad, exact = trade_kernels.scale_down(words, 10 ** (scale - SCALE), out)
    if not exact:
        raise InvalidInput(_too_fine(series, bad, rows))
    _refuse(series, bad, rows)
    return out


def _with_fewer_digits(series: pl.Series, rows: Int64s | None) -> pl.Series:
    """More decimals than one word divides by: no venue has them, so Polars may take the long way
    round.
    """
    shorter = series.cast(pl.Decimal(38, SCALE + _MOST_DIGITS))
    changed = shorter.cast(series.dtype) != series
    if changed.any():
        raise InvalidInput(_too_fine(series, int(changed.arg_max() or 0), rows))
    return shorter


def _of_words(series: pl.Series, words: Int64s, factor: int, rows: Int64s | None) -> Int64s:
    from marketdata_platform.core.trades import trade_kernels

    out = np.empty(len(series), np.int64)
    _refuse(series, trade_kernels.scale_up(words, factor, out), rows)
    return out


def _of_floats(series: pl.Series, rows: Int64s | None) -> Int64s:
    from marketdata_platform.core.trades import trade_kernels

    out = np.empty(len(series), np.int64)
    values = series.cast(pl.Float64).rechunk().to_numpy()
    scale = trade_kernels.scale_floats
    _refuse(series, first_found(len(out), lambda a, b: scale(values[a:b], out[a:b])), rows)
    return out


def _as_int64(series: pl.Series, rows: Int64s | None) -> Int64s:
    values = series.cast(pl.Int64, strict=False).rechunk()
    if values.null_count():
        _refuse(series, int(values.is_null().arg_max() or 0), rows)
    return values.to_numpy()


def _given(row: int, rows: Int64s | None) -> int:
    return row if rows is None else int(rows[row])


def _too_fine(series: pl.Series, bad: int, rows: Int64s | None) -> str:
    return f"{series.name} is {series[bad]} in row {_given(bad, rows)}: it has more than 8 decimals"


def _refuse(series: pl.Series, bad: int, rows: Int64s | None) -> None:
    if bad >= 0:
        raise InvalidInput(
            f"{series.name} is {series[bad]} in row {_given(bad, rows)}: it must be above zero (at "
            "8 decimals) "
            f"and at most {_LIMIT}"
        )


def string_views(series: pl.Series) -> Int64s:
    """A String column's views (16 bytes each, strings of at most 12 bytes inside) as words (2n,),
    without copying.
    """
    array = series.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    words = np.frombuffer(array.buffers()[1] or b"", np.int64)
    return words[2 * array.offset : 2 * (array.offset + len(array))]
