"""Frames in memory, on their way to the disk: framing, numbering, cutting into segments.

Belongs here: turning appends into bytes at known positions. Does not: locks, threads, files; the writer holds its lock
around every call.
"""

from __future__ import annotations

import secrets
import struct
import time
from collections import deque
from zlib import crc32

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.journal.format import (
    CHECKS,
    FIELDS,
    HEADER_BYTES,
    LARGEST_PAYLOAD_BYTES,
    MARKER,
    STREAM_LIMIT,
    Position,
    SegmentHeader,
    stream_name_bytes,
)

_U32 = 0xFFFF_FFFF
_pack_fields = FIELDS.pack
_pack_checks = CHECKS.pack


class Chunk:
    """Contiguous bytes of one segment, not yet durable. `ends` says that nothing of the segment follows."""

    __slots__ = ("data", "ends", "segment", "start")

    def __init__(self, segment: int, start: int) -> None:
        self.segment = segment
        self.start = start
        self.data = bytearray()
        self.ends = False

    @property
    def end(self) -> Position:
        """The position after it: in the next segment, when this one ends with it."""
        if self.ends:
            return Position(self.segment + 1, HEADER_BYTES)
        return Position(self.segment, self.start + len(self.data))


class _Stream:
    __slots__ = ("name", "number", "records", "sequence")

    def __init__(self, name: bytes, number: int, records: int) -> None:
        self.name = name
        self.number = number
        self.sequence = 0
        self.records = records


class FrameBuffer:
    """Chunks that wait to be written, the last of which grows. Not thread-safe."""

    def __init__(self, gatherer: str, segment: int, segment_bytes: int) -> None:
        self._gatherer = gatherer
        self._segment_bytes = segment_bytes
        self._salt = 0
        self._streams: dict[str, _Stream] = {}
        self._retired: dict[str, int] = {}
        self._chunks: deque[Chunk] = deque()
        self._chunk: Chunk | None = None
        self.end = Position(segment, HEADER_BYTES)
        self.opened: float | None = None
        """Monotonic seconds at which the current segment began; None between segments."""
        self.waiting_bytes = 0
        self.payload_bytes = 0
        self.records = 0

    def add(self, stream: str, payload: bytes, recv_ns: int, mono_ns: int) -> Position:
        """Frame one record; the position after it.

        Raises:
            InvalidInput: the payload or the stream's name is too long, or a time needs more than 64 bits.
        """
        size = len(payload)
        if size > LARGEST_PAYLOAD_BYTES:
            raise InvalidInput(f"a record holds at most {LARGEST_PAYLOAD_BYTES:,} bytes; this frame has {size:,}")
        at = self.end.offset
        if at >= self._segment_bytes:
            self.roll()
        one = self._streams.get(stream)
        if one is None or self.opened is None:
            one = self._declare(stream)
        chunk = self._chunk or self._grow()
        at = self.end.offset
        try:
            fields = _pack_fields(size, recv_ns, mono_ns, one.sequence, one.number, len(one.name), 0) + one.name
        except struct.error:
            raise InvalidInput(f"receive times are whole nanoseconds; not {recv_ns!r} and {mono_ns!r}") from None
        check = crc32(fields, (self._salt + at) & _U32)
        data = chunk.data
        before = len(data)
        data += MARKER + fields + _pack_checks(check, crc32(payload, check))
        data += payload
        grown = len(data) - before
        one.sequence += 1
        one.records += 1
        self.records += 1
        self.payload_bytes += size
        self.waiting_bytes += grown
        self.end = end = Position(self.end.segment, at + grown)
        return end

    def roll(self) -> None:
        """End the current segment, if it has begun; the next record begins another."""
        if self.opened is None:
            return
        (self._chunk or self._grow()).ends = True
        self._chunk = None
        self.opened = None
        self._retired = self.stream_records()
        self._streams = {}
        self.end = Position(self.end.segment + 1, HEADER_BYTES)

    @property
    def waiting(self) -> bool:
        """Whether a chunk waits to be written, be it an empty one that ends a segment."""
        return bool(self._chunks)

    def take(self) -> Chunk | None:
        """The oldest chunk, complete: what is added from now on goes into another. None when nothing waits."""
        if not self._chunks:
            return None
        chunk = self._chunks.popleft()
        if chunk is self._chunk:
            self._chunk = None
        self.waiting_bytes -= len(chunk.data)
        return chunk

    def stream_records(self) -> dict[str, int]:
        """Records added by stream, since the writer was opened."""
        return self._retired | {name: one.records for name, one in self._streams.items()}

    def _declare(self, stream: str) -> _Stream:
        name = stream_name_bytes(stream)
        if self.opened is not None and len(self._streams) == STREAM_LIMIT:
            self.roll()
        if self.opened is None:
            self._begin()
        one = self._streams[stream] = _Stream(name, len(self._streams), self._retired.get(stream, 0))
        return one

    def _begin(self) -> None:
        self._salt = secrets.randbits(32)
        self.opened = time.monotonic()
        header = SegmentHeader(self.end.segment, self._gatherer, time.time_ns(), self._salt).pack()
        self._chunk = Chunk(self.end.segment, 0)
        self._chunk.data += header + header
        self.waiting_bytes += HEADER_BYTES
        self._chunks.append(self._chunk)

    def _grow(self) -> Chunk:
        self._chunk = chunk = Chunk(self.end.segment, self.end.offset)
        self._chunks.append(chunk)
        return chunk
