"""Which stored rows of the server a batch must be held against.

Belongs here: reading no more than the change needs. Does not: the rules (core.dedup), coverage
(stores.changes).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby

import polars as pl

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.coverage import DayCoverage
from marketdata_platform.core.datasets.ddl.duckdb import identifier
from marketdata_platform.core.datasets.ddl.postgres import lookup_columns
from marketdata_platform.core.datasets.ordering import has_sequence, in_order
from marketdata_platform.core.dedup import ROW
from marketdata_platform.core.window import Window
from marketdata_platform.stores.postgres_server.conditions import has_key_ranges
from marketdata_platform.stores.postgres_server.schema.partitions import partitions_of
from marketdata_platform.stores.postgres_server.tables import InstrumentTables

_KEYS_REACH = """NOT EXISTS (SELECT FROM meta.key_ranges k
    WHERE (k.venue, k.market, k.symbol, k.dataset, k.day)
        = (t.venue, t.market, t.symbol, t.dataset, t.day)
    AND (k.first_key > %s OR k.last_key < %s))"""
# Where any stored id is not its sequence, every day may hold one.
_SEQUENCES_REACH = """(first_sequence IS NULL
    OR (first_sequence <= %s AND last_sequence >= %s)
    OR EXISTS (SELECT FROM meta.coverage o
        WHERE (o.venue, o.market, o.symbol, o.dataset) = (t.venue, t.market, t.symbol, t.dataset)
        AND o.irregular > 0))"""
_MANY = 20  # times as many rows are read in one go as are looked up one by one, in the same time


def stored_rows(tables: InstrumentTables, batch: Batch, *, timescale: bool) -> pl.DataFrame:
    """The stored rows with any key of `batch`, looked for only on days that may hold one.

    Where the time is part of the key the batch's own days are all. Where every id, stored and new,
    is its sequence, the days whose sequences reach into the batch's. Else all days: a conflict of
    one id at two times may be anywhere.
    """
    dataset, frame = batch.dataset, batch.good
    if frame.is_empty():
        return frame.drop(ROW)
    days = _candidates(tables, batch)
    if not days:
        return frame.head(0).drop(ROW)
    if _looks_stored(batch, days):
        found = _in_its_time(tables, batch)
        if same_rows(batch, found):
            return found
    held = sum(day.rows for day in days.values())
    if lookup_columns(dataset) and not timescale and len(frame) * _MANY < held:
        names = [one.name for one in partitions_of(dataset, days)] + [f"{dataset.name}_default"]
        return tables.looked_up(dataset, frame, tables.existing(dataset, names))
    return tables.with_keys_of(dataset, frame, _stretches(days))


def _in_its_time(tables: InstrumentTables, batch: Batch) -> pl.DataFrame:
    """The stored rows of the batch's stretch of time."""
    dataset = batch.dataset
    times = batch.good[dataset.time_column]
    between = f"t.{identifier(dataset.time_column)} BETWEEN %s AND %s"
    names = dataset.arrow_schema.names
    return pl.DataFrame(tables.fetch(dataset, names, between, [times.min(), times.max()]))


def same_rows(batch: Batch, stored: pl.DataFrame) -> bool:
    """True if the batch is these rows and no others, to the last value: it came a second time."""
    if len(stored) != len(batch) or not batch.unique:
        return False
    return in_order(batch.dataset, stored).equals(pl.DataFrame(batch.rows))


def _looks_stored(batch: Batch, days: dict[date, DayCoverage]) -> bool:
    """True if about as many rows are stored in the batch's stretch of time as it has, if days are
    even.
    """
    added = list(batch.coverage.values())
    first, last = min(day.first_us for day in added), max(day.last_us for day in added)
    likely = 0.0
    for day in days.values():
        shared = min(last, day.last_us) - max(first, day.first_us)
        if shared >= 0:
            likely += day.rows * (shared + 1) / (day.last_us - day.first_us + 1)
    return len(batch) / 2 <= likely <= 2 * len(batch)


def _candidates(tables: InstrumentTables, batch: Batch) -> dict[date, DayCoverage]:
    """The coverage of the days on which a key of the batch may be stored."""
    dataset = batch.dataset
    if dataset.time_column in dataset.key:
        return tables.coverage(dataset, "day = ANY(%s)", [list(batch.coverage)])
    if has_sequence(dataset) and not batch.irregular and batch.sequences is not None:
        first, last = batch.sequences
        return tables.coverage(dataset, _SEQUENCES_REACH, [last, first])
    if has_key_ranges(dataset):
        key = batch.good[dataset.key[0]]
        return tables.coverage(dataset, _KEYS_REACH, [key.max(), key.min()])
    return tables.coverage(dataset)


def _stretches(days: Iterable[date]) -> list[Window]:
    """Windows that together are the days: neighbours in one."""
    runs = groupby(enumerate(sorted(days)), key=lambda pair: pair[1].toordinal() - pair[0])
    whole = [[day for _, day in run] for _, run in runs]
    return [Window.of_days(run[0], run[-1]) for run in whole]
