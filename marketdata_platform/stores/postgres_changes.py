"""What a change does to coverage, and which stored rows a batch must be held against.

Belongs here: reading no more than the change needs. Does not: the rules (core.dedup, core.coverage).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

import polars as pl

from marketdata_platform.core import digest
from marketdata_platform.core.batch import Batch
from marketdata_platform.core.coverage import DayCoverage, covered
from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ddl import COVERAGE, identifier
from marketdata_platform.core.datasets.ordering import has_sequence
from marketdata_platform.core.dedup import ROW
from marketdata_platform.core.window import Window, from_us
from marketdata_platform.stores.postgres_tables import InstrumentTables, within

_NOTHING = DayCoverage(0, 0, 0, None, None, 0)


def stored_rows(tables: InstrumentTables, batch: Batch) -> pl.DataFrame:
    """The stored rows with any key of `batch`, looked for only on days that may hold one.

    Where the time is part of the key the batch's own days are all. Where every id, stored and new, is its sequence, the
    days whose sequences reach into the batch's. Else all days: a conflict of one id at two times may be anywhere.
    """
    dataset, frame = batch.dataset, batch.good
    if frame.is_empty():
        return frame.drop(ROW)
    days = _candidates(tables, batch)
    if not days:
        return frame.head(0).drop(ROW)
    return tables.with_keys_of(dataset, frame, _stretches(days))


def coverage_after_append(
    tables: InstrumentTables,
    dataset: Dataset,
    added: dict[date, DayCoverage],
    before: pl.DataFrame,
    after: pl.DataFrame,
) -> dict[date, DayCoverage | None]:
    """Coverage of the days that an append touched: `added` is what the new rows cover, `before` and `after` are the
    stored rows that it completed. A row that only its receipt dates may have moved to an earlier day."""
    was, now = covered(dataset, before), covered(dataset, after)
    touched = sorted({*added, *was, *now})
    held = tables.coverage(dataset, "day = ANY(%s)", [touched]) if touched else {}
    result: dict[date, DayCoverage | None] = {}
    for day in touched:
        parts = [part for part in (held.get(day), added.get(day)) if part is not None]
        total = _NOTHING if not parts else parts[0] if len(parts) == 1 else parts[0] + parts[1]
        if day in was or day in now:
            left, came = was.get(day, _NOTHING), now.get(day, _NOTHING)
            rows = total.rows - left.rows + came.rows
            if rows == 0:
                result[day] = None
                continue
            corrected = digest.add(digest.take(total.digest, left.digest), came.digest)
            total = replace(_bounds_of_day(tables, dataset, day, total), rows=rows, digest=corrected)
        if total != held.get(day):
            result[day] = total
    return result


def coverage_after_removal(
    tables: InstrumentTables, dataset: Dataset, window: Window, rows: pl.DataFrame
) -> dict[date, DayCoverage | None]:
    """Coverage of the days of `window`, which now holds `rows` and nothing else.

    Days that the window holds whole are counted from `rows`; a day at its edge is read, for some of it may have stayed.
    """
    inside = [window.start.date(), from_us(window.end_us - 1).date()]
    result: dict[date, DayCoverage | None] = dict.fromkeys(tables.coverage(dataset, "day BETWEEN %s AND %s", inside))
    result.update(covered(dataset, rows))
    for day in set(inside):
        whole = Window.of_day(day)
        if whole.start < window.start or window.end < whole.end:
            frame = pl.DataFrame(tables.fetch(dataset, [c.name for c in dataset.columns], *within(dataset, whole)))
            result[day] = covered(dataset, frame).get(day)
    return result


def _candidates(tables: InstrumentTables, batch: Batch) -> list[date]:
    dataset = batch.dataset
    if dataset.time_column in dataset.key:
        days = batch.good.select(pl.col(dataset.time_column).cast(pl.Date).unique()).to_series().to_list()
        return list(tables.coverage(dataset, "day = ANY(%s)", [days]))
    if has_sequence(dataset) and not batch.irregular and batch.sequences is not None:
        odd = "EXISTS (SELECT FROM meta.coverage o WHERE (o.venue, o.market, o.symbol, o.dataset) = "
        odd += "(t.venue, t.market, t.symbol, t.dataset) AND o.irregular > 0)"
        first, last = batch.sequences
        reaching = f"(first_sequence IS NULL OR (first_sequence <= %s AND last_sequence >= %s) OR {odd})"
        return list(tables.coverage(dataset, reaching, [last, first]))
    return [row[0] for row in tables.query(COVERAGE, "day", "AND dataset = %s", [dataset.name])]


def _stretches(days: Iterable[date]) -> list[Window]:
    """Windows that together are the days: neighbours in one."""
    runs = groupby(enumerate(sorted(days)), key=lambda pair: pair[1].toordinal() - pair[0])
    whole = [[day for _, day in run] for _, run in runs]
    return [Window.of_days(run[0], run[-1]) for run in whole]


def _bounds_of_day(tables: InstrumentTables, dataset: Dataset, day: date, total: DayCoverage) -> DayCoverage:
    """`total` with times and sequences as they now stand in the table: a completed row may have moved them."""
    time = f"t.{identifier(dataset.time_column)}"
    sequence, odd = "NULL, NULL", "0"
    if has_sequence(dataset):
        sequence = "min(sequence), max(sequence)"
        key = identifier(dataset.key[0])
        odd = f"count(*) FILTER (WHERE sequence::text IS DISTINCT FROM {key})"
    where, parameters = within(dataset, Window.of_day(day))
    micros = f"(extract(epoch FROM min({time})) * 1000000)::bigint, (extract(epoch FROM max({time})) * 1000000)::bigint"
    row: Any = tables.query(dataset, f"{micros}, {sequence}, {odd}", f"AND {where}", parameters)[0]
    return replace(
        total, first_us=row[0], last_us=row[1], first_sequence=row[2], last_sequence=row[3], irregular=row[4]
    )
