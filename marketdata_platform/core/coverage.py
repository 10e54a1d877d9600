"""What a store holds, day by day: counted from the rows that come and go, so that nobody counts the
stored ones again.

Belongs here: the arithmetic of coverage. Does not: where a store keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

import numpy as np
import polars as pl
import pyarrow as pa

from marketdata_platform.core import digest
from marketdata_platform.core.datasets import Dataset, Merge
from marketdata_platform.core.datasets.ordering import has_sequence
from marketdata_platform.core.window import EPOCH, US_PER_DAY

_EPOCH_DAY = EPOCH.date()


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """One UTC day of one dataset and instrument. Times are microseconds from the epoch, `digest` is
    below 2**128.

    `irregular` counts rows whose `sequence` is not their id as a number: where it is zero, a range
    of sequences bounds a range of ids.
    """

    rows: int
    first_us: int
    last_us: int
    first_sequence: int | None
    last_sequence: int | None
    digest: int
    irregular: int = 0

    def __add__(self, other: DayCoverage) -> DayCoverage:
        return DayCoverage(
            self.rows + other.rows,
            min(self.first_us, other.first_us),
            max(self.last_us, other.last_us),
            _least(self.first_sequence, other.first_sequence),
            _largest(self.last_sequence, other.last_sequence),
            digest.add(self.digest, other.digest),
            self.irregular + other.irregular,
        )


def digest_columns(dataset: Dataset) -> list[str]:
    """The columns that a digest speaks of: all but those that say when a row was received."""
    return [column.name for column in dataset.columns if column.merge is not Merge.EARLIEST]


def digest_of_rows(dataset: Dataset, rows: pl.DataFrame | pa.Table) -> int:
    """The digest of all `rows`."""
    names = digest_columns(dataset)
    chosen = rows.select(names)
    table = chosen if isinstance(chosen, pa.Table) else chosen.to_arrow()
    return digest.digest_of(*digest.row_hashes(table, names))


def covered(
    dataset: Dataset,
    frame: pl.DataFrame,
    *,
    table: pa.Table | None = None,
    irregular: int | None = None,
) -> dict[date, DayCoverage]:
    """Coverage of each UTC day that `frame` (the dataset's columns, any order of rows) touches.

    `table`, the same rows in Arrow, and `irregular`, their `irregular_rows`, save work where the
    caller has them.
    """
    if frame.is_empty():
        return {}
    times = _microseconds(dataset, frame)
    days = times // US_PER_DAY
    if days[0] == days[-1] and days.min() == days.max():
        odd = irregular_rows(dataset, frame) if irregular is None else irregular
        whole = digest_of_rows(dataset, frame if table is None else table)
        return {_day(days[0]): _cover(dataset, frame, times, whole, odd)}
    result: dict[date, DayCoverage] = {}
    order = np.argsort(days, kind="stable")
    starts = np.flatnonzero(np.diff(days[order], prepend=days.min() - 1))
    for rows in np.split(order, starts[1:]):
        part = frame[rows]
        odd = 0 if irregular == 0 else irregular_rows(dataset, part)
        result[_day(days[rows[0]])] = _cover(
            dataset, part, times[rows], digest_of_rows(dataset, part), odd
        )
    return result


def irregular_rows(dataset: Dataset, frame: pl.DataFrame) -> int:
    """Rows whose sequence is missing or is not their id written as a number."""
    if not has_sequence(dataset):
        return 0
    if frame["sequence"].null_count() == len(frame):
        return len(frame)
    odd = pl.col("sequence").cast(pl.String) != pl.col(dataset.key[0])
    return int(frame.select(odd.fill_null(True).sum()).item())


def _cover(
    dataset: Dataset, frame: pl.DataFrame, times: np.ndarray, hashed: int, irregular: int
) -> DayCoverage:
    first, last = None, None
    if has_sequence(dataset):
        first, last = (
            cast(int | None, frame["sequence"].min()),
            cast(int | None, frame["sequence"].max()),
        )
    return DayCoverage(
        len(frame), int(times.min()), int(times.max()), first, last, hashed, irregular
    )


def _microseconds(dataset: Dataset, frame: pl.DataFrame) -> np.ndarray:
    series = frame[dataset.time_column]
    physical = series.to_physical().to_numpy().astype(np.int64, copy=False)
    return physical * US_PER_DAY if series.dtype == pl.Date else physical


def _day(number: int) -> date:
    return _EPOCH_DAY + timedelta(days=int(number))


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _largest(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else max(one, other)
