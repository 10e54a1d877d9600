"""Export one sealed day from the store to the archive, read it back, and only then let readers see
it.

Belongs here: when a day is written, left alone or refused. Does not: how files are made visible
(archive/), nor the later check of all that is archived (verify.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pyarrow as pa

from marketdata_platform.core.datasets import TRADES, Dataset, Merge, dataset_named
from marketdata_platform.core.errors import (
    ArchiveChanged,
    ArchiveFrozen,
    ArchiveMismatch,
    ArchiveWouldShrink,
)
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.archiving.ledgers import archive_ledgers
from marketdata_platform.workflows.bookkeeping.day_stats import schema_version
from marketdata_platform.workflows.bookkeeping.row_streams import first_difference, same_rows
from marketdata_platform.workflows.ports import Archive, Coverage, Manifest, Partition, Store

ATTEMPTS = 3


class ArchiveOutcome(StrEnum):
    """What `archive_day` did."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"  # the archive holds just these rows
    KEPT = "kept"  # the store has no rows of the day any more; the archive's copy stays
    NO_ROWS = "no rows"  # neither has any: no file


@dataclass(frozen=True, slots=True)
class ArchivedDay:
    """The result of one `archive_day`; `manifest` is None only where there are no rows at all."""

    partition: Partition
    outcome: ArchiveOutcome
    manifest: Manifest | None

    @property
    def skipped(self) -> bool:
        """True if nothing was written."""
        return self.outcome is not ArchiveOutcome.WRITTEN


def archive_day(
    store: Store,
    archive: Archive,
    dataset: str,
    instrument: Instrument,
    day: date,
    *,
    force: bool = False,
) -> ArchivedDay:
    """Make the archive hold the day as the store has it, verified value by value before it is
    visible.

    A day is left alone when digest, row count and schema are those of its manifest, its file has
    the bytes that the manifest says, and the columns that may change under an equal key (`Merge`
    other than payload: an earlier `ts_recv` came in; the digest does not see it) are equal, value
    by value. Else, or with `force`, it is written again.

    Raises:
        ArchiveWouldShrink: the store has fewer raw rows than the archive, whose copy may be the
            only one; `force` does it. Never raised for derived datasets, which are rebuilt from raw
            ones. No day ever replaces an archived one with nothing, not even by force.
        ArchiveMismatch: what was written differs from the store when read back (three times, should
            the store be changing under our feet); or the present manifest is unreadable and `force`
            is not given.
    """
    partition = Partition(dataset, instrument, day)
    record = dataset_named(dataset)
    for attempt in range(1, ATTEMPTS + 1):
        # Taken before the rows are read: the digest may be older than the rows, which only costs
        # one more export.
        coverage = _coverage(store, partition)
        current = _manifest(archive, partition, force)
        if coverage is None:
            outcome = ArchiveOutcome.KEPT if current else ArchiveOutcome.NO_ROWS
            return ArchivedDay(partition, outcome, current)
        if not force:
            if current and _unchanged(store, archive, record, partition, coverage, current):
                archive.finish(dataset, instrument, day)
                _ledgers(store, archive, partition)
                return ArchivedDay(partition, ArchiveOutcome.UNCHANGED, current)
            _refuse_to_shrink(record, partition, coverage, current)
        try:
            current = _write(store, archive, record, partition, coverage.digest)
            break
        except (ArchiveMismatch, ArchiveChanged):
            if attempt == ATTEMPTS:
                raise
    _ledgers(store, archive, partition)
    return ArchivedDay(partition, ArchiveOutcome.WRITTEN, current)


def _ledgers(store: Store, archive: Archive, partition: Partition) -> None:
    """Trades go with the bookkeeping that says where they are whole: what is derived from them
    depends on it.
    """
    if partition.dataset == TRADES.name:
        archive_ledgers(store, archive, partition.instrument)


def is_archived(store: Store, archive: Archive, dataset: str, coverage: Coverage) -> bool:
    """True if the archive holds the day that `coverage` speaks of as the store has it; nothing is
    written.
    """
    partition = Partition(dataset, coverage.instrument, coverage.day)
    try:
        current = archive.manifest(dataset, coverage.instrument, coverage.day)
    except ArchiveMismatch:
        return False
    return current is not None and _unchanged(
        store, archive, dataset_named(dataset), partition, coverage, current
    )


def _write(
    store: Store, archive: Archive, dataset: Dataset, partition: Partition, digest: str
) -> Manifest:
    def stored() -> Iterator[pa.RecordBatch]:
        return store.read(dataset.name, partition.instrument, Window.of_day(partition.day))

    def check(rows: Iterator[pa.RecordBatch]) -> None:
        difference = first_difference(rows, stored(), dataset)
        if difference:
            raise ArchiveMismatch(f"{partition} as written differs from the store: {difference}")

    place = (dataset.name, partition.instrument, partition.day)
    return archive.write(*place, stored(), source_digest=digest, check=check)


def _unchanged(
    store: Store,
    archive: Archive,
    dataset: Dataset,
    partition: Partition,
    coverage: Coverage,
    manifest: Manifest,
) -> bool:
    promised = (manifest.source_digest, manifest.rows, manifest.schema_version)
    if promised != (coverage.digest, coverage.rows, schema_version(dataset)):
        return False
    changeable = [column.name for column in dataset.columns if column.merge is not Merge.PAYLOAD]
    archived = archive.read(dataset.name, partition.instrument, partition.day)
    try:
        if not changeable:
            return next(archived, None) is not None
        stored = store.read(
            dataset.name, partition.instrument, Window.of_day(partition.day), columns=changeable
        )
        return same_rows((batch.select(changeable) for batch in archived), stored)
    except ArchiveFrozen:
        # Cold storage: its bytes were verified before its manifest, which says the same rows.
        return True
    except ArchiveMismatch:
        return False  # missing or damaged: written again


def _refuse_to_shrink(
    dataset: Dataset, partition: Partition, coverage: Coverage, current: Manifest | None
) -> None:
    if current and not dataset.derived and coverage.rows < current.rows:
        raise ArchiveWouldShrink(
            f"{partition}: the store has {coverage.rows} rows, the archive {current.rows}: rows "
            "were dropped or lost "
            "in the store, and the archive may hold their only copy. Restore the day, or export "
            "with force to lose them"
        )


def _coverage(store: Store, partition: Partition) -> Coverage | None:
    for coverage in store.coverage(partition.dataset, partition.instrument):
        if coverage.day == partition.day and coverage.rows:
            return coverage
    return None


def _manifest(archive: Archive, partition: Partition, force: bool) -> Manifest | None:
    try:
        return archive.manifest(partition.dataset, partition.instrument, partition.day)
    except ArchiveMismatch:
        if force:
            return None
        raise
