"""A store's rows as Polars frames: read now, or as a query needs them.

Belongs here: from batches to frames. Does not: which rows (Store.read), rolling up (workflows).
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pyarrow as pa
from polars.io.plugins import register_io_source

from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.ports import Store


def rows_now(
    store: Store, dataset: str, instrument: Instrument, window: Window | None
) -> pl.LazyFrame:
    """Rows that are read at once: a small read costs half of a lazy one."""
    with store.session():
        batches = list(store.read(dataset, instrument, window))
    rows = pa.Table.from_batches(batches, dataset_named(dataset).arrow_schema)
    return pl.DataFrame(pl.from_arrow(rows)).lazy()


def rows_lazily(
    store: Store, dataset: str, instrument: Instrument, window: Window | None
) -> pl.LazyFrame:
    """Rows that are read batch by batch when the frame is collected, no more than it needs."""
    empty = dataset_named(dataset).arrow_schema.empty_table()
    schema = pl.DataFrame(pl.from_arrow(empty)).schema

    def batches(
        with_columns: list[str] | None,
        predicate: pl.Expr | None,
        n_rows: int | None,
        batch_size: int | None,
    ) -> Iterator[pl.DataFrame]:
        left = n_rows
        with store.session():
            for batch in store.read(dataset, instrument, window):
                frame = _chosen(batch, with_columns, predicate)
                if left is not None:
                    frame = frame.head(left)
                    left -= frame.height
                yield frame
                if left == 0:
                    return

    return register_io_source(batches, schema=schema)


def _chosen(
    batch: pa.RecordBatch, columns: list[str] | None, predicate: pl.Expr | None
) -> pl.DataFrame:
    """What a query asks of a batch; the predicate may speak of columns that it does not give."""
    frame = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))
    if predicate is not None:
        frame = frame.filter(predicate)
    return frame if columns is None else frame.select(columns)
