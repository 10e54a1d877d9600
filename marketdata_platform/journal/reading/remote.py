"""A shipped journal, read from an object store as landing reads a local one: same frames, same
positions, same damage.

Belongs here: fetching segments, one at a time. Does not: records (the local reader reads them),
shipping (shipping.py).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from marketdata_platform.core.errors import ArchiveUnavailable, ConfigurationError
from marketdata_platform.journal.folder import SEALED_SUFFIX, TORN_SUFFIX, sealed_path
from marketdata_platform.journal.format import HEADER_BYTES, Position
from marketdata_platform.journal.reading.source import JournalSource
from marketdata_platform.journal.shipping import object_name
from marketdata_platform.objects import Bucket, ObjectOptions
from marketdata_platform.workflows.ports import FrameBatch, SourceDamage


class RemoteJournalSource:
    """`Source` over the sealed segments below `url` (`s3://bucket/prefix`).

    `options`: the configuration's `[archive]` section, or anything like it. `cache`: a folder that
    keeps the last segment between runs, so that landing each minute does not fetch it again; None:
    nothing is kept. Methods raise ConfigurationError (no bucket, no permission) and
    ArchiveUnavailable (no answer).
    """

    def __init__(
        self, url: str, name: str, options: ObjectOptions, *, cache: Path | None = None
    ) -> None:
        self._bucket = Bucket(url, options)
        self._name = name
        self._cache = cache

    @property
    def name(self) -> str:
        """The gatherer."""
        return self._name

    def batches(
        self, position: str | None, batch_bytes: int
    ) -> Iterator[FrameBatch | SourceDamage]:
        """See `Source.batches`: to the end of the last sealed segment.

        Raises:
            ConfigurationError: the journal does not reach as far as `position`: it is another
                journal.
        """
        start = Position.parse(position) if position is not None else None
        sealed, torn = self._segments()
        self._refuse_other_journal(start, sealed)
        following = [
            number for number in sorted(sealed) if start is None or number >= start.segment
        ]
        with self._folder() as folder:
            self._forget(folder, set(following[-1:]))
            for number in torn:
                (folder / object_name(number, torn=True)).touch()
            for number in following:
                self._fetch(folder, number, sealed[number])
                yield from JournalSource(folder, self._name).batches(
                    str(start) if start else None, batch_bytes
                )
                # A begun segment whose end was read is done with; the reader reports numbers that
                # are missing.
                start = Position(number + 1, HEADER_BYTES)
                self._forget(folder, set(following[-1:]))

    def tail(self) -> str:
        """See `Source.tail`: the end of the last sealed segment."""
        sealed, _ = self._segments()
        with self._folder() as folder:
            if sealed:
                self._fetch(folder, max(sealed), sealed[max(sealed)])
            return JournalSource(folder, self._name).tail()

    def _segments(self) -> tuple[dict[int, int], set[int]]:
        """Bytes of each sealed segment by its number; numbers of the torn ones."""
        sealed: dict[int, int] = {}
        torn: set[int] = set()
        for entry in self._bucket.entries():
            number, dot, suffix = entry.key.partition(".")
            if len(number) == 12 and number.isdecimal():
                if dot + suffix == SEALED_SUFFIX:
                    sealed[int(number)] = entry.bytes
                elif dot + suffix == TORN_SUFFIX:
                    torn.add(int(number))
        return sealed, torn

    def _refuse_other_journal(self, start: Position | None, sealed: dict[int, int]) -> None:
        if start is not None and sealed and max(sealed) < start.segment - 1:
            raise ConfigurationError(
                f"the journal {self._bucket.address} ends in segment {max(sealed)}, but "
                f"{self._name} was landed up to "
                f"{start}: this is another journal, or it was not shipped. Ship it, or give it "
                "another gatherer's name"
            )

    def _fetch(self, folder: Path, number: int, size: int) -> None:
        target = sealed_path(folder, number)
        if target.exists() and target.stat().st_size == size:
            return
        fresh = target.with_suffix(".fetched")
        with fresh.open("wb") as file:
            moved = self._bucket.download(object_name(number), size, file)
        if moved is None or moved.bytes != size:
            fresh.unlink()
            raise ArchiveUnavailable(
                f"{self._bucket.place(object_name(number))} went away while it was read: try again"
            )
        fresh.replace(target)

    def _forget(self, folder: Path, but: set[int]) -> None:
        for path in folder.glob(f"*{SEALED_SUFFIX}"):
            if int(path.name.partition(".")[0]) not in but:
                path.unlink()

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        if self._cache is not None:
            self._cache.mkdir(parents=True, exist_ok=True)
            yield self._cache
            return
        with tempfile.TemporaryDirectory(prefix="journal-") as folder:
            yield Path(folder)
