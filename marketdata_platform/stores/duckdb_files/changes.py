"""Which stored rows of a pair's file a batch must be held against.

Belongs here: reading no more of the file than the change needs. Does not: the rules (core.dedup),
coverage (stores.changes).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.coverage import DayCoverage
from marketdata_platform.core.datasets import Dataset, Tier
from marketdata_platform.core.datasets.ddl.duckdb import identifier
from marketdata_platform.core.datasets.ordering import has_sequence
from marketdata_platform.core.dedup import ROW, DedupResult, deduplicate
from marketdata_platform.core.window import Window
from marketdata_platform.stores.duckdb_files.conditions import within
from marketdata_platform.stores.duckdb_files.tables import PairTables

_RANGED = (pl.Int64, pl.Date, pl.Datetime("us", "UTC"))

_DAY = timedelta(days=1)


def stored_rows(tables: PairTables, batch: Batch) -> pl.DataFrame:
    """The stored rows with any key of `batch`.

    They are looked for where they can be. Where every id, stored and new, is a number and equals
    its sequence (the coverage knows), a range of sequences holds them all, and zone maps skip the
    rest of the file. Parts of a key that are numbers or times bound themselves. Text ids of trades
    bound nothing: a time range would miss the conflict of one id at two times. Ids of books and
    instruments may begin anew (a venue restarts its count): one that comes again more than a day
    later is another event, and rows so far away need not be read.
    """
    dataset, frame = batch.dataset, batch.good
    if frame.is_empty():
        return frame.drop(ROW)
    if batch.sequences is not None and sequence_tells_id(tables, dataset, batch.irregular):
        return _by_sequence(tables, batch, *batch.sequences)
    where, parameters = _bounds(frame, [n for n in dataset.key if frame.schema[n] in _RANGED])
    if not where and dataset.tier is Tier.RAW and not has_sequence(dataset):
        where, parameters = within(dataset, _day_around(dataset, frame))
    return tables.with_keys_of(dataset, frame, where, parameters)


def _day_around(dataset: Dataset, frame: pl.DataFrame) -> Window:
    """The batch's stretch of time with a day before and after it."""
    times = frame[dataset.time_column]
    first, last = times.min(), times.max()
    assert isinstance(first, datetime) and isinstance(last, datetime)
    return Window(first - _DAY, last + _DAY)


def held_against(batch: Batch, stored: pl.DataFrame) -> DedupResult:
    """`deduplicate` of a batch against `stored`, all stored rows with any of its keys.

    Of a batch without repeated keys most rows are usually new, and then nothing about them needs
    comparing.
    """
    dataset, good = batch.dataset, batch.good
    if not batch.unique or 2 * len(stored) > len(good):
        return deduplicate(dataset, good, stored)
    by = list(dataset.key)
    if batch.sequences is not None and not batch.irregular:
        by = ["sequence"]
    keys = stored.select(by)
    known = good.join(keys, on=by, how="semi", maintain_order="left")
    fresh = good.join(keys, on=by, how="anti", maintain_order="left").drop(ROW)
    outcome = deduplicate(dataset, known, stored)
    return replace(outcome, new=pl.concat([fresh, outcome.new]))


def sequence_tells_id(tables: PairTables, dataset: Dataset, irregular: int) -> bool:
    """True if every id is its sequence as text: of what is stored, and of new rows of which
    `irregular` are not so. Then rows are found by a range of numbers.
    """
    if not has_sequence(dataset) or irregular:
        return False
    return not any(day.irregular for day in tables.writers_coverage(dataset).values())


def _by_sequence(tables: PairTables, batch: Batch, first: int, last: int) -> pl.DataFrame:
    """Stored rows with a sequence of the batch, whose sequences are `first` to `last`: looked for
    only where both have any.
    """
    covered = tables.writers_coverage(batch.dataset).values()
    days = [day for day in covered if _overlaps(day, first, last)]
    if not days:
        return batch.good.head(0).drop(ROW)
    lowest = [day.first_sequence for day in days if day.first_sequence is not None]
    highest = [day.last_sequence for day in days if day.last_sequence is not None]
    first = max(first, min(lowest, default=first))
    last = min(last, max(highest, default=last))
    rows = batch.good.filter(pl.col("sequence").is_between(first, last))
    between = 't."sequence" BETWEEN ? AND ?'
    return tables.with_keys_of(batch.dataset, rows, between, [first, last], by="sequence")


def _overlaps(day: DayCoverage, first: int, last: int) -> bool:
    if day.first_sequence is None or day.last_sequence is None:
        return True
    return day.first_sequence <= last and first <= day.last_sequence


def _bounds(batch: pl.DataFrame, names: list[str]) -> tuple[str, list[Any]]:
    """The condition that these columns are between the batch's least and greatest values."""
    conditions: list[str] = []
    parameters: list[Any] = []
    for name in names:
        conditions.append(f"t.{identifier(name)} BETWEEN ? AND ?")
        parameters += [batch[name].min(), batch[name].max()]
    return " AND ".join(conditions), parameters
