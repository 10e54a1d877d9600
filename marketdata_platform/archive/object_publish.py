"""Making a day in an object store visible: the conditional manifest, and what follows it.

Belongs here: steps 3 and 4 of object_store.py. Does not: writing and proving the draft, reading
days.
"""

from __future__ import annotations

from contextlib import suppress

from marketdata_platform.archive.days import DATA_NAME
from marketdata_platform.archive.manifest import manifest_from_json, manifest_json
from marketdata_platform.archive.object_leftovers import draft_name
from marketdata_platform.archive.paths import MANIFEST_FILE, place_of
from marketdata_platform.core.errors import (
    ArchiveChanged,
    ArchiveMismatch,
    ArchiveUnavailable,
    ConfigurationError,
    MarketDataError,
)
from marketdata_platform.objects import Bucket
from marketdata_platform.workflows.ports import Manifest, Partition


class ObjectPublisher:
    """Publishes days below one bucket's prefix."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def present(self, partition: Partition) -> tuple[Manifest | None, str | None]:
        """The manifest to be replaced, None when it cannot be read; and its ETag, None when there
        is none.
        """
        found = self.bucket.get(key_of(partition, MANIFEST_FILE))
        if found is None:
            return None, None
        with suppress(ArchiveMismatch):
            return manifest_from_json(found[0], partition, MANIFEST_FILE), found[1]
        return None, found[1]

    def publish(self, partition: Partition, manifest: Manifest, etag: str | None) -> None:
        """Put the manifest where the one with `etag` (None: none) still is.

        Raises:
            ArchiveChanged: it is another one by now.
            ArchiveUnavailable: the store does not answer.
        """
        key, text = key_of(partition, MANIFEST_FILE), manifest_json(manifest)
        try:
            published = self.bucket.put_if(key, text, etag)
        except ArchiveUnavailable:
            # The answer may be lost though the manifest was taken: then the day is visible, and
            # this a success.
            found = self.bucket.get(key)
            published = found is not None and found[0] == text
            if not published:
                raise
        if not published:
            raise ArchiveChanged(
                f"another exporter has just archived {partition}: look again at what is there"
            )

    def settle(self, partition: Partition, manifest: Manifest, before: Manifest | None) -> None:
        """Step 4; nothing here may fail the write, which is done: the day reads well by its
        manifest.
        """
        final, draft = (
            key_of(partition, manifest.file),
            key_of(partition, draft_name(manifest.file)),
        )
        with suppress(ArchiveUnavailable, ConfigurationError):
            listed = [entry.key for entry in self.bucket.entries(str(place_of(partition)))]
            if not self._is_current(partition, manifest):
                self.bucket.delete((final, draft))
                return
            # Data comes after its manifest. So what was listed before ours was seen to be current
            # is all older.
            old = (
                [draft_name(before.file)]
                if before is not None and DATA_NAME.fullmatch(before.file)
                else []
            )
            old += [name for key in listed if DATA_NAME.fullmatch(name := key.rpartition("/")[2])]
            self.bucket.delete(key_of(partition, name) for name in old if name != manifest.file)
            copied = self.bucket.copy(draft, final, manifest.bytes)
            if not self._is_current(
                partition, manifest
            ):  # a newer export came in: ours would count double
                self.bucket.delete((final, draft))
            elif copied and self.bucket.size_of(final) == manifest.bytes:
                self.bucket.delete((draft,))

    def _is_current(self, partition: Partition, manifest: Manifest) -> bool:
        now = self.present(partition)[0]
        return now is not None and now.file == manifest.file

    def forget(self, partition: Partition, draft: str, file: str) -> None:
        """Remove the draft of a failed write, unless its manifest may have been taken after all."""
        with suppress(MarketDataError):
            now = self.present(partition)[0]
            if now is None or now.file != file:
                self.bucket.delete((draft,))


def key_of(partition: Partition, name: str) -> str:
    """The key of an object in a partition's folder."""
    return str(place_of(partition) / name)
