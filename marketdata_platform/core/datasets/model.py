"""What a record type is: columns, key, constraints and how it is kept. The list itself is in the
sibling files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import pyarrow as pa

# Decimals at rest. A price is a 64-bit integer underneath (18 digits); a quantity reaches 4.7e10,
# an exchange's own maximum lot; sums have 38 digits. DEFINITIONS.md and docs/adr say why these and
# no others.
PRICE = pa.decimal128(18, 8)
QUANTITY = pa.decimal128(20, 8)
VOLUME = pa.decimal128(38, 8)
NOTIONAL = pa.decimal128(38, 16)
VWAP = pa.decimal128(28, 12)
TIMESTAMP = pa.timestamp("us", "UTC")
TEXT = pa.string()
INT = pa.int64()
FLOAT = pa.float64()
BOOL = pa.bool_()
BYTES = pa.binary()
DATE = pa.date32()


class Tier(StrEnum):
    """Which part of the archive a dataset belongs to; `meta` is bookkeeping and never leaves the
    store.
    """

    RAW = "raw"
    PROCESSED = "processed"
    AGGREGATES = "aggregates"
    META = "meta"


class Merge(StrEnum):
    """What happens to a column when a row comes again under the same key."""

    PAYLOAD = "payload"  # must be equal, else the new row is a conflict
    EARLIEST = "earliest"  # the smaller value stays: the first receipt over all gatherers
    # A null is filled by a later source that knows the value; two values: the first stays.
    FILL = "fill"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `doc` says the meaning and the unit; `allowed` lists the values of a closed text
    column.
    """

    name: str
    type: pa.DataType
    doc: str
    nullable: bool = False
    merge: Merge = Merge.PAYLOAD
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Constraint:
    """A rule that each row obeys, as a SQL expression that DuckDB, PostgreSQL and Polars' SQL all
    read.

    A row for which it is false (not null) goes to quarantine with `reason`.
    """

    name: str
    expression: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A record type. DDL, the reference page and the Parquet layout are rendered from it and from
    nowhere else.
    """

    name: str
    tier: Tier
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]  # unique within one instrument
    time_column: str  # decides the UTC day, i.e. the partition
    order: tuple[str, ...]  # how `read` sorts
    constraints: tuple[Constraint, ...] = ()
    chunk: timedelta = timedelta(days=1)
    compress_after: timedelta | None = None
    retain: timedelta | None = None  # None: for ever
    segment_by: tuple[str, ...] = ()

    @property
    def schema_name(self) -> str:
        """The database schema: `raw`, `mart` (everything derived) or `meta`."""
        return self.tier.value if self.tier in (Tier.RAW, Tier.META) else "mart"

    @property
    def derived(self) -> bool:
        """True if it can be rebuilt from raw trades."""
        return self.schema_name == "mart"

    @property
    def arrow_schema(self) -> pa.Schema:
        """Columns in order, with nullability."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")
