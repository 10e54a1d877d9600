"""The archive in an object store, which has no rename and no lock: what makes that safe.

A write goes so; `<id>` is random, so no two attempts ever share a name:

1. Rows go to `.part-<id>.parquet.tmp`, in parts while they are encoded, hashed on the way. No glob
   for `*.parquet` matches it.
2. It is read back from the store, hashed again, and handed to the caller's `check`.
3. The manifest, naming `part-<id>.parquet`, is put on condition that the one read before step 1 (or
   none) is still there. This alone makes the day visible. Of two exporters one succeeds; the other
   gets ArchiveChanged.
4. The day before goes, the draft is copied to its final name (atomic, within the store), and the
   draft goes.

A reader by manifest takes the named file, or, between 3 and the copy, its draft; it never sees a
mixture. A reader that globs sees the old day, for a moment none while it is replaced (never two,
which would count double), then the new one. A writer that dies before 3 leaves a draft, which
nobody reads; one that dies in 4 leaves a day that reads well by manifest, and the next export of
the day, or `finish`, completes it. `leftovers` finds the rest. Data is listed before the manifest
is looked at again, so that a newer writer's is never taken for the day before.

Belongs here: the order of requests. Does not: requests (objects/), Parquet, what a day must hold.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol

import pyarrow as pa

from marketdata_platform.archive.archive_verbs import ArchiveVerbs, Folders
from marketdata_platform.archive.days import (
    DATA_NAME,
    Check,
    check_named,
    check_rows,
    facts_of,
    ledger_bytes,
    ledger_rows,
    manifest_of,
    verified_rows,
)
from marketdata_platform.archive.manifest import manifest_from_json
from marketdata_platform.archive.object_leftovers import ObjectLeftovers, draft_name
from marketdata_platform.archive.object_listing import folders_in
from marketdata_platform.archive.object_publish import ObjectPublisher, key_of
from marketdata_platform.archive.parquet import encoded
from marketdata_platform.archive.paths import (
    MANIFEST_FILE,
    ledger_path,
    partition_at,
    place_of,
)
from marketdata_platform.core.errors import ArchiveMismatch, ConfigurationError, InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.objects import Bucket, ObjectOptions
from marketdata_platform.workflows.bookkeeping.day_stats import DayFacts
from marketdata_platform.workflows.ports import Leftover, Manifest, Partition

_READER_TRIES = 4


class ArchiveOptions(ObjectOptions, Protocol):
    """The configuration's `[archive]` section."""

    @property
    def url(self) -> str | None:
        """`s3://bucket/prefix`."""


def open_object_archive(options: ArchiveOptions) -> ObjectArchive:
    """The archive at `options.url`; nothing is connected yet.

    Raises:
        ConfigurationError: the URL is not `s3://bucket/prefix`.
    """
    if options.url is None:
        raise ConfigurationError("archive.url is missing: s3://bucket/prefix")
    return ObjectArchive(Bucket(options.url, options))


