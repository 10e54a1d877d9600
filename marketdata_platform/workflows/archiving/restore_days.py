"""Put archived days back into a store: each file proved by its sha256, each row by its key.

Belongs here: what of a day is put back, what is left alone. Does not: which days, and derived
datasets that are made again (restore).

A day that the store holds already, by count and digest, is not fetched: so a restore that was cut
goes on where it was. Raw rows are appended, and so neither double nor replace what the store has;
where it has the key with another payload, its own row stays and the archived one goes to
quarantine. A derived day is taken only where the store has none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import pyarrow as pa

from marketdata_platform.core.datasets import DATASETS, Tier, dataset_named
from marketdata_platform.core.errors import ArchiveFrozen, ArchiveMismatch
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.bookkeeping.day_stats import schema_version
from marketdata_platform.workflows.bookkeeping.row_streams import rechunked
from marketdata_platform.workflows.ports import (
    Appended,
    Archive,
    Coverage,
    Manifest,
    Partition,
    Store,
)

APPENDED_ROWS = 262_144


class Put(StrEnum):
    """What became of an archived day."""

    RESTORED = "restored"
    PRESENT = "present"  # the store has just these rows, or a derived day of its own
    FROZEN = "frozen"  # in cold storage: thaw it, and restore again
    FAILED = "failed"  # the archive's bytes are not its manifest's: nothing of it was taken


@dataclass(frozen=True, slots=True)
class RestoredDay:
    """The result for one archived day or hour."""

    partition: Partition
    outcome: Put
    rows: int = 0
    appended: Appended = field(default_factory=Appended)
    problem: str = ""


Progress = Callable[[int, int, Partition], None]


def archived(
    archive: Archive,
    *,
    datasets: Collection[str] | None = None,
    instrument: Instrument | None = None,
    days: Collection[date] | None = None,
) -> list[Partition]:
    """What the filters leave (None: all) of the archived days, raw datasets first; then hours of
    days that are open.
    """
    wanted = [
        d
        for d in DATASETS.values()
        if d.tier is not Tier.META and (datasets is None or d.name in datasets)
    ]
    found: list[Partition] = []
    for dataset in sorted(wanted, key=lambda one: (one.derived, one.name)):
        name = dataset.name
        sealed = _of_days(archive.partitions(name, instrument), days)
        found += sealed
        for day in _of_days(archive.open_days(name, instrument), days):
            if day not in set(sealed):
                hours = archive.hours(name, day.instrument, day.day)
                found += [Partition(name, day.instrument, day.day, hour) for hour in hours]
    return found


def _of_days(partitions: Iterable[Partition], days: Collection[date] | None) -> list[Partition]:
    return [one for one in partitions if days is None or one.day in days]


def restore_days(
    store: Store,
    archive: Archive,
    partitions: Iterable[Partition],
    *,
    progress: Progress | None = None,
) -> Iterator[RestoredDay]:
    """Put these archived days into the store, in this order; `progress(done, total, the next)`
    before each.

    Raises:
        ArchiveUnavailable: the archive does not answer; what was restored stays, run the same
            again.
    """
    wanted = list(partitions)
    coverages: dict[tuple[str, Instrument], dict[date, Coverage]] = {}
    for number, partition in enumerate(wanted):
        if progress:
            progress(number, len(wanted), partition)
        place = (partition.dataset, partition.instrument)
        if place not in coverages:
            coverages[place] = {c.day: c for c in store.coverage(*place) if c.rows}
        yield _restored(store, archive, partition, coverages[place].get(partition.day))


def _restored(
    store: Store, archive: Archive, partition: Partition, held: Coverage | None
) -> RestoredDay:
    try:
        manifest = archive.manifest(
            partition.dataset, partition.instrument, partition.day, partition.hour
        )
        if manifest is None:
            return RestoredDay(
                partition,
                Put.FAILED,
                problem="it has no manifest: its writer died; nothing vouches for it",
            )
        if _holds(held, manifest, partition):
            return RestoredDay(partition, Put.PRESENT, manifest.rows)
        if manifest.schema_version != schema_version(dataset_named(partition.dataset)):
            return RestoredDay(
                partition,
                Put.FAILED,
                problem=f"it is of another schema ({manifest.schema_version})",
            )
        return _put(store, archive, partition)
    except ArchiveFrozen as error:
        return RestoredDay(partition, Put.FROZEN, problem=str(error))
    except ArchiveMismatch as error:
        return RestoredDay(partition, Put.FAILED, problem=str(error))


def _holds(held: Coverage | None, manifest: Manifest, partition: Partition) -> bool:
    if held is None:
        return False
    if dataset_named(partition.dataset).derived:
        return True
    return partition.hour is None and (held.rows, held.digest) == (
        manifest.rows,
        manifest.source_digest,
    )


def _put(store: Store, archive: Archive, partition: Partition) -> RestoredDay:
    dataset = dataset_named(partition.dataset)
    batches = archive.read(partition.dataset, partition.instrument, partition.day, partition.hour)
    if dataset.derived:
        rows = pa.Table.from_batches(batches, schema=dataset.arrow_schema)
        written = store.replace(dataset.name, partition.instrument, partition.window, rows)
        return RestoredDay(partition, Put.RESTORED, written, Appended(inserted=written))
    done = Appended()
    at = 0
    for table in rechunked(batches, APPENDED_ROWS):
        positions = range(at, at + table.num_rows)
        done += store.append(
            dataset.name,
            partition.instrument,
            table,
            source=f"archive {partition}",
            positions=positions,
        )
        at += table.num_rows
    return RestoredDay(partition, Put.RESTORED, at, done)
