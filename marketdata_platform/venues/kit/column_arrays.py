"""Columns as venues' modules make them to Arrow arrays of a dataset's types.

Belongs here: what a column may be, and its array. Does not: reading texts (core.text_numbers), rows
(rows.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.numbers.decimal_words import decimal_array
from marketdata_platform.core.numbers.text_numbers import OK, Numbers

Int64s = npt.NDArray[np.int64]
Values: TypeAlias = Numbers | Int64s | pa.Array | Sequence[str | None]


def plain(values: Int64s) -> Numbers:
    """A column without nulls."""
    return Numbers(values, np.full(len(values), OK, np.int8))


def repeated(column: Numbers, rows: Int64s) -> Numbers:
    """The column with row `rows[i]` at i."""
    reasons = (
        {i: column.reasons[r] for i, r in enumerate(rows.tolist()) if r in column.reasons}
        if column.reasons
        else {}
    )
    wide = None if column.wide is None else column.wide[rows]
    return Numbers(column.values[rows], column.state[rows], reasons, wide)


def column_array(kind: pa.DataType, values: Values) -> pa.Array:
    """`values` as an Arrow array of `kind`; integers are times 10^scale for decimals, µs for
    times.
    """
    if isinstance(values, np.ndarray):
        values = plain(values)
    if not isinstance(values, Numbers):
        return values if isinstance(values, pa.Array) else pa.array(values, kind)
    nulls = values.nulls
    if pa.types.is_decimal(kind):
        return decimal_array(
            values.values if values.wide is None else values.wide, kind.scale, kind.precision, nulls
        )
    if pa.types.is_floating(kind):
        return pa.array(values.values / 1.0, kind, mask=nulls)
    return pa.array(values.values, pa.int64(), mask=nulls if nulls.any() else None).cast(kind)


def rows_taken(values: Values, rows: Int64s) -> Values:
    """The column with row `rows[i]` at i."""
    if isinstance(values, Numbers):
        return repeated(values, rows)
    if isinstance(values, pa.Array):
        return values.take(pa.array(rows))
    return (
        values[rows] if isinstance(values, np.ndarray) else [values[row] for row in rows.tolist()]
    )


def texts_of(values: Values) -> pa.Array:
    """Whole numbers as text."""
    array = column_array(pa.int64(), values)
    return array.cast(pa.string())
