"""From a slice's rows to the batches that `Store.read` gives, whatever the engine.

Belongs here: order and columns of what was read. Does not: where to cut (slices), SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ordering import order_columns, positions_in_order
from marketdata_platform.stores.rows import checked_columns

BATCH_ROWS = 1 << 18  # rows in a record batch that `read` gives, at most


def fetched_columns(dataset: Dataset, columns: Sequence[str] | None) -> list[str]:
    """The columns to fetch for a read of `columns` (None: all): also those that rows are ordered
    by.

    Raises:
        InvalidInput: the dataset has no such column.
    """
    return list(dict.fromkeys([*checked_columns(dataset, columns), *order_columns(dataset)]))


def batches_in_order(
    dataset: Dataset, rows: pa.Table, columns: Sequence[str] | None
) -> Iterator[pa.RecordBatch]:
    """`rows` (the fetched columns, in any order) in the dataset's order and Arrow types, with the
    columns that were asked for.
    """
    wanted = checked_columns(dataset, columns)
    schema = pa.schema([dataset.arrow_schema.field(name) for name in wanted])
    ordered = _in_order(dataset, rows).select(wanted).cast(schema)
    yield from ordered.to_batches(max_chunksize=BATCH_ROWS)


def _in_order(dataset: Dataset, rows: pa.Table) -> pa.Table:
    """As `ordering.in_order`, which is asked where a look at two columns does not settle it."""
    if _rises(dataset, rows):
        return rows
    keys = pl.from_arrow(rows.select(order_columns(dataset)), rechunk=False)
    order = positions_in_order(dataset, pl.DataFrame(keys))
    return rows if order is None else rows.take(order.to_arrow())


def _rises(dataset: Dataset, rows: pa.Table) -> bool:
    """True if the first numbers or times of the order prove that the rows are in order."""
    pair = _leading_numbers(dataset, rows)
    if not pair:
        return len(rows) < 2
    first, second = pair[0], pair[-1]
    if np.all(first[1:] > first[:-1]):
        return True
    tied = (first[1:] == first[:-1]) & (second[1:] > second[:-1])
    return bool(np.all((first[1:] > first[:-1]) | tied))


def _leading_numbers(dataset: Dataset, rows: pa.Table) -> list[np.ndarray]:
    """The first two columns of numbers or times that the order has, after texts that are all one;
    fewer where something else comes before them.
    """
    found: list[np.ndarray] = []
    for name in order_columns(dataset):
        column = rows.column(name).combine_chunks()
        if column.null_count:
            break
        if column.type == pa.int64() or pa.types.is_timestamp(column.type):
            found.append(np.asarray(column.view(pa.int64())))
            if len(found) == 2:
                break
        elif found or name == "trade_id" or not _is_one_text(column):
            break
    return found


def _is_one_text(column: pa.Array) -> bool:
    if column.type != pa.string():
        return False
    ends = pc.min_max(column)
    return bool(ends["min"] == ends["max"])
