"""Tables of records (CSV, Parquet, Arrow IPC) to rows, by declaration: which column of a file is
which of a dataset.

Belongs here: reading by a layout, and the layouts of files with our own column names. Does not:
the layouts of venues and vendors, choosing a file's layout (loads), storing. Every value goes
through the exact reading of text: a float is taken by its shortest decimal, which is what was
meant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from marketdata_platform.core.datasets import DATASETS, Column, Dataset, Tier
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.numbers.text_numbers import numbers
from marketdata_platform.venues.kit.column_arrays import Values
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.tables import TableLayout, as_it_is, nothing, times_of

WHERE = ("venue", "market", "symbol")


def own_layout(dataset: Dataset, names: Sequence[str]) -> TableLayout:
    """The layout of a file that uses our own column names."""
    return TableLayout(
        name=dataset.name,
        dataset=dataset,
        columns={c.name: c.name for c in dataset.columns if c.name in names},
        headerless=(),
        completed=as_it_is,
    )


def own_layouts(names: Sequence[str]) -> list[TableLayout]:
    """Datasets whose every required column is among `names`; the one that uses most of them
    first.
    """
    found = [
        own_layout(kind, names)
        for kind in DATASETS.values()
        if kind.tier is not Tier.META
        and {c.name for c in kind.columns if not c.nullable} <= set(names)
    ]
    return sorted(found, key=lambda layout: -len(layout.columns))


def table_rows(layout: TableLayout, table: pa.Table, instrument: Instrument | None) -> Decoded:
    """Rows of a batch of the file; without an `instrument` its columns venue, market and symbol
    name it.
    """
    kind = layout.dataset
    columns = {
        ours: _column(kind.column(ours), table.column(theirs).combine_chunks())
        for ours, theirs in layout.columns.items()
    }
    rows = np.arange(table.num_rows)
    columns.setdefault("ts_recv", nothing(len(rows)))
    columns = layout.completed(columns, table)
    known = {c.name for c in kind.columns}
    columns = {name: values for name, values in columns.items() if name in known}
    symbols, named = _instruments(table, instrument)
    out = Decoded(np.zeros(len(rows), np.int64), named)
    out.add(kind, symbols, rows, columns)
    return out


def _instruments(
    table: pa.Table, instrument: Instrument | None
) -> tuple[list[str], Callable[[str], Instrument]]:
    if instrument is not None:
        return [instrument.symbol] * table.num_rows, lambda _: instrument
    parts = [table.column(name).cast(pa.string()).to_pylist() for name in WHERE]
    return [":".join(str(p) for p in row) for row in zip(*parts, strict=True)], Instrument.parse


def _column(column: Column, values: pa.Array) -> Values:
    """One column by its type here; what does not fit is BAD with a reason, row by row."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if column.type == pa.string():
        return values.cast(pa.string())
    if pa.types.is_timestamp(column.type):
        return times_of(values)
    if pa.types.is_decimal(column.type):
        return numbers(_texts(values), scale=column.type.scale, digits=column.type.precision)
    if column.type == pa.int64():
        return numbers(_texts(values), scale=0, digits=18)
    return values.cast(column.type)


def _texts(values: pa.Array) -> list[str | None]:
    """Values as decimal text; not-a-number is no value."""
    if pa.types.is_floating(values.type):
        return [None if v is None or v != v else repr(v) for v in values.to_pylist()]
    texts: list[str | None] = values.cast(pa.string()).to_pylist()
    return texts
