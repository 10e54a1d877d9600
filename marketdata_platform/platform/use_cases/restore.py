"""Restore into the platform's store: raw days from the archive, derived ones from there or made
again, and compared.

Belongs here: which of both, and the comparison. Does not: putting rows back (workflows.restore).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from marketdata_platform.core.datasets import DERIVED, RAW, dataset_named
from marketdata_platform.core.errors import ArchiveMismatch
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.workflows.archiving.ledgers import restore_ledgers
from marketdata_platform.workflows.archiving.restore import Progress, Put, RestoredDay, archived
from marketdata_platform.workflows.archiving.restore import restore as restore_days
from marketdata_platform.workflows.ports import Partition

Derived = Literal["auto", "rebuild", "archive", "none"]


@dataclass(slots=True)
class RestoreResult:
    """What a restore did. `unequal`: derived days that were made again and differ from the archived
    ones, and how.
    """

    days: list[RestoredDay] = field(default_factory=list)
    rebuilt: int = 0  # derived dataset-days that were made again and equal the archived ones
    unequal: dict[Partition, str] = field(default_factory=dict)

    def of(self, outcome: Put) -> list[RestoredDay]:
        """The days with this outcome."""
        return [day for day in self.days if day.outcome is outcome]


def restore(
    platform: Platform,
    *,
    instrument: Instrument | None = None,
    days: Collection[date] | None = None,
    datasets: Collection[str] | None = None,
    derived: Derived = "auto",
    progress: Progress | None = None,
    deriving: Callable[[Instrument, date], None] | None = None,
) -> RestoreResult:
    """Put what the archive holds (of an instrument, of days, of datasets; none given: everything)
    into the store.

    Derived datasets are made again from the trades (`rebuild`), which also makes their checkpoints,
    or taken from the archive. `auto` rebuilds where whole instruments are restored: a part of a
    series has not all that its bars depend on. The bookkeeping that derived rows depend on (what
    sources vouch for, known gaps) comes back with whole instruments, once all their raw days have.
    Rebuilt days are compared with the archived ones by their digest.

    Raises:
        UnknownDataset: a dataset that there is not.
        ArchiveUnavailable: the archive does not answer; run the same again, it goes on where it
            was.
    """
    wanted = {dataset_named(name).name for name in datasets} if datasets is not None else None
    if derived == "auto":
        derived = "rebuild" if days is None and wanted is None else "archive"
    names = {d.name for d in RAW} | ({d.name for d in DERIVED} if derived == "archive" else set())
    chosen = (
        names
        if wanted is None
        else wanted & names
        if derived != "none"
        else wanted & {d.name for d in RAW}
    )
    result = RestoreResult()
    with platform.store.session():
        partitions = archived(platform.archive, datasets=chosen, instrument=instrument, days=days)
        result.days = list(
            restore_days(platform.store, platform.archive, partitions, progress=progress)
        )
        touched = sorted(
            {day.partition.instrument for day in result.days if day.partition.dataset == "trades"}
        )
        if days is None and wanted is None and not (result.of(Put.FAILED) or result.of(Put.FROZEN)):
            # Only with every raw day: what the bookkeeping vouches for has to be there.
            for one in touched:
                restore_ledgers(platform.store, platform.archive, one)
        if derived == "rebuild":
            for one in touched:
                _rebuild(platform, one, result, deriving)
    return result


def _rebuild(
    platform: Platform,
    instrument: Instrument,
    result: RestoreResult,
    deriving: Callable[[Instrument, date], None] | None,
) -> None:
    days = sorted(c.day for c in platform.store.coverage("trades", instrument) if c.rows)
    platform.derive(
        instrument, days, progress=(lambda day: deriving(instrument, day)) if deriving else None
    )
    for dataset in DERIVED:
        made = {c.day: c for c in platform.store.coverage(dataset.name, instrument) if c.rows}
        for partition in platform.archive.partitions(dataset.name, instrument):
            try:
                manifest = platform.archive.manifest(dataset.name, instrument, partition.day)
            except ArchiveMismatch as error:
                result.unequal[partition] = str(error)
                continue
            if manifest is None:
                continue
            ours = made.get(partition.day)
            if ours is not None and (ours.rows, ours.digest) == (
                manifest.rows,
                manifest.source_digest,
            ):
                result.rebuilt += 1
            else:
                rows = ours.rows if ours is not None else 0
                result.unequal[partition] = (
                    f"made again it has {rows} rows, the archive {manifest.rows}"
                )
