"""One gatherer's journal as retention sees it: the port `RetainableJournal` over a folder.

Belongs here: when segments were made, whether they are safe elsewhere, deleting them. Does not:
which may go (workflows.archiving.retain_journals).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from marketdata_platform.core.window import from_us
from marketdata_platform.journal.folder import drop_before, sealed_path
from marketdata_platform.journal.format import Position
from marketdata_platform.journal.reading.reader import JournalReader, SegmentInfo
from marketdata_platform.journal.shipping import object_name
from marketdata_platform.objects.address import ObjectOptions
from marketdata_platform.workflows.ports import SealedSegment

_UNKNOWN_AGE = timedelta(days=30)  # of a segment whose header is damaged


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderJournal:
    """The journal in `folder`.

    `ship` is the address that segments must be at before they go, None: they are shipped nowhere.
    `landed_from_elsewhere`: landing reads it from an object store.
    """

    name: str
    folder: Path
    ship: str | None
    landed_from_elsewhere: bool
    options: ObjectOptions

    def sealed_segments(self) -> Sequence[SealedSegment]:
        """See `RetainableJournal.sealed_segments`."""
        segments = JournalReader(self.folder).segments()[:-1]
        return [_sealed(segment) for segment in segments if segment.sealed]

    def drop_through(self, segment: SealedSegment) -> None:
        """See `RetainableJournal.drop_through`."""
        drop_before(self.folder, Position(segment.number + 1, 0))

    def unshipped(self, segment: SealedSegment) -> str:
        """See `RetainableJournal.unshipped`: the copy is read back and compared.

        Raises:
            ConfigurationError, ArchiveUnavailable: there is no such bucket, or no answer.
        """
        if not self.ship:
            if not self.landed_from_elsewhere:
                return ""
            return (
                "its journal is read from an object store, and `ship` names none: it may be the "
                "only copy"
            )
        from marketdata_platform.objects.bucket import Bucket

        bucket = Bucket(self.ship, self.options)
        nowhere = cast(BinaryIO, _Nowhere())
        moved = bucket.download(object_name(segment.number), segment.stored_bytes, nowhere)
        with sealed_path(self.folder, segment.number).open("rb") as file:
            ours = hashlib.file_digest(file, "sha256").hexdigest()
        if moved is None or moved.sha256 != ours:
            return f"segment {segment.number} is not shipped to {self.ship}, or differs there"
        return ""


class _Nowhere(io.RawIOBase):
    """Takes bytes that are only hashed on their way."""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return memoryview(data).nbytes  # type: ignore[arg-type]


def _sealed(segment: SegmentInfo) -> SealedSegment:
    # No record came after the file was finished; sealing may be days later, after a crash.
    sealed = datetime.fromtimestamp(segment.path.stat().st_mtime, UTC)
    created = sealed - _UNKNOWN_AGE
    if segment.header is not None:
        created = min(from_us(segment.header.created_ns // 1_000), sealed)
    return SealedSegment(segment.number, created, sealed, segment.stored_bytes)
