"""What every store does to rows before it writes them and after it has read them, whatever its
engine.

Belongs here: shaping and validation that the port promises. Does not: SQL, files, locks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

import polars as pl
import pyarrow as pa

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.coverage import DayCoverage
from marketdata_platform.core.datasets import QUARANTINE, Dataset, Tier, dataset_named
from marketdata_platform.core.dedup import (
    ROW,
    DedupResult,
    RejectedRow,
    check,
    frame_of,
    quarantine_rows,
    repeated_keys,
)
from marketdata_platform.core.digest import as_text
from marketdata_platform.core.errors import InvalidInput, StoreChanged
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window, from_us
from marketdata_platform.workflows.ports import Addition, Appended, Coverage

Companions: TypeAlias = Sequence[tuple[Dataset, pl.DataFrame]]
"""Rows of bookkeeping that commit with others, in the order in which they are written."""


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with the number of each row in `ROW`, as `core.dedup` wants it."""
    return frame.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW))


def judged(dataset: Dataset, rows: pa.Table | Batch) -> Batch:
    """The rows as a batch of `dataset`; one that the caller has judged already is taken as it is.

    Raises:
        InvalidInput: the rows are not as the dataset says, or are judged as another dataset's.
    """
    if not isinstance(rows, Batch):
        return Batch(dataset, rows)
    if rows.dataset != dataset:
        raise InvalidInput(
            f"the rows were judged as {rows.dataset.name} and cannot be added to {dataset.name}"
        )
    return rows


def judged_additions(additions: Sequence[Addition]) -> list[tuple[Batch, Addition]]:
    """The additions with their rows judged.

    Raises:
        InvalidInput: as `judged`, and for bookkeeping.
    """
    result = []
    for one in additions:
        kind = dataset_named(one.dataset)
        if kind.tier is Tier.META:
            raise InvalidInput(
                f"{kind.name} is bookkeeping: give its rows as a companion, not as an addition"
            )
        result.append((judged(kind, one.rows), one))
    return result


def rows_of(rows: pa.Table | Batch) -> pa.Table:
    """The rows as a table, whichever they are."""
    return rows.rows if isinstance(rows, Batch) else rows


def inside(dataset: Dataset, window: Window) -> pl.Expr:
    """True if a row's time is in `window`; a date stands for its midnight."""
    time = pl.col(dataset.time_column).cast(pl.Datetime("us", "UTC"))
    return (time >= window.start) & (time < window.end)


def before(dataset: Dataset, cutoff: datetime) -> pl.Expr:
    """True if a row's time is before `cutoff`."""
    return pl.col(dataset.time_column).cast(pl.Datetime("us", "UTC")) < cutoff


def refuse_changed(
    dataset: Dataset, cutoff: datetime, known: Sequence[Coverage], held: Iterable[Coverage]
) -> None:
    """Refuse a deletion before `cutoff` of days that are not covered as `known` says.

    Raises:
        StoreChanged: rows came in since the days were looked at.
    """
    may_go = {(day.day, day.rows, day.digest) for day in known}
    for day in held:
        if day.first_time < cutoff and (day.day, day.rows, day.digest) not in may_go:
            raise StoreChanged(
                f"{dataset.name} {day.instrument} {day.day}: rows came in since it was looked at; "
                "nothing is deleted"
            )


def valid_replacement(dataset: Dataset, window: Window, rows: pa.Table) -> pl.DataFrame:
    """The rows as they may be put in place of what `window` holds.

    Raises:
        InvalidInput: a row is outside the window, breaks a constraint, or two have the same key.
    """
    if dataset.tier is Tier.META:
        raise InvalidInput(f"{dataset.name} is bookkeeping: append to it instead of replacing it")
    frame = frame_of(dataset, rows)
    good, refused = check(dataset, numbered(frame))
    if refused:
        raise InvalidInput(
            f"{dataset.name}: row {refused[0].row + 1}: {refused[0].reason} ({len(refused)} such "
            "rows)"
        )
    outside = good.filter(~inside(dataset, window))
    if len(outside):
        time = outside[dataset.time_column][0]
        raise InvalidInput(
            f"{dataset.name}: {len(outside)} rows are outside [{window.start}, {window.end}), "
            f"first {time}: "
            "replace takes rows of its window only"
        )
    if repeated_keys(dataset, frame):
        raise InvalidInput(f"{dataset.name}: two rows have the same {', '.join(dataset.key)}")
    return frame


def valid_companions(companions: Mapping[str, pa.Table] | None) -> Companions:
    """Rows of meta datasets, the last one of each key.

    Raises:
        InvalidInput: a dataset is not bookkeeping, or its rows are not as it says.
    """
    result: list[tuple[Dataset, pl.DataFrame]] = []
    for name, rows in (companions or {}).items():
        dataset = dataset_named(name)
        if dataset.tier is not Tier.META:
            raise InvalidInput(
                f"{name} cannot ride along: only bookkeeping commits with other rows"
            )
        result.append((dataset, bookkeeping(dataset, rows)))
    return result


def bookkeeping(dataset: Dataset, rows: pa.Table) -> pl.DataFrame:
    """Rows of a meta dataset, the last one of each key.

    Raises:
        InvalidInput: a row breaks a rule of the dataset.
    """
    good, refused = check(dataset, numbered(frame_of(dataset, rows)))
    if refused:
        raise InvalidInput(f"{dataset.name}: row {refused[0].row + 1}: {refused[0].reason}")
    return good.drop(ROW).unique(subset=dataset.key, keep="last", maintain_order=True)


def quarantined(
    dataset: Dataset,
    refused: Sequence[RejectedRow],
    source: str | Sequence[str],
    positions: Sequence[int] | None,
    now: datetime,
) -> pl.DataFrame:
    """Refused rows as rows of quarantine, one per key."""
    records = [
        {**row, "quarantined_at": now}
        for row in quarantine_rows(dataset, refused, source, positions)
    ]
    rows = pa.Table.from_pylist(records, schema=QUARANTINE.arrow_schema)
    return frame_of(QUARANTINE, rows).unique(
        subset=QUARANTINE.key, keep="first", maintain_order=True
    )


def selected(dataset: Dataset, frame: pl.DataFrame, columns: Sequence[str] | None) -> pa.Table:
    """`frame` in the dataset's Arrow types, all columns or these.

    Raises:
        InvalidInput: the dataset has no such column.
    """
    names = checked_columns(dataset, columns)
    schema = pa.schema([dataset.arrow_schema.field(name) for name in names])
    return frame.select(names).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(schema)


def checked_columns(dataset: Dataset, columns: Sequence[str] | None) -> list[str]:
    """The names of the columns to read: those asked for, or all.

    Raises:
        InvalidInput: the dataset has no such column.
    """
    known = [column.name for column in dataset.columns]
    unknown = [name for name in columns or () if name not in known]
    if unknown:
        raise InvalidInput(f"{dataset.name} has no columns {unknown}; it has: {', '.join(known)}")
    return known if columns is None else list(columns)


def appended(batch: Batch, outcome: DedupResult) -> Appended:
    """What became of a batch that was held against the stored rows."""
    return Appended(
        len(outcome.new), outcome.duplicates, len(outcome.conflicts), len(batch.refused)
    )


def as_coverage(instrument: Instrument, day: date, held: DayCoverage) -> Coverage:
    """The port's form of a day's coverage."""
    return Coverage(
        instrument,
        day,
        held.rows,
        from_us(held.first_us),
        from_us(held.last_us),
        held.first_sequence,
        held.last_sequence,
        as_text(held.digest),
    )
