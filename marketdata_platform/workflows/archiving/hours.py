"""The open day, hour by hour: export what is over, and make one file of it when the day is.

Belongs here: which hours are written, and when they go. Does not: sealed days (days),
files (archive/).

Hours lie in a tree of their own, so a reader of days never counts a row twice. They go only after
the day's own file is there with all that they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl
import pyarrow as pa

from marketdata_platform.core.coverage import digest_of_rows
from marketdata_platform.core.datasets import Dataset, dataset_named
from marketdata_platform.core.datasets.ordering import in_order
from marketdata_platform.core.digest import add, as_text, digest_of, row_hashes
from marketdata_platform.core.errors import ArchiveMismatch
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.archiving.days import archive_day
from marketdata_platform.workflows.bookkeeping.row_streams import first_difference
from marketdata_platform.workflows.ports import Archive, Manifest, Partition, Store


@dataclass(frozen=True, slots=True)
class ExportedHour:
    """One hour: its manifest, and whether it was written now or was there as it is."""

    manifest: Manifest
    written: bool


@dataclass(frozen=True, slots=True)
class Compacted:
    """A day whose hours were made one file; `kept`: why they are still there."""

    partition: Partition
    hours: int
    rows: int
    kept: str = ""


def export_hours(
    store: Store,
    archive: Archive,
    dataset: str,
    instrument: Instrument,
    day: date,
    *,
    until: datetime,
) -> list[ExportedHour]:
    """Write the hours of `day` that ended by `until` and have rows that the archive has not, each
    verified by value.

    A day that has a file of its own already gets none: archive that day again instead.

    Raises:
        ArchiveUnavailable, ArchiveChanged: run it again.
        ArchiveMismatch: what was written reads back differently from the store.
    """
    if archive.manifest(dataset, instrument, day) is not None:
        return []
    there = set(archive.hours(dataset, instrument, day))
    done: list[ExportedHour] = []
    for hour in range(24):
        partition = Partition(dataset, instrument, day, hour)
        if partition.window.end > until:
            break
        exported = _export_hour(store, archive, partition, hour in there)
        if exported is not None:
            done.append(exported)
    return done


def compact_day(
    store: Store,
    archive: Archive,
    dataset: str,
    instrument: Instrument,
    day: date,
    *,
    now: datetime,
) -> Compacted:
    """Make one file of the day's hours: from the store where it has all their rows, else from the
    hours themselves.

    A day that is not over is left alone. The hours go when the day's file was read back.

    Raises:
        ArchiveUnavailable, ArchiveChanged: run it again.
        ArchiveMismatch: an hour is not what its manifest says; archive the day from the store.
    """
    partition = Partition(dataset, instrument, day)
    hours = [
        m
        for h in archive.hours(dataset, instrument, day)
        if (m := archive.manifest(dataset, instrument, day, h))
    ]
    rows = sum(manifest.rows for manifest in hours)
    if not hours or now < partition.window.end:
        return Compacted(partition, len(hours), rows, "the day is not over" if hours else "")
    current = _whole_day(store, archive, partition, hours, rows)
    if current is None or current.rows < rows:
        # Neither may be dropped: each may hold rows that the other has not.
        kept = "the day's file holds fewer rows than its hours: restore both"
        return Compacted(partition, len(hours), rows, kept)
    archive.drop_hours(dataset, instrument, day)
    return Compacted(partition, len(hours), current.rows)


def _whole_day(
    store: Store, archive: Archive, partition: Partition, hours: list[Manifest], rows: int
) -> Manifest | None:
    """The day's file, made where the store or else the hours have what it takes."""
    place = (partition.dataset, partition.instrument, partition.day)
    current = archive.manifest(*place)
    stored = (c.rows for c in store.coverage(*place[:2]) if c.day == partition.day)
    if next(stored, 0) >= rows:
        return archive_day(store, archive, *place).manifest
    return current or _from_hours(archive, partition, hours)


def _export_hour(
    store: Store, archive: Archive, partition: Partition, there: bool
) -> ExportedHour | None:
    dataset = dataset_named(partition.dataset)
    place = (partition.dataset, partition.instrument, partition.day)

    def stored() -> Iterator[pa.RecordBatch]:
        return store.read(partition.dataset, partition.instrument, partition.window)

    rows, digest = _digest(dataset, stored())
    if not rows:
        return None
    current = archive.manifest(*place, partition.hour) if there else None
    # Where the store has dropped some, the archive may have the only copy.
    if current is not None and (
        current.source_digest == digest or (not dataset.derived and current.rows > rows)
    ):
        return ExportedHour(current, written=False)

    def check(written: Iterator[pa.RecordBatch]) -> None:
        difference = first_difference(written, stored(), dataset)
        if difference:
            raise ArchiveMismatch(f"{partition} as written differs from the store: {difference}")

    manifest = archive.write(
        *place, stored(), source_digest=digest, check=check, hour=partition.hour
    )
    return ExportedHour(manifest, written=True)


def _digest(dataset: Dataset, batches: Iterator[pa.RecordBatch]) -> tuple[int, str]:
    """Rows and a digest over every column, receive times too: what the day's digest leaves out may
    change an hour.
    """
    rows, digest = 0, 0
    for batch in batches:
        low, high = row_hashes(pa.Table.from_batches([batch]), dataset.arrow_schema.names)
        rows, digest = rows + batch.num_rows, add(digest, digest_of(low, high))
    return rows, as_text(digest)


def _from_hours(archive: Archive, partition: Partition, hours: list[Manifest]) -> Manifest:
    dataset = dataset_named(partition.dataset)
    place = (partition.dataset, partition.instrument, partition.day)

    def held() -> Iterator[pa.RecordBatch]:
        for manifest in hours:
            yield from archive.read(*place, manifest.hour)

    def in_days_order() -> Iterator[pa.RecordBatch]:
        if dataset.order[0] == dataset.time_column:
            return held()  # one hour after the other is the day's order
        frame = pl.DataFrame(
            pl.from_arrow(pa.Table.from_batches(held(), schema=dataset.arrow_schema))
        )
        return iter(in_order(dataset, frame).to_arrow().cast(dataset.arrow_schema).to_batches())

    digest = 0
    for batch in held():
        digest = add(digest, digest_of_rows(dataset, pa.Table.from_batches([batch])))

    def check(written: Iterator[pa.RecordBatch]) -> None:
        difference = first_difference(written, in_days_order(), dataset)
        if difference:
            raise ArchiveMismatch(f"{partition} as compacted differs from its hours: {difference}")

    return archive.write(*place, in_days_order(), source_digest=as_text(digest), check=check)


def last_hours(now: datetime) -> list[date]:
    """The UTC days whose hours an hourly run looks at: today, and yesterday while runs may be late
    after midnight.
    """
    return sorted({(now - timedelta(hours=3)).date(), now.date()})
