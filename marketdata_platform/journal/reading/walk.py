"""A segment from a place to its end: runs of good records, and what is damaged between them.

Belongs here: going on after damage. Does not: which segments there are, or what a torn end means
(reader, recovery).
"""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from marketdata_platform.journal.format import (
    GROUP,
    HEADER_BYTES,
    MARKER,
    Position,
    SegmentHeader,
    prefix_bytes,
    read_header,
    read_prefix,
)
from marketdata_platform.journal.groups import (
    ENTRY_BYTES,
    LONGEST_GROUP_BYTES,
    count_at,
    table_bytes,
)
from marketdata_platform.journal.reading.scan import Run, Scan, Stop

_LOOK_BYTES = 2**20


class SegmentBytes(Protocol):
    """The uncompressed bytes of one segment; a damaged file has holes in them."""

    @property
    def size(self) -> int | None:
        """Bytes of the segment; None when the file's end is damaged."""

    def header(self) -> SegmentHeader | None:
        """The segment's header, when a copy is intact."""

    def read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes from `at`; fewer before a hole or the end."""

    def next_readable(self, at: int) -> int | None:
        """The first byte at or after `at`, behind a hole, that can be read; None when there is
        none.
        """

    def close(self) -> None:
        """Close the file."""


class PlainBytes:
    """A segment's own bytes, as the writer's file holds them; it may still grow."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    @property
    def size(self) -> int | None:
        """Bytes in the file now."""
        return os.fstat(self._descriptor).st_size

    def header(self) -> SegmentHeader | None:
        """The segment's header, when a copy is intact."""
        return read_header(self.read(0, HEADER_BYTES))

    def read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes from `at`; fewer at the end."""
        return os.pread(self._descriptor, size, at)

    def next_readable(self, at: int) -> int | None:
        """None: a plain file has no holes."""
        return None

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes `start` to `end` of a segment hold no good record; reading goes on at `next`.

    `end` is None where it cannot be known: the segment, or its end, is gone. `stream` and `recv_ns`
    are known when only the payload of one record is damaged.
    """

    segment: int
    start: int
    end: int | None
    reason: str
    stream: str | None = None
    recv_ns: int | None = None

    @property
    def next(self) -> Position:
        """Where reading goes on."""
        if self.end is None:
            return Position(self.segment + 1, HEADER_BYTES)
        return Position(self.segment, self.end)

    def __str__(self) -> str:
        what = f" (one record of {self.stream})" if self.stream else ""
        return (
            f"segment {self.segment}, bytes {self.start} to {self.end or 'its end'}: "
            f"{self.reason}{what}"
        )


def walk(
    source: SegmentBytes, header: SegmentHeader, offset: int, scan: Scan, chunk_bytes: int
) -> Generator[Run | Damage, None, int]:
    """Runs and damage from `offset`; returns where the last good record ends that nothing good
    follows.
    """
    at, wanted = offset, chunk_bytes
    while True:
        data = source.read(at, wanted)
        run = scan(data, at, header.salt)
        if len(run.start):
            yield run
        at += run.consumed
        rest = len(data) - run.consumed
        if run.stop is Stop.PAYLOAD_BAD:
            yield _bad_payload(header, data, run)
            at, wanted = at + run.need, chunk_bytes
            continue
        if run.stop in (Stop.PREFIX_SHORT, Stop.PAYLOAD_SHORT) and len(data) == wanted:
            wanted = max(chunk_bytes, run.need)
            continue
        following = _after_break(source, header, run, at, rest)
        if following is None:
            return at
        yield Damage(header.segment, at, following, "no good record here")
        at, wanted = following, chunk_bytes


def record_of(source: SegmentBytes, header: SegmentHeader, at: int) -> int:
    """Where the record begins that holds the frame at `at`: before it only for a frame within a
    group.
    """
    if source.read(at, len(MARKER)) in (MARKER, b""):
        return at
    base = max(at - LONGEST_GROUP_BYTES, HEADER_BYTES)
    data = source.read(base, at - base + LONGEST_GROUP_BYTES)
    place = data.rfind(MARKER, 0, at - base)
    while place >= 0:
        if place + prefix_bytes(data, place) <= len(data):
            prefix = read_prefix(data, place, base + place, header.salt)
            if prefix is not None:
                entry = at - base - prefix.payload_start
                in_table = (
                    entry < table_bytes(count_at(data, prefix.payload_start))
                    and entry % ENTRY_BYTES == 0
                )
                return base + place if prefix.kind == GROUP and entry > 0 and in_table else at
        place = data.rfind(MARKER, 0, place)
    return at


def _after_break(
    source: SegmentBytes, header: SegmentHeader, run: Run, at: int, rest: int
) -> int | None:
    """Where the next good prefix may be after a record at `at` that is bad or runs into a hole;
    None at the end.
    """
    if run.stop is Stop.PREFIX_BAD:
        return _look(source, at + 1, header.salt)
    readable = source.next_readable(at + rest)
    if readable is not None:
        known = at + run.need if run.stop is Stop.PAYLOAD_SHORT else 0
        return known if known >= readable else _look(source, readable, header.salt)
    # A flipped length of a name can reach beyond the end, while good records still follow.
    return _look(source, at + 1, header.salt) if run.stop is Stop.PREFIX_SHORT and rest else None


def _look(source: SegmentBytes, at: int, salt: int) -> int | None:
    """The next intact prefix at or after `at`; None when there is none."""
    while True:
        data = source.read(at, _LOOK_BYTES)
        short = len(data) < _LOOK_BYTES
        place = data.find(MARKER)
        while place >= 0:
            if place + prefix_bytes(data, place) > len(data):
                if not short:
                    break
            elif read_prefix(data, place, at + place, salt) is not None:
                return at + place
            place = data.find(MARKER, place + 1)
        if not short:
            at += place if place > 0 else len(data) - len(MARKER) + 1
            continue
        readable = source.next_readable(at + len(data))
        if readable is None:
            return None
        at = readable


def _bad_payload(header: SegmentHeader, data: bytes, run: Run) -> Damage:
    start = run.base + run.consumed
    prefix = read_prefix(data, run.consumed, start, header.salt)
    assert prefix is not None  # the scan has just checked it
    return Damage(
        header.segment,
        start,
        start + run.need,
        "the payload is not what was written",
        prefix.name,
        prefix.recv_ns,
    )
