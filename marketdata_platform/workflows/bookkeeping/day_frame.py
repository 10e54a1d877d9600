"""One UTC day of a dataset as a frame: the unit that derive, checks and reports work on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
import pyarrow as pa

from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.ports import Store


def empty_frame(dataset: str) -> pl.DataFrame:
    """No rows, with the dataset's columns and types."""
    return pl.DataFrame(pl.from_arrow(dataset_named(dataset).arrow_schema.empty_table()))


def frame_of_day(
    store: Store,
    dataset: str,
    instrument: Instrument,
    day: date,
    columns: Sequence[str] | None = None,
) -> pl.DataFrame:
    """The rows of one UTC day, with the dataset's types also when there are none."""
    schema = dataset_named(dataset).arrow_schema
    chosen = pa.schema([schema.field(name) for name in columns or schema.names])
    batches = list(store.read(dataset, instrument, Window.of_day(day), columns=columns))
    # One chunk: every kernel that reads the frame would else join the batches again.
    return pl.DataFrame(pl.from_arrow(pa.Table.from_batches(batches, schema=chosen), rechunk=True))
