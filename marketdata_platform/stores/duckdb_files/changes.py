"""What a change does to coverage, and which stored rows a batch must be held against.

Belongs here: reading no more of the file than the change needs. Does not: the rules (core.dedup,
core.coverage).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from marketdata_platform.core import digest
from marketdata_platform.core.batch import Batch
from marketdata_platform.core.coverage import DayCoverage, covered
from marketdata_platform.core.datasets import Dataset, Tier
from marketdata_platform.core.datasets.ddl.duckdb import identifier
from marketdata_platform.core.datasets.ordering import has_sequence
from marketdata_platform.core.dedup import ROW, Outcome, deduplicate
from marketdata_platform.core.window import Window, from_us
from marketdata_platform.stores.duckdb_files.tables import PairTables, within

_RANGED = (pl.Int64, pl.Date, pl.Datetime("us", "UTC"))

_DAY = timedelta(days=1)
_NOTHING = DayCoverage(0, 0, 0, None, None, 0)


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


def held_against(batch: Batch, stored: pl.DataFrame) -> Outcome:
    """`deduplicate` of a batch against `stored`, all stored rows with any of its keys.

    Of a batch without repeated keys most rows are usually new, and then nothing about them needs
    comparing.
    """
    dataset, good = batch.dataset, batch.good
    if not batch.unique or 2 * len(stored) > len(good):
        return deduplicate(dataset, good, stored)
    by = ["sequence"] if batch.sequences is not None and not batch.irregular else list(dataset.key)
    keys = stored.select(by)
    outcome = deduplicate(
        dataset, good.join(keys, on=by, how="semi", maintain_order="left"), stored
    )
    fresh = good.join(keys, on=by, how="anti", maintain_order="left").drop(ROW)
    return replace(outcome, new=pl.concat([fresh, outcome.new]))


def sequence_tells_id(tables: PairTables, dataset: Dataset, irregular: int) -> bool:
    """Whether every id, stored and of rows of which `irregular` are irregular, is its sequence as
    text.

    Then rows are found by a range of numbers.
    """
    if not has_sequence(dataset) or irregular:
        return False
    return not any(day.irregular for day in tables.writers_coverage(dataset).values())


def coverage_after_append(
    tables: PairTables,
    dataset: Dataset,
    added: dict[date, DayCoverage],
    before: pl.DataFrame,
    after: pl.DataFrame,
) -> dict[date, DayCoverage | None]:
    """Coverage of the days that an append touched: `added` is what the new rows cover, `before` and
    `after` are the stored rows that it completed. A row that only its receipt dates may have moved
    to an earlier day.
    """
    was, now = covered(dataset, before), covered(dataset, after)
    held = tables.writers_coverage(dataset)
    result: dict[date, DayCoverage | None] = {}
    for day in sorted({*added, *was, *now}):
        parts = [part for part in (held.get(day), added.get(day)) if part is not None]
        total = _NOTHING if not parts else parts[0] if len(parts) == 1 else parts[0] + parts[1]
        if day in was or day in now:
            left, came = was.get(day, _NOTHING), now.get(day, _NOTHING)
            rows = total.rows - left.rows + came.rows
            if rows == 0:
                result[day] = None
                continue
            corrected = digest.add(digest.take(total.digest, left.digest), came.digest)
            total = replace(
                _bounds_of_day(tables, dataset, day, total), rows=rows, digest=corrected
            )
        if total != held.get(day):
            result[day] = total
    return result


def coverage_after_removal(
    tables: PairTables, dataset: Dataset, window: Window, rows: pl.DataFrame
) -> dict[date, DayCoverage | None]:
    """Coverage of the days of `window`, which now holds `rows` and nothing else.

    Days that the window holds whole are counted from `rows`; a day at its edge is read, for some of
    it may have stayed.
    """
    result: dict[date, DayCoverage | None] = {
        day: None for day in tables.writers_coverage(dataset) if _touches(window, day)
    }
    result.update(covered(dataset, rows))
    for day in {window.start.date(), from_us(window.end_us - 1).date()}:
        whole = Window.of_day(day)
        if whole.start < window.start or window.end < whole.end:
            frame = pl.DataFrame(
                tables.fetch(dataset, [c.name for c in dataset.columns], *within(dataset, whole))
            )
            result[day] = covered(dataset, frame).get(day)
    return result


def _by_sequence(tables: PairTables, batch: Batch, first: int, last: int) -> pl.DataFrame:
    days = [
        day
        for day in tables.writers_coverage(batch.dataset).values()
        if _overlaps(day, first, last)
    ]
    if not days:
        return batch.good.head(0).drop(ROW)
    known = [day.first_sequence for day in days], [day.last_sequence for day in days]
    first = max(first, min((n for n in known[0] if n is not None), default=first))
    last = min(last, max((n for n in known[1] if n is not None), default=last))
    rows = batch.good.filter(pl.col("sequence").is_between(first, last))
    between = 't."sequence" BETWEEN ? AND ?'
    return tables.with_keys_of(batch.dataset, rows, between, [first, last], by="sequence")


def _overlaps(day: DayCoverage, first: int, last: int) -> bool:
    if day.first_sequence is None or day.last_sequence is None:
        return True
    return day.first_sequence <= last and first <= day.last_sequence


def _bounds(batch: pl.DataFrame, names: list[str]) -> tuple[str, list[Any]]:
    parameters: list[Any] = []
    for name in names:
        parameters += batch.select(pl.col(name).min(), pl.col(name).max().alias("last")).row(0)
    return " AND ".join(f"t.{identifier(name)} BETWEEN ? AND ?" for name in names), parameters


def _bounds_of_day(
    tables: PairTables, dataset: Dataset, day: date, total: DayCoverage
) -> DayCoverage:
    """`total` with times and sequences as they now stand in the table: a completed row may have
    moved them.
    """
    time = identifier(dataset.time_column)
    sequence, odd = "NULL, NULL", "0"
    if has_sequence(dataset):
        sequence = "min(sequence), max(sequence)"
        odd = f"count_if(CAST(sequence AS VARCHAR) IS DISTINCT FROM {identifier(dataset.key[0])})"
    where, parameters = within(dataset, Window.of_day(day))
    columns = f"epoch_us(min({time})), epoch_us(max({time})), {sequence}, {odd}"
    row = tables.query(dataset, columns, f"WHERE {where}", parameters)[0]
    return replace(
        total,
        first_us=row[0],
        last_us=row[1],
        first_sequence=row[2],
        last_sequence=row[3],
        irregular=row[4],
    )


def _touches(window: Window, day: date) -> bool:
    whole = Window.of_day(day)
    return whole.overlaps(window)
