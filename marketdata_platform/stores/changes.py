"""What a change does to the coverage of days, whatever the engine.

Belongs here: which days a change touches, and what they cover afterwards. Does not: SQL (each
engine's tables), the arithmetic of coverage (core.coverage).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import polars as pl

from marketdata_platform.core import digest
from marketdata_platform.core.coverage import DayCoverage, covered
from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.dedup import DedupResult
from marketdata_platform.core.digest import as_text
from marketdata_platform.core.window import Window, from_us

_NOTHING = DayCoverage(0, 0, 0, None, None, 0)


@dataclass(frozen=True, slots=True)
class DayEnds:
    """First and last of a day's rows, and how many are irregular; as in `DayCoverage`."""

    first_us: int
    last_us: int
    first_sequence: int | None
    last_sequence: int | None
    irregular: int


class CoveredTables(Protocol):
    """What this module asks of the tables of one instrument, inside the change's transaction."""

    def coverage_on(self, dataset: Dataset, days: Sequence[date]) -> Mapping[date, DayCoverage]:
        """The kept coverage of these days (it may have others too); a day without rows is
        absent.
        """
        ...

    def covered_days(self, dataset: Dataset, first: date, last: date) -> Iterable[date]:
        """The days from `first` to `last`, both inclusive, that are covered."""
        ...

    def ends_of_day(self, dataset: Dataset, day: date) -> DayEnds:
        """The ends of the day's rows as they stand in the table now."""
        ...

    def rows_of_day(self, dataset: Dataset, day: date) -> pl.DataFrame:
        """All columns of the day's rows, in any order."""
        ...


def coverage_after_outcome(
    tables: CoveredTables, dataset: Dataset, outcome: DedupResult
) -> dict[date, DayCoverage | None]:
    """See `coverage_after_append`: of rows that were held against stored ones."""
    added = covered(dataset, outcome.new)
    return coverage_after_append(tables, dataset, added, outcome.before, outcome.after)


def coverage_after_append(
    tables: CoveredTables,
    dataset: Dataset,
    added: Mapping[date, DayCoverage],
    before: pl.DataFrame,
    after: pl.DataFrame,
) -> dict[date, DayCoverage | None]:
    """The days whose coverage an append changed, with their new coverage; None: nothing is left.

    `added` is what the new rows cover, `before` and `after` are the stored rows that the append
    completed. A row that only its receipt dates may have moved to an earlier day.
    """
    was, now = covered(dataset, before), covered(dataset, after)
    touched = sorted({*added, *was, *now})
    held = tables.coverage_on(dataset, touched) if touched else {}
    result: dict[date, DayCoverage | None] = {}
    for day in touched:
        total = _together(held.get(day), added.get(day))
        changed: DayCoverage | None = total
        if day in was or day in now:
            moved = was.get(day, _NOTHING), now.get(day, _NOTHING)
            changed = _completed(tables, dataset, day, total, *moved)
        if changed is None or changed != held.get(day):
            result[day] = changed
    return result


def coverage_after_removal(
    tables: CoveredTables, dataset: Dataset, window: Window, rows: pl.DataFrame
) -> dict[date, DayCoverage | None]:
    """Coverage of the days of `window`, which now holds `rows` and nothing else; None: nothing is
    left.

    Days that the window holds whole are counted from `rows`; a day at its edge is read, for some of
    it may have stayed.
    """
    first, last = window.start.date(), from_us(window.end_us - 1).date()
    result: dict[date, DayCoverage | None] = dict.fromkeys(
        tables.covered_days(dataset, first, last)
    )
    result.update(covered(dataset, rows))
    for day in {first, last}:
        whole = Window.of_day(day)
        if whole.start < window.start or window.end < whole.end:
            result[day] = covered(dataset, tables.rows_of_day(dataset, day)).get(day)
    return result


def coverage_row(dataset: Dataset, day: date, held: DayCoverage) -> dict[str, Any]:
    """A day's coverage as a row of the table `coverage`, by column."""
    return {
        "dataset": dataset.name,
        "day": day,
        "rows": held.rows,
        "first_time": from_us(held.first_us),
        "last_time": from_us(held.last_us),
        "first_sequence": held.first_sequence,
        "last_sequence": held.last_sequence,
        "digest": as_text(held.digest),
        "irregular": held.irregular,
    }


def _together(held: DayCoverage | None, added: DayCoverage | None) -> DayCoverage:
    if held is None or added is None:
        return held or added or _NOTHING
    return held + added


def _completed(
    tables: CoveredTables,
    dataset: Dataset,
    day: date,
    total: DayCoverage,
    left: DayCoverage,
    came: DayCoverage,
) -> DayCoverage | None:
    """`total` after rows that cover `left` became rows that cover `came`; None: no row is left."""
    rows = total.rows - left.rows + came.rows
    if rows == 0:
        return None
    ends = tables.ends_of_day(dataset, day)  # a completed row may have moved them
    return DayCoverage(
        rows=rows,
        first_us=ends.first_us,
        last_us=ends.last_us,
        first_sequence=ends.first_sequence,
        last_sequence=ends.last_sequence,
        digest=digest.add(digest.take(total.digest, left.digest), came.digest),
        irregular=ends.irregular,
    )
