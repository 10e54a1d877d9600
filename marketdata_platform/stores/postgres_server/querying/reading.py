"""Reading a window of one instrument, slice by slice.

Belongs here: how long a session is held. Does not: where to cut (slices), order (stores.reading),
SQL (tables).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

import pyarrow as pa

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.stores.postgres_server.pool import Connection
from marketdata_platform.stores.postgres_server.querying.slices import slices
from marketdata_platform.stores.postgres_server.tables import InstrumentTables
from marketdata_platform.stores.reading import batches_in_order, fetched_columns
from marketdata_platform.stores.slices import Slice

Reading = Callable[[], AbstractContextManager[Connection]]


def read_batches(
    reading: Reading,
    dataset: Dataset,
    instrument: Instrument,
    window: Window | None,
    columns: Sequence[str] | None,
) -> Iterator[pa.RecordBatch]:
    """The rows; a session is held for the length of one slice, never while the caller works."""
    names = fetched_columns(dataset, columns)

    def fetched(session: Connection, part: Slice) -> pa.Table:
        tables = InstrumentTables(session, instrument)
        return tables.fetch(dataset, names, part.where, part.parameters)

    with reading() as session:
        parts = slices(InstrumentTables(session, instrument), dataset, window)
        rows = fetched(session, parts[0]) if parts else None
    for number, part in enumerate(parts):
        if number:
            with reading() as session:
                rows = fetched(session, part)
        assert rows is not None  # the first slice's, or this one's
        yield from batches_in_order(dataset, rows, columns)
