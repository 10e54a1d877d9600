"""Reading a window of one instrument, slice by slice, in the dataset's order.

Belongs here: batches out of slices. Does not: where to cut (postgres_slices), SQL (postgres_tables).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

import polars as pl
import pyarrow as pa

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ordering import order_columns, positions_in_order
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.stores.postgres_pool import Connection
from marketdata_platform.stores.postgres_slices import Slice, slices
from marketdata_platform.stores.postgres_tables import InstrumentTables
from marketdata_platform.stores.rows import BATCH_ROWS, checked_columns

Reading = Callable[[], AbstractContextManager[Connection]]


def read_batches(
    reading: Reading, dataset: Dataset, instrument: Instrument, window: Window | None, columns: Sequence[str] | None
) -> Iterator[pa.RecordBatch]:
    """The rows; a session is held for the length of one slice, never while the caller works."""
    with reading() as session:
        parts = slices(InstrumentTables(session, instrument), dataset, window)
    for part in parts:
        yield from _slice(reading, dataset, instrument, part, columns).to_batches(max_chunksize=BATCH_ROWS)


def _slice(
    reading: Reading, dataset: Dataset, instrument: Instrument, part: Slice, columns: Sequence[str] | None
) -> pa.Table:
    wanted = checked_columns(dataset, columns)
    names = dict.fromkeys([*wanted, *order_columns(dataset)])
    with reading() as session:
        rows = InstrumentTables(session, instrument).fetch(dataset, list(names), part.where, part.parameters)
    keys = pl.from_arrow(rows.select(order_columns(dataset)), rechunk=False)
    order = positions_in_order(dataset, pl.DataFrame(keys))
    return (rows if order is None else rows.take(order.to_arrow())).select(wanted)
