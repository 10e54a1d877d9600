"""Reading a window of one instrument, slice by slice, in the dataset's order.

Belongs here: batches out of slices. Does not: where to cut (postgres_slices), SQL
(postgres_tables).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ordering import order_columns, positions_in_order
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.stores.postgres_server.pool import Connection
from marketdata_platform.stores.postgres_server.querying.slices import Slice, slices
from marketdata_platform.stores.postgres_server.tables import InstrumentTables
from marketdata_platform.stores.rows import BATCH_ROWS, checked_columns

Reading = Callable[[], AbstractContextManager[Connection]]


def read_batches(
    reading: Reading,
    dataset: Dataset,
    instrument: Instrument,
    window: Window | None,
    columns: Sequence[str] | None,
) -> Iterator[pa.RecordBatch]:
    """The rows; a session is held for the length of one slice, never while the caller works."""
    wanted = checked_columns(dataset, columns)
    names = list(dict.fromkeys([*wanted, *order_columns(dataset)]))

    def fetched(session: Connection, part: Slice) -> pa.Table:
        return InstrumentTables(session, instrument).fetch(
            dataset, names, part.where, part.parameters
        )

    with reading() as session:
        parts = slices(InstrumentTables(session, instrument), dataset, window)
        rows = fetched(session, parts[0]) if parts else None
    for number, part in enumerate(parts):
        if number:
            with reading() as session:
                rows = fetched(session, part)
        assert rows is not None  # the first slice's, or this one's
        yield from _in_order(dataset, rows).select(wanted).to_batches(max_chunksize=BATCH_ROWS)


def _in_order(dataset: Dataset, rows: pa.Table) -> pa.Table:
    """As `ordering.in_order`, which is asked where a look at two columns does not settle it."""
    if _rises(dataset, rows):
        return rows
    order = positions_in_order(
        dataset, pl.DataFrame(pl.from_arrow(rows.select(order_columns(dataset))))
    )
    return rows if order is None else rows.take(order.to_arrow())


def _rises(dataset: Dataset, rows: pa.Table) -> bool:
    """Whether the rows are proved to be in order by the first numbers or times of it, after texts
    that are all one.
    """
    pair: list[np.ndarray] = []
    for name in order_columns(dataset):
        column = rows.column(name).combine_chunks()
        number = column.type == pa.int64() or pa.types.is_timestamp(column.type)
        if number and not column.null_count:
            pair.append(np.asarray(column.view(pa.int64())))
        elif (
            pair
            or column.null_count
            or column.type != pa.string()
            or name == "trade_id"
            or not _all_one(column)
        ):
            break
        if len(pair) == 2:
            break
    if not pair:
        return len(rows) < 2
    first, second = pair[0], pair[-1]
    if np.all(first[1:] > first[:-1]):
        return True
    return bool(
        np.all((first[1:] > first[:-1]) | ((first[1:] == first[:-1]) & (second[1:] > second[:-1])))
    )


def _all_one(texts: pa.Array) -> bool:
    ends = pc.min_max(texts)
    return bool(ends["min"] == ends["max"])
