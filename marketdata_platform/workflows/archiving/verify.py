"""Re-read all that is archived and compare it with its manifests and with the store.

Belongs here: the verdict on each archived day. Does not: repair (archive a day again:
days).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date

from marketdata_platform.core.datasets import DATASETS, Tier, dataset_named
from marketdata_platform.core.errors import ArchiveFrozen, ArchiveMismatch, InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.bookkeeping.day_stats import DayFacts, schema_version
from marketdata_platform.workflows.bookkeeping.row_streams import first_difference
from marketdata_platform.workflows.ports import Archive, Coverage, Manifest, Partition, Store

NOT_ARCHIVED = "not archived"
FROZEN = "in cold storage"


@dataclass(frozen=True, slots=True)
class Verified:
    """The verdict on one day. A stray file has no instrument and day; its path is in `problem`."""

    dataset: str
    instrument: Instrument | None
    day: date | None
    ok: bool
    problem: str | None
    rows: int

    @property
    def failed(self) -> bool:
        """True if something is wrong; a day that is not archived yet, or in cold storage, is
        neither ok nor failed.
        """
        return not self.ok and self.problem not in (NOT_ARCHIVED, FROZEN)


def verify(
    store: Store,
    archive: Archive,
    dataset: str | None = None,
    instrument: Instrument | None = None,
    days: Collection[date] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Verified]:
    """Check every archived day that the filters leave (none: all), in path order, in bounded
    memory.

    A day is ok when its file has the manifest's bytes and sha256, its rows have the manifest's
    count, bounds, keys and schema, and, where the store still has rows of that day, each value
    equals the store's. After the archived days come stray files (only when `days` is not given),
    then days that the store has and the archive has not. `progress(done, total)` is called after
    each day, archived or not.
    """
    chosen = set(days) if days is not None else None
    partitions = [
        p for p in archive.partitions(dataset, instrument) if chosen is None or p.day in chosen
    ]
    stored = _stored(store, dataset, instrument, chosen)
    missing = sorted(stored.keys() - set(partitions))
    total = len(partitions) + len(missing)
    verdicts = []
    for partition in partitions:
        try:
            verdicts.append(verified_day(store, archive, partition, stored.get(partition)))
        except ArchiveFrozen:
            verdicts.append(Verified(*_place(partition), False, FROZEN, 0))
        if progress:
            progress(len(verdicts), total)
    if chosen is None:
        verdicts.extend(_strays(archive, dataset, instrument))
    verdicts.extend(
        Verified(p.dataset, p.instrument, p.day, False, NOT_ARCHIVED, stored[p].rows)
        for p in missing
    )
    if progress:
        progress(total, total)
    return verdicts


def _stored(
    store: Store, dataset: str | None, instrument: Instrument | None, days: set[date] | None
) -> dict[Partition, Coverage]:
    records = [dataset_named(dataset)] if dataset else list(DATASETS.values())
    return {
        Partition(record.name, coverage.instrument, coverage.day): coverage
        for record in records
        if record.tier is not Tier.META
        for coverage in store.coverage(record.name, instrument)
        if coverage.rows and (days is None or coverage.day in days)
    }


def _strays(
    archive: Archive, dataset: str | None, instrument: Instrument | None
) -> Iterator[Verified]:
    for path in archive.strays(dataset, instrument):
        problem = (
            f"stray file {path}: no archive wrote it, and a reader that globs may take it for "
            "data; move it away"
        )
        yield Verified(dataset or "", None, None, False, problem, 0)


def _place(partition: Partition) -> tuple[str, Instrument, date]:
    return partition.dataset, partition.instrument, partition.day


def verified_day(
    store: Store, archive: Archive, partition: Partition, coverage: Coverage | None
) -> Verified:
    """The verdict on one archived day; `coverage` is the store's of it, None where the store has no
    rows of it.

    Raises:
        ArchiveFrozen: it is in cold storage.
        ArchiveUnavailable: the archive does not answer.
    """
    facts = DayFacts(dataset_named(partition.dataset), partition.day)
    try:
        problem = _problem(store, archive, partition, coverage, facts)
    except (ArchiveMismatch, InvalidInput) as error:
        problem = str(error)
    return Verified(
        partition.dataset, partition.instrument, partition.day, problem is None, problem, facts.rows
    )


def _problem(
    store: Store, archive: Archive, partition: Partition, coverage: Coverage | None, facts: DayFacts
) -> str | None:
    place = (partition.dataset, partition.instrument, partition.day)
    manifest = archive.manifest(*place)
    if manifest is None:
        return (
            "a data file without a manifest: its writer died before it was verified; archive the "
            "day again"
        )
    version = schema_version(facts.dataset)
    if manifest.schema_version != version:
        return (
            f"the manifest says schema {manifest.schema_version}, {partition.dataset} is {version}"
        )
    rows = facts.over(archive.read(*place))
    difference = None
    if coverage is not None:
        stored = store.read(partition.dataset, partition.instrument, Window.of_day(partition.day))
        difference = first_difference(rows, stored, facts.dataset)
    for _ in rows:  # to the end, also past a difference: the facts need every row
        pass
    return facts.problem(manifest) or _difference(difference, manifest, coverage)


def _difference(
    difference: str | None, manifest: Manifest, coverage: Coverage | None
) -> str | None:
    if coverage is None:
        return None
    changed = manifest.source_digest != coverage.digest
    if difference:
        since = (
            "the store has changed since; archive the day again if that is right"
            if changed
            else "digests are equal"
        )
        return f"differs from the store: {difference} ({since})"
    return (
        "the rows equal the store's, but the manifest's source_digest is not the store's"
        if changed
        else None
    )
