"""Restore: raw days from the archive, derived ones from there or made again, and compared.

Belongs here: which of both, and the comparison. Does not: putting one day back (restore_days).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from marketdata_platform.core.datasets import DERIVED, RAW, dataset_named
from marketdata_platform.core.errors import ArchiveMismatch
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.archiving.ledgers import restore_ledgers
from marketdata_platform.workflows.archiving.restore_days import (
    Progress,
    Put,
    RestoredDay,
    archived,
    restore_days,
)
from marketdata_platform.workflows.archiving.retain import Derivations
from marketdata_platform.workflows.deriving.derive import derive
from marketdata_platform.workflows.ports import Archive, Coverage, Manifest, Partition, Store

Derived = Literal["auto", "rebuild", "archive", "none"]
Deriving = Callable[[Instrument, date], None]

_RAW = frozenset(dataset.name for dataset in RAW)
_DERIVED = frozenset(dataset.name for dataset in DERIVED)


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

    @property
    def whole(self) -> bool:
        """True if no archived day had to be left out."""
        return not self.of(Put.FAILED) and not self.of(Put.FROZEN)

    @property
    def traded(self) -> list[Instrument]:
        """The instruments of which days of trades were looked at, sorted."""
        places = (day.partition for day in self.days)
        return sorted({place.instrument for place in places if place.dataset == "trades"})


def restore(
    store: Store,
    archive: Archive,
    *,
    derivations: Derivations,
    instrument: Instrument | None = None,
    days: Collection[date] | None = None,
    datasets: Collection[str] | None = None,
    derived: Derived = "auto",
    progress: Progress | None = None,
    deriving: Deriving | None = None,
) -> RestoreResult:
    """Put what the archive holds (of an instrument, of days, of datasets; none given: everything)
    into the store.

    Derived datasets are made again from the trades (`rebuild`), which also makes their checkpoints,
    or taken from the archive. `auto` rebuilds where whole instruments are restored: a part of a
    series has not all that its bars depend on. The bookkeeping that derived rows depend on (what
    sources vouch for, known gaps) comes back with whole instruments, once all their raw days have.
    Rebuilt days are compared with the archived ones by their digest.

    Args:
        store: where to.
        archive: where from.
        derivations: what an instrument's derived datasets are made with.
        instrument: None: all that are archived.
        days: UTC days; None: all.
        datasets: names; None: all.
        derived: what becomes of derived datasets.
        progress: called for each archived day.
        deriving: called for each day that was derived again.

    Raises:
        UnknownDataset: a dataset that there is not.
        ArchiveUnavailable: the archive does not answer; run the same again, it goes on where it
            was.
    """
    whole_instruments = days is None and datasets is None
    if derived == "auto":
        derived = "rebuild" if whole_instruments else "archive"
    chosen = _taken_from_archive(datasets, derived)
    with store.session():
        partitions = archived(archive, datasets=chosen, instrument=instrument, days=days)
        done = restore_days(store, archive, partitions, progress=progress)
        result = RestoreResult(days=list(done))
        # Only with every raw day: what the bookkeeping vouches for has to be there.
        for one in result.traded if whole_instruments and result.whole else ():
            restore_ledgers(store, archive, one)
        for one in result.traded if derived == "rebuild" else ():
            _derive_again(store, one, derivations, deriving)
            _compare(store, archive, one, result)
    return result


def _taken_from_archive(wanted: Collection[str] | None, derived: Derived) -> set[str]:
    """The datasets whose archived rows are taken, of those that are wanted (None: all)."""
    names = set(_RAW | _DERIVED) if derived == "archive" else set(_RAW)
    return names if wanted is None else names & {dataset_named(name).name for name in wanted}


def _derive_again(
    store: Store, instrument: Instrument, derivations: Derivations, deriving: Deriving | None
) -> None:
    def report(day: date) -> None:
        if deriving is not None:
            deriving(instrument, day)

    days = sorted(day.day for day in store.coverage("trades", instrument) if day.rows)
    derive(store, instrument, derivations(instrument), days, progress=report)


def _compare(store: Store, archive: Archive, instrument: Instrument, result: RestoreResult) -> None:
    """Hold the derived days that were made again against the archived ones."""
    for dataset in (one.name for one in DERIVED):
        made = {day.day: day for day in store.coverage(dataset, instrument) if day.rows}
        for partition in archive.partitions(dataset, instrument):
            try:
                manifest = archive.manifest(dataset, instrument, partition.day)
            except ArchiveMismatch as error:
                result.unequal[partition] = str(error)
                continue
            if manifest is None:
                continue
            difference = _difference(made.get(partition.day), manifest)
            if difference:
                result.unequal[partition] = difference
            else:
                result.rebuilt += 1


def _difference(made: Coverage | None, manifest: Manifest) -> str:
    """How a day that was made again differs from the archived one; empty: it is equal."""
    if made is not None and (made.rows, made.digest) == (manifest.rows, manifest.source_digest):
        return ""
    rows = 0 if made is None else made.rows
    return f"made again it has {rows} rows, the archive {manifest.rows}"
