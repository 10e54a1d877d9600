"""The verbs of `Archive` that are the same wherever the files lie.

Belongs here: from a dataset, instrument and day to a partition, and what is found by going over
folders. Does not: files (folder), objects (object_store).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date
from pathlib import PurePosixPath

import pyarrow as pa

from marketdata_platform.archive.days import Check, open_days_in
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.ports import Manifest, Partition

Folders = Iterator[tuple[PurePosixPath, list[str]]]
"""Folders that hold files, relative to the archive and in path order, with the names of the
files.
"""


class ArchiveVerbs(ABC):
    """`write`, `manifest`, `manifests` and `open_days` over what an archive does."""

    @abstractmethod
    def partitions(
        self, dataset: str | None = None, instrument: Instrument | None = None
    ) -> Iterator[Partition]:
        """See `Archive.partitions`."""

    @abstractmethod
    def _write(
        self,
        partition: Partition,
        batches: Iterator[pa.RecordBatch],
        source_digest: str,
        check: Check | None,
    ) -> Manifest:
        """See `Archive.write`."""

    @abstractmethod
    def _manifest(self, partition: Partition) -> Manifest | None:
        """See `Archive.manifest`."""

    @abstractmethod
    def _folders(
        self, dataset: str | None, instrument: Instrument | None, *, hours: bool = False
    ) -> Folders:
        """Every folder of days, or of hours, of the dataset and instrument (None: of all)."""

    def write(
        self,
        dataset: str,
        instrument: Instrument,
        day: date,
        batches: Iterator[pa.RecordBatch],
        *,
        source_digest: str,
        check: Check | None = None,
        hour: int | None = None,
    ) -> Manifest:
        """See `Archive.write`; memory is bounded.

        Raises:
            InvalidInput: there are no rows, or they are not of this dataset and day, or out of
                order.
            ArchiveMismatch: what was written reads back differently.
        """
        return self._write(Partition(dataset, instrument, day, hour), batches, source_digest, check)

    def manifest(
        self, dataset: str, instrument: Instrument, day: date, hour: int | None = None
    ) -> Manifest | None:
        """See `Archive.manifest`.

        Raises:
            ArchiveMismatch: there is one that cannot be read, or that speaks of another day.
        """
        return self._manifest(Partition(dataset, instrument, day, hour))

    def manifests(
        self, dataset: str | None = None, instrument: Instrument | None = None
    ) -> Iterator[Manifest]:
        """See `Archive.manifests`; raises like `manifest`."""
        for partition in self.partitions(dataset, instrument):
            manifest = self._manifest(partition)
            if manifest is not None:
                yield manifest

    def open_days(
        self, dataset: str | None = None, instrument: Instrument | None = None
    ) -> Iterator[Partition]:
        """See `Archive.open_days`."""
        yield from open_days_in(self._folders(dataset, instrument, hours=True))
