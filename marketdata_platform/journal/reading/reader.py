"""The reader: records or batches of a journal, from a position, also while it is being written.

Belongs here: going from segment to segment. Does not: bytes within one (walk.py), decoding frames
(landing).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from marketdata_platform.journal.folder import SegmentPath, segments_in, torn_numbers
from marketdata_platform.journal.format import HEADER_BYTES, Position, SegmentHeader
from marketdata_platform.journal.reading.batch import JournalBatch, JournalRecord
from marketdata_platform.journal.reading.scan import Run, Scan, scan_plainly
from marketdata_platform.journal.reading.walk import (
    Damage,
    PlainBytes,
    SegmentBytes,
    record_of,
    walk,
)
from marketdata_platform.journal.sealed import SealedBytes

BATCH_BYTES = 4 * 2**20
_RECORD_CHUNK_BYTES = 2**18


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """A segment as `ls` shows it. `plain_bytes` is None for a sealed file whose end is damaged,
    `header` likewise.
    """

    number: int
    path: Path
    sealed: bool
    stored_bytes: int
    plain_bytes: int | None
    header: SegmentHeader | None


class JournalReader:
    """Reads one journal folder, beside its writer if there is one. Bounded memory: a batch, or the
    largest record.

    What it gives is complete and checked. In the segment that is being written that is at least
    what is acknowledged, and may be some records more; a torn end there is neither given nor called
    damage until the segment is finished.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def segments(self) -> list[SegmentInfo]:
        """The segments, ascending."""
        return [info for one in segments_in(self.folder) if (info := self._info(one)) is not None]

    def tail(self) -> Position:
        """Just after the last complete record; 1:256 for an empty journal."""
        segments = segments_in(self.folder)
        position = (
            Position(segments[-1].number, HEADER_BYTES) if segments else Position(1, HEADER_BYTES)
        )
        for step in self.read_batches(position):
            if isinstance(step, JournalBatch):
                position = step.next
        return position

    def read(
        self,
        from_position: Position | None = None,
        *,
        follow: bool = False,
        poll_seconds: float = 0.05,
        until: Callable[[], bool] | None = None,
    ) -> Iterator[JournalRecord | Damage]:
        """Records one by one, and damage where it is; arguments as `read_batches`."""
        steps = self._steps(
            from_position, scan_plainly, _RECORD_CHUNK_BYTES, follow, poll_seconds, until
        )
        for step in steps:
            if isinstance(step, Damage):
                yield step
            else:
                yield from step.records()

    def read_batches(
        self,
        from_position: Position | None = None,
        *,
        batch_bytes: int = BATCH_BYTES,
        follow: bool = False,
        poll_seconds: float = 0.05,
        until: Callable[[], bool] | None = None,
    ) -> Iterator[JournalBatch | Damage]:
        """Batches of at most `batch_bytes` (or one larger record) as arrays, compiled; what landing
        uses.

        From the start, or from a position that a record, batch or damage gave as `next`. Ends at
        the journal's end, or with `follow` waits there for more, looking every `poll_seconds`,
        until `until()` is true.
        """
        # Numba loads here, and not in a gatherer, which only writes.
        from marketdata_platform.journal.reading._scan_kernel import scan_compiled

        return self._steps(from_position, scan_compiled, batch_bytes, follow, poll_seconds, until)

    def _steps(
        self,
        start: Position | None,
        scan: Scan,
        chunk_bytes: int,
        follow: bool,
        poll_seconds: float,
        until: Callable[[], bool] | None,
    ) -> Iterator[JournalBatch | Damage]:
        position = start or Position(0, HEADER_BYTES)
        known = start is not None
        while True:
            segment, final = self._segment_at(position)
            if segment is not None:
                if segment.number > position.segment:
                    if known:
                        # Of a segment begun before it went away nobody knows whether its end had
                        # been reached.
                        begun = position.offset > HEADER_BYTES
                        yield from self._missing(position.segment + begun, segment.number)
                    position = Position(segment.number, HEADER_BYTES)
                known = True
                done, position = yield from self._one(segment, position, final, scan, chunk_bytes)
                if done:
                    position = Position(segment.number + 1, HEADER_BYTES)
                    continue
            if not follow or (until is not None and until()):
                return
            time.sleep(poll_seconds)

    def _segment_at(self, position: Position) -> tuple[SegmentPath | None, bool]:
        """The segment to read next, and whether nothing can be added to it: it is sealed, or
        another has begun.
        """
        following = [
            segment for segment in segments_in(self.folder) if segment.number >= position.segment
        ]
        if not following:
            return None, False
        return following[0], following[0].sealed or len(following) > 1

    def _missing(self, first: int, end: int) -> Iterator[Damage]:
        torn = torn_numbers(self.folder)
        for number in range(first, end):
            if number not in torn:
                yield Damage(number, HEADER_BYTES, None, "the segment is missing")

    def _one(
        self, segment: SegmentPath, position: Position, final: bool, scan: Scan, chunk_bytes: int
    ) -> Generator[JournalBatch | Damage, None, tuple[bool, Position]]:
        """Read a segment from `position`; whether it is done with, and the position reached."""
        source = self._open(segment)
        if source is None:
            return False, position
        try:
            header = source.header()
            if header is None:
                if final:
                    reason = "the segment's header is damaged: its records cannot be found"
                    yield Damage(segment.number, 0, None, reason)
                return final, position
            begin = max(position.offset, HEADER_BYTES)
            steps = walk(source, header, record_of(source, header, begin), scan, chunk_bytes)
            while True:
                try:
                    step = next(steps)
                except StopIteration as stop:
                    end: int = stop.value
                    break
                given = _given(segment.number, step, begin)
                position = given.next
                yield given
            if not final:
                return False, position
            yield from _torn_end(segment.number, end, source.size)
            return True, position
        finally:
            source.close()

    def _open(self, segment: SegmentPath) -> SegmentBytes | None:
        """The segment's bytes; None when it was removed meanwhile."""
        try:
            return SealedBytes(segment.path) if segment.sealed else PlainBytes(segment.path)
        except FileNotFoundError:
            pass
        again = [one for one in segments_in(self.folder) if one.number == segment.number]
        return SealedBytes(again[0].path) if again and again[0].sealed else None

    def _info(self, segment: SegmentPath) -> SegmentInfo | None:
        source = self._open(segment)
        if source is None:
            return None
        try:
            sealed = isinstance(source, SealedBytes)
            path = segment.path if sealed == segment.sealed else self._sealed_now(segment)
            return SegmentInfo(
                segment.number, path, sealed, path.stat().st_size, source.size, source.header()
            )
        finally:
            source.close()

    def _sealed_now(self, segment: SegmentPath) -> Path:
        return next(one.path for one in segments_in(self.folder) if one.number == segment.number)


def _given(segment: int, step: Run | Damage, begin: int) -> JournalBatch | Damage:
    return step if isinstance(step, Damage) else JournalBatch(segment, step.since(begin))


def _torn_end(number: int, end: int, size: int | None) -> Iterator[Damage]:
    if size is None:
        yield Damage(number, end, None, "the sealed file's end is damaged or missing")
    elif size > end:
        yield Damage(number, end, size, "no good record here")