class ObjectArchive(ArchiveVerbs):
    """`Archive` below a prefix of an S3 bucket, or of anything that speaks S3 with conditional
    puts.

    Every method may raise ConfigurationError (no bucket, no permission, wrong key),
    ArchiveUnavailable (no answer, after the retries) or ArchiveFrozen (the object is in cold
    storage).
    """

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._leftovers = ObjectLeftovers(bucket)
        self._publisher = ObjectPublisher(bucket)

    def _write(
        self,
        partition: Partition,
        batches: Iterator[pa.RecordBatch],
        source_digest: str,
        check: Check | None,
    ) -> Manifest:
        before, etag = self._publisher.present(partition)
        file = f"part-{secrets.token_hex(8)}.parquet"
        draft = key_of(partition, draft_name(file))
        try:
            facts = facts_of(partition)
            moved = self.bucket.upload(draft, _some_rows(facts, partition, facts.over(batches)))
            manifest = manifest_of(partition, facts, file, moved.bytes, moved.sha256, source_digest)
            with self._fetched(draft, manifest.bytes) as written:
                if written is None:
                    raise ArchiveMismatch(
                        f"{self.bucket.place(draft)} is gone just after it was written"
                    )
                check_rows(verified_rows(written, manifest, draft), check)
            self._publisher.publish(partition, manifest, etag)
        except BaseException:
            self._publisher.forget(partition, draft, file)
            raise
        self._publisher.settle(partition, manifest, before)
        return manifest

    def finish(self, dataset: str, instrument: Instrument, day: date) -> None:
        """See `Archive.finish`: give data its final name where a writer died just before."""
        partition = Partition(dataset, instrument, day)
        manifest = self._publisher.present(partition)[0]
        if manifest is not None and self.bucket.size_of(key_of(partition, manifest.file)) is None:
            self._publisher.settle(partition, manifest, None)

    def _manifest(self, partition: Partition) -> Manifest | None:
        key = key_of(partition, MANIFEST_FILE)
        found = self.bucket.get(key)
        return None if found is None else manifest_from_json(found[0], partition, key)

    def partitions(
        self, dataset: str | None = None, instrument: Instrument | None = None
    ) -> Iterator[Partition]:
        """See `Archive.partitions`."""
        for folder, names in self._folders(dataset, instrument):
            partition = partition_at(folder)
            if partition is None or partition.hour is not None:
                continue
            if MANIFEST_FILE in names or any(DATA_NAME.fullmatch(name) for name in names):
                yield partition

    def strays(
        self, dataset: str | None = None, instrument: Instrument | None = None
    ) -> Iterator[str]:
        """See `Archive.strays`; hidden objects (drafts) are no strays, data that no manifest names
        is one.
        """
        # Unfiltered, hours are among all trees.
        trees = (False, True) if dataset or instrument else (False,)
        for hours in trees:
            for folder, names in self._folders(dataset, instrument, hours=hours):
                ours = self._ours(folder, names)
                hidden = [name for name in names if name.startswith(".")]
                yield from (str(folder / name) for name in names if name not in {*ours, *hidden})

    def hours(self, dataset: str, instrument: Instrument, day: date) -> list[int]:
        """See `Archive.hours`."""
        folder = str(place_of(Partition(dataset, instrument, day, 0)).parent)
        found = (PurePosixPath(entry.key) for entry in self.bucket.entries(folder))
        places = (partition_at(path.parent) for path in found if path.name == MANIFEST_FILE)
        return sorted(
            place.hour for place in places if place is not None and place.hour is not None
        )

    def drop_hours(self, dataset: str, instrument: Instrument, day: date) -> None:
        """See `Archive.drop_hours`; the manifests go first: without one the data is nobody's."""
        for hour in self.hours(dataset, instrument, day):
            partition = Partition(dataset, instrument, day, hour)
            manifest = self._manifest(partition)
            files = [manifest.file, draft_name(manifest.file)] if manifest else []
            self.bucket.delete(key_of(partition, name) for name in (MANIFEST_FILE, *files))

    def ledger(self, dataset: str, instrument: Instrument) -> pa.Table | None:
        """See `Archive.ledger`."""
        path = str(ledger_path(dataset, instrument))
        found = self.bucket.get(path)
        return None if found is None else ledger_rows(dataset, found[0], path)

    def write_ledger(self, dataset: str, instrument: Instrument, rows: pa.Table) -> None:
        """See `Archive.write_ledger`: one object, put at once."""
        self.bucket.put(str(ledger_path(dataset, instrument)), ledger_bytes(dataset, rows))

    def thaw(self, dataset: str, instrument: Instrument, day: date, *, days: int) -> bool:
        """See `Archive.thaw`."""
        partition = Partition(dataset, instrument, day)
        manifest = self._manifest(partition)
        return manifest is not None and self.bucket.thaw(key_of(partition, manifest.file), days)

    def leftovers(self) -> Iterator[Leftover]:
        """See `Archive.leftovers`: drafts, superseded data, and uploads that were never
        finished.
        """
        yield from self._leftovers.found()

    def remove(self, leftover: Leftover) -> None:
        """See `Archive.remove`."""
        self._leftovers.remove(leftover)

    def read(
        self, dataset: str, instrument: Instrument, day: date, hour: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        """See `Archive.read`; fetched to a temporary file and hashed before the first row is
        given.
        """
        partition = Partition(dataset, instrument, day, hour)
        manifest: Manifest | None = None
        # A writer may replace the day between the manifest and its data.
        for _ in range(_READER_TRIES):
            manifest = self._manifest(partition)
            if manifest is None:
                raise ArchiveMismatch(f"{partition} was never archived (or its manifest is lost)")
            check_named(manifest, key_of(partition, MANIFEST_FILE))
            for name in (manifest.file, draft_name(manifest.file)):
                with self._fetched(key_of(partition, name), manifest.bytes) as file:
                    if file is not None:
                        yield from verified_rows(file, manifest, key_of(partition, name))
                        return
        assert manifest is not None
        raise ArchiveMismatch(
            f"{key_of(partition, manifest.file)} is in its manifest but is not there: archive it "
            "again"
        )

    @contextmanager
    def _fetched(self, key: str, size: int) -> Iterator[BinaryIO | None]:
        """The object in a temporary file; None when it is not there.

        Raises:
            ArchiveMismatch: it has another size.
        """
        there = self.bucket.size_of(key)
        if there is not None and there != size:
            raise ArchiveMismatch(
                f"{key} has {there} bytes, its manifest says {size}: archive the day again"
            )
        with tempfile.TemporaryFile() as file:
            if there is None or self.bucket.download(key, size, file) is None:
                yield None
                return
            file.seek(0)
            yield file

    def _ours(self, folder: PurePosixPath, names: list[str]) -> set[str]:
        partition = partition_at(folder)
        if partition is None:
            return set()
        if MANIFEST_FILE not in names:  # `partitions` reports data without one
            return {name for name in names if DATA_NAME.fullmatch(name)}
        with suppress(ArchiveMismatch):
            manifest = self._manifest(partition)
            if manifest is not None:
                return {MANIFEST_FILE, manifest.file}
        return {MANIFEST_FILE}

    def _folders(
        self, dataset: str | None, instrument: Instrument | None, *, hours: bool = False
    ) -> Folders:
        return folders_in(self.bucket, dataset, instrument, hours=hours)


def _some_rows(
    facts: DayFacts, partition: Partition, rows: Iterator[pa.RecordBatch]
) -> Iterator[bytes]:
    """The encoded rows; none at all is an error before anything is uploaded."""
    yield from encoded(facts.dataset, rows)
    if not facts.rows:
        raise InvalidInput(f"{partition} has no rows to archive")
