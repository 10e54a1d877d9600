"""The port of archives: where sealed days go. Adapters are in archive/, and one contract suite
holds all of them to what is said here.

Belongs here: the verbs, their promises, and the values that go over them. Does not: files, objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

import pyarrow as pa

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one archived day is: written after the data file, and the only thing that makes it
    visible.
    """

    dataset: str
    instrument: str
    day: str  # YYYY-MM-DD
    file: str  # name beside the manifest
    rows: int
    bytes: int
    sha256: str
    schema_version: str
    first_time: str | None  # ISO 8601
    last_time: str | None
    first_key: str | None  # first and last key in the dataset's order, columns joined by "|"
    last_key: str | None
    source_digest: str  # the store's Coverage.digest at the time of writing
    hour: int | None = None  # of an open day: the UTC hour that it holds


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """One place in an archive: a dataset's UTC day of one instrument, or one hour of a day that is
    still open.
    """

    dataset: str
    instrument: Instrument
    day: date
    hour: int | None = None

    def __str__(self) -> str:
        hour = "" if self.hour is None else f"T{self.hour:02d}"
        return f"{self.dataset} {self.instrument} {self.day.isoformat()}{hour}"

    @property
    def window(self) -> Window:
        """The time that its rows are of."""
        day = Window.of_day(self.day)
        if self.hour is None:
            return day
        start = day.start + timedelta(hours=self.hour)
        return Window(start, start + timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something in an archive that no manifest names: a dead writer's, or what a newer export took
    the place of.
    """

    path: str
    kind: str  # draft | superseded | upload (parts of an object that was never finished)
    bytes: int
    modified: datetime
    reference: str = ""  # what else the archive needs to remove it


class Archive(Protocol):
    """Where sealed days go: one Parquet file and one manifest per dataset, instrument and UTC
    day.

    Hours of a day that is still open lie apart (`hour`), so that no reader of days counts a row
    twice.
    """

    def write(
        self,
        dataset: str,
        instrument: Instrument,
        day: date,
        batches: Iterator[pa.RecordBatch],
        *,
        source_digest: str,
        check: Callable[[Iterator[pa.RecordBatch]], None] | None = None,
        hour: int | None = None,
    ) -> Manifest:
        """Write the day atomically (all or nothing is seen by readers) and return its manifest.

        `check` gets the rows as read back from what was written, before any reader can see it;
        raising stops the write.

        Raises:
            ArchiveChanged: another exporter wrote the same day meanwhile; look again at what is
                there.
            ArchiveUnavailable: the archive does not answer; nothing of this write is visible.
        """
        ...

    def finish(self, dataset: str, instrument: Instrument, day: date) -> None:
        """Complete what a writer that died after its manifest left half done; nothing to do for
        most days.
        """
        ...

    def manifest(
        self, dataset: str, instrument: Instrument, day: date, hour: int | None = None
    ) -> Manifest | None:
        """The day's manifest, or None when it was never archived."""
        ...

    def hours(self, dataset: str, instrument: Instrument, day: date) -> list[int]:
        """The hours of the day that were archived apart and are not compacted yet, ascending."""
        ...

    def open_days(
        self, dataset: str | None = None, instrument: Instrument | None = None
    ) -> Iterator[Partition]:
        """Every day of which hours lie apart, in path order."""
        ...

    def drop_hours(self, dataset: str, instrument: Instrument, day: date) -> None:
        """Remove the day's hours; call it only when the archived day holds their rows."""
        ...

    def manifests(
        self, dataset: str | None = None, instrument: Instrument | None = None
    ) -> Iterator[Manifest]:
        """Every manifest, in path order."""
        ...

    def partitions(
        self, dataset: str | None = None, instrument: Instrument | None = None
    ) -> Iterator[Partition]:
        """Every day of which anything is there, data or manifest, in path order."""
        ...

    def strays(
        self, dataset: str | None = None, instrument: Instrument | None = None
    ) -> Iterator[str]:
        """Paths of files that no archive wrote there: a reader that globs might take them for
        data.
        """
        ...

    def ledger(self, dataset: str, instrument: Instrument) -> pa.Table | None:
        """The archived copy of an instrument's bookkeeping (`imports`, `gaps`), None when there is
        none.

        Raises:
            ArchiveMismatch: it cannot be read.
        """
        ...

    def write_ledger(self, dataset: str, instrument: Instrument, rows: pa.Table) -> None:
        """Put `rows` in place of that copy, atomically."""
        ...

    def thaw(self, dataset: str, instrument: Instrument, day: date, *, days: int) -> bool:
        """Ask for a day in cold storage to be readable for `days` days, some hours from now; False:
        it is readable.
        """
        ...

    def leftovers(self) -> Iterator[Leftover]:
        """What dead writers left, and what was superseded: it costs space and no reader needs
        it.
        """
        ...

    def remove(self, leftover: Leftover) -> None:
        """Remove a leftover, unless a manifest has come to name it."""
        ...

    def read(
        self, dataset: str, instrument: Instrument, day: date, hour: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The archived rows, in the dataset's order.

        Raises:
            ArchiveMismatch: when the file is missing or its bytes are not those of the manifest.
        """
        ...
