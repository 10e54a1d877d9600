"""The archive in a local folder.

How a day becomes visible, and what a crash leaves behind:

1. Rows go to `.part-0.parquet.<random>.tmp` in the day's folder (no reader's `*.parquet` matches
   it), hashed on the way, fsynced.
2. That file is read back, hashed again, and handed to the caller's `check`. Nothing is visible yet.
3. Under the archive's lock: rename over `part-0.parquet`, then rename the new manifest over
   `_manifest.json`; the folder is fsynced after each.

A reader that globs sees the old rows or the new ones, never both. (DuckDB opens a file more than
once in a query: one that runs while the day is replaced may fail, "TProtocolException"; it is loud,
and the next one succeeds.) A writer that dies between the two renames leaves data newer than its
manifest: `read` and `verify` refuse it by its sha256, and archiving the day again heals it (the
store still has the rows: retention deletes only what matches its manifest). Two writers of one day
write two drafts and publish one after the other: the last wins wholly. A draft is locked while its
writer lives; the next writer of the day removes dead ones.

Belongs here: files, locks and their order. Does not: what a day must hold (workflows), Parquet
(parquet.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import pyarrow as pa

from marketdata_platform.archive.archive_verbs import ArchiveVerbs, Folders
from marketdata_platform.archive.days import (
    Check,
    check_rows,
    facts_of,
    ledger_bytes,
    ledger_rows,
    manifest_of,
    starts_of,
    verified_rows,
)
from marketdata_platform.archive.durable import (
    HashingFile,
    is_dead,
    make_folder,
    remove_if_dead,
    sync_folder,
)
from marketdata_platform.archive.folder_publish import FolderPublisher, is_draft
from marketdata_platform.archive.manifest import manifest_from_json
from marketdata_platform.archive.parquet import write_rows
from marketdata_platform.archive.paths import (
    DATA_FILE,
    LEDGER,
    MANIFEST_FILE,
    ledger_path,
    partition_at,
    place_of,
)
from marketdata_platform.core.errors import ArchiveMismatch, InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.ports import Leftover, Manifest, Partition


class FolderArchive(ArchiveVerbs):
    """`Archive` in the folder `<root>/archive`, which the first write makes.

    Not for Windows or for network file systems without `flock`.
    """

    def __init__(self, root: Path) -> None:
        self.folder = root / "archive"
        self._publisher = FolderPublisher(self.folder)

    def _write(
        self,
        partition: Partition,
        batches: Iterator[pa.RecordBatch],
        source_digest: str,
        check: Check | None,
    ) -> Manifest:
        folder = self.folder / place_of(partition)
        facts = facts_of(partition)
        make_folder(folder)
        with self._publisher.draft(folder) as draft:
            sink = HashingFile(draft)
            write_rows(cast(BinaryIO, sink), facts.dataset, facts.over(batches))
            if not facts.rows:
                raise InvalidInput(f"{partition} has no rows to archive")
            manifest = manifest_of(
                partition, facts, DATA_FILE, sink.bytes, sink.sha256.hexdigest(), source_digest
            )
            draft.flush()
            os.fsync(draft.fileno())
            with Path(draft.name).open("rb") as written:
                check_rows(verified_rows(written, manifest, draft.name), check)
            self._publisher.publish(folder, Path(draft.name), manifest)
        return manifest

    def finish(self, dataset: str, instrument: Instrument, day: date) -> None:
        """See `Archive.finish`: here a manifest is only ever written after its data has its final
        name.
        """

    def hours(self, dataset: str, instrument: Instrument, day: date) -> list[int]:
        """See `Archive.hours`."""
        return [
            hour
            for hour in range(24)
            if self._path(Partition(dataset, instrument, day, hour)).exists()
        ]

    def drop_hours(self, dataset: str, instrument: Instrument, day: date) -> None:
        """See `Archive.drop_hours`."""
        for hour in self.hours(dataset, instrument, day):
            manifest = self._path(Partition(dataset, instrument, day, hour))
            with self._publisher.lock():
                manifest.unlink(missing_ok=True)  # first: without it the data is nobody's
                (manifest.parent / DATA_FILE).unlink(missing_ok=True)
                sync_folder(manifest.parent)

    def partitions(
        self, dataset: str | None = None, instrument: Instrument | None = None
    ) -> Iterator[Partition]:
        """See `Archive.partitions`."""
        for folder, names in self._folders(dataset, instrument):
            partition = partition_at(folder)
            if (
                partition is not None
                and partition.hour is None
                and {DATA_FILE, MANIFEST_FILE} & set(names)
            ):
                yield partition

    def strays(
        self, dataset: str | None = None, instrument: Instrument | None = None
    ) -> Iterator[str]:
        """See `Archive.strays`. Hidden files are left out: locks, drafts, and what desktops leave
        everywhere.
        """
        for folder, names in self._all_folders(dataset, instrument):
            ours = {DATA_FILE, MANIFEST_FILE} if partition_at(folder) else set()
            yield from (
                str(folder / name)
                for name in names
                if name not in ours and not name.startswith(".")
            )

    def ledger(self, dataset: str, instrument: Instrument) -> pa.Table | None:
        """See `Archive.ledger`."""
        path = ledger_path(dataset, instrument)
        try:
            return ledger_rows(dataset, (self.folder / path).read_bytes(), str(path))
        except FileNotFoundError:
            return None

    def write_ledger(self, dataset: str, instrument: Instrument, rows: pa.Table) -> None:
        """See `Archive.write_ledger`."""
        path = self.folder / ledger_path(dataset, instrument)
        make_folder(path.parent)
        self._publisher.put(path, ledger_bytes(dataset, rows))

    def thaw(self, dataset: str, instrument: Instrument, day: date, *, days: int) -> bool:
        """See `Archive.thaw`: a folder is never cold."""
        return False

    def leftovers(self) -> Iterator[Leftover]:
        """See `Archive.leftovers`: drafts whose writers are dead, and data whose manifest never
        came or went first.
        """
        for folder, names in self._all_folders(None, None):
            for name in names if partition_at(folder) else []:
                kind = self._leftover_kind(self.folder / folder / name, names)
                if kind is not None:
                    found = (self.folder / folder / name).stat()
                    modified = datetime.fromtimestamp(found.st_mtime, UTC)
                    yield Leftover(str(folder / name), kind, found.st_size, modified)

    @staticmethod
    def _leftover_kind(path: Path, names: list[str]) -> str | None:
        """What kind of leftover the file is, beside files of these names; None: it is none."""
        if is_draft(path.name):
            return "draft" if is_dead(path) else None
        if path.name == DATA_FILE and MANIFEST_FILE not in names:
            return "superseded"
        return None

    def remove(self, leftover: Leftover) -> None:
        """See `Archive.remove`."""
        path = self.folder / leftover.path
        with self._publisher.lock():
            if leftover.kind == "draft":
                remove_if_dead(path)
            elif not (path.parent / MANIFEST_FILE).exists():
                path.unlink(missing_ok=True)

    def read(
        self, dataset: str, instrument: Instrument, day: date, hour: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """See `Archive.read`; the whole file is hashed before the first row is given."""
        partition = Partition(dataset, instrument, day, hour)
        where = str(place_of(partition) / DATA_FILE)
        with self._publisher.lock(
            shared=True
        ):  # one moment for both: a writer replaces them one after the other
            manifest = self._manifest(partition)
            if manifest is None:
                raise ArchiveMismatch(f"{partition} was never archived (or its manifest is lost)")
            try:
                file = (self.folder / where).open("rb")
            except OSError as error:
                raise ArchiveMismatch(
                    f"{where} is in its manifest but cannot be opened ({error.strerror}): archive "
                    "it again"
                ) from error
        with file:
            yield from verified_rows(file, manifest, where)

    def _path(self, partition: Partition) -> Path:
        return self.folder / place_of(partition) / MANIFEST_FILE

    def _manifest(self, partition: Partition) -> Manifest | None:
        try:
            text = self._path(partition).read_bytes()
        except FileNotFoundError:
            return None
        return manifest_from_json(text, partition, str(place_of(partition) / MANIFEST_FILE))

    def _all_folders(self, dataset: str | None, instrument: Instrument | None) -> Folders:
        yield from self._folders(dataset, instrument)
        if dataset is not None or instrument is not None:
            yield from self._folders(dataset, instrument, hours=True)

    def _folders(
        self, dataset: str | None, instrument: Instrument | None, *, hours: bool = False
    ) -> Folders:
        for start in starts_of(dataset, instrument, hours=hours):
            for path, folders, names in os.walk(self.folder / start):
                folders[:] = sorted(name for name in folders if name != LEDGER)
                if names:
                    yield (
                        PurePosixPath(Path(path).relative_to(self.folder).as_posix()),
                        sorted(names),
                    )
