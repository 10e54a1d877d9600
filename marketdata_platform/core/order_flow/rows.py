"""Kernel results as frames of a dataset: NumPy columns in, Polars columns of the declared types
out.

Belongs here: the way from scaled integers to a frame. Does not: what the numbers mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.numbers.decimal_words import decimal_series

NEVER = np.iinfo(np.int64).min  # how kernels write a time that did not come


def times_or_null(times_us: npt.NDArray[np.int64]) -> pl.Series:
    """Microseconds as UTC times, NEVER as null."""
    return pl.Series(times_us).replace(NEVER, None)


def frame_of(dataset: str, values: Mapping[str, Any]) -> pl.DataFrame:
    """`values` as a frame with the types of the dataset's columns, in its column order.

    Decimals come as integers in the column's scale, (n,) or two words (n, 2); times in
    microseconds; a text that all rows share as that text. Columns that `values` leaves out (the
    platform fills them) are left out.
    """
    columns = [column for column in dataset_named(dataset).columns if column.name in values]
    length = max((len(v) for v in values.values() if not isinstance(v, str)), default=0)
    return pl.DataFrame(
        [_series(column.name, column.type, values[column.name], length) for column in columns]
    )


def _series(name: str, kind: pa.DataType, values: Any, length: int) -> pl.Series:
    if isinstance(values, str):
        return pl.repeat(values, length, dtype=pl.String, eager=True).alias(name)
    if pa.types.is_decimal(kind):
        return decimal_series(name, values, kind.scale, kind.precision)
    if pa.types.is_timestamp(kind):
        return pl.Series(name, values).cast(pl.Datetime("us", "UTC"))
    if pa.types.is_string(kind):
        return pl.Series(name, values.astype(object), dtype=pl.String)
    return pl.Series(name, values)
