"""How a column lies in Parquet: its physical type and its encoding, by what its type and meaning
promise.

Belongs here: the choice, as data. Does not: writing files (archive/parquet.py).
"""

from __future__ import annotations

import pyarrow as pa

from marketdata_platform.core.datasets.model import Column, Dataset, Tier

DICTIONARY = "DICTIONARY"
_INT64_DIGITS = 18


def encoding(column: Column) -> str | None:
    """The Parquet encoding; None: the library's own choice.

    Times, integers and decimals of up to 18 digits (integers underneath) are delta coded: sorted
    times and contiguous ids then cost next to nothing. Ids as text share their prefix with the one
    before. Wider decimals are fixed-length bytes: dictionary (DuckDB 2.0 cannot read
    BYTE_STREAM_SPLIT there).
    """
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_integer(kind):
        return "DELTA_BINARY_PACKED"
    if pa.types.is_decimal(kind):
        return "DELTA_BINARY_PACKED" if kind.precision <= _INT64_DIGITS else DICTIONARY
    if pa.types.is_string(kind):
        return "DELTA_BYTE_ARRAY" if column.name.endswith("_id") else DICTIONARY
    return "BYTE_STREAM_SPLIT" if pa.types.is_floating(kind) else None


def physical_type(column: Column) -> str:
    """The Parquet type: physical, with its logical annotation."""
    kind = column.type
    if pa.types.is_decimal(kind):
        narrow = kind.precision <= _INT64_DIGITS
        return (
            f"{'INT64' if narrow else 'FIXED_LEN_BYTE_ARRAY'} (DECIMAL({kind.precision}, "
            f"{kind.scale}))"
        )
    names = {
        pa.timestamp("us", "UTC"): "INT64 (TIMESTAMP, µs, UTC)",
        pa.int64(): "INT64",
        pa.float64(): "DOUBLE",
        pa.bool_(): "BOOLEAN",
        pa.string(): "BYTE_ARRAY (STRING)",
        pa.binary(): "BYTE_ARRAY",
        pa.date32(): "INT32 (DATE)",
    }
    return names[kind]


def archive_folder(dataset: Dataset) -> str | None:
    """Where the archive keeps the dataset's days; None: it never leaves the store."""
    if dataset.tier is Tier.META:
        return None
    return f"archive/{dataset.tier.value}/{dataset.name}/venue=…/market=…/symbol=…/date=YYYY-MM-DD/"
