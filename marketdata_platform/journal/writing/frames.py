"""Frames in memory, on their way to the disk: framing, numbering, cutting into segments.

Belongs here: turning appends into bytes at known positions. Does not: locks, threads, files; the
writer holds its lock around every call.
"""

from __future__ import annotations

import secrets
import struct
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from itertools import accumulate
from zlib import crc32

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.journal.format import (
    CHECKS,
    FIELDS,
    GROUP,
    HEADER_BYTES,
    KIND_AT,
    LARGEST_PAYLOAD_BYTES,
    MARKER,
    SINGLE,
    STREAM_LIMIT,
    Position,
    SegmentHeader,
    stream_name_bytes,
)
from marketdata_platform.journal.groups import GROUP_BYTES, GROUP_FRAMES, packed, table_bytes

_U32 = 0xFFFF_FFFF
_VARYING = struct.Struct("<IqqI")
"""The first four of FIELDS; stream number and name are in the stream's prefix once and for all."""
_pack_varying_into = _VARYING.pack_into
_pack_checks_into = CHECKS.pack_into
_new_tuple = tuple.__new__  # a third of the time of Position(…)


class Chunk:
    """Contiguous bytes of one segment, not yet durable. `ends` says that nothing of the segment
    follows.
    """

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
    """A stream within a segment, with its records' prefix: only what varies is packed for each
    record.
    """

    __slots__ = ("checked", "checks_at", "prefix", "records_before", "sequence")

    def __init__(self, name: bytes, number: int, records_before: int) -> None:
        fields = FIELDS.pack(0, 0, 0, 0, number, len(name), SINGLE)
        self.prefix = bytearray(MARKER + fields + name + CHECKS.pack(0, 0))
        self.checks_at = len(self.prefix) - CHECKS.size
        self.checked = memoryview(self.prefix)[len(MARKER) : self.checks_at]
        self.sequence = 0
        self.records_before = records_before


class FrameBuffer:
    """Chunks that wait to be written, the last of which grows. Not thread-safe."""

    def __init__(self, gatherer: str, segment: int, segment_bytes: int) -> None:
        self._gatherer = gatherer
        self._segment_bytes = segment_bytes
        self._salt = 0
        self._streams: dict[str, _Stream] = {}
        self._retired: dict[str, int] = {}
        self._chunks: deque[Chunk] = deque()
        self._data: bytearray | None = None
        """Of the last chunk, while it may grow."""
        self._segment = segment
        self._offset = HEADER_BYTES
        self.opened: float | None = None
        """Monotonic seconds at which the current segment began; None between segments."""
        self.waiting_bytes = 0
        self.payload_bytes = 0

    @property
    def end(self) -> Position:
        """The position after what was added last."""
        return Position(self._segment, self._offset)

    def add(self, stream: str, payload: bytes, recv_ns: int, mono_ns: int) -> Position:
        """Frame one record; the position after it.

        Raises:
            InvalidInput: the payload or the stream's name is too long, or a time needs more than 64
                bits.
        """
        size = len(payload)
        if size > LARGEST_PAYLOAD_BYTES:
            raise InvalidInput(
                f"a record holds at most {LARGEST_PAYLOAD_BYTES:,} bytes; this frame has {size:,}"
            )
        one = self._streams.get(stream)
        if one is None or self._offset >= self._segment_bytes:
            one = self._declare(stream)
        data = self._data
        if data is None:
            data = self._grow()
        prefix = one.prefix
        try:
            _pack_varying_into(prefix, 4, size, recv_ns, mono_ns, one.sequence)
        except struct.error:
            raise InvalidInput(
                f"receive times are whole nanoseconds; not {recv_ns!r} and {mono_ns!r}"
            ) from None
        check = crc32(one.checked, (self._salt + self._offset) & _U32)
        _pack_checks_into(prefix, one.checks_at, check, crc32(payload, check))
        data += prefix
        data += payload
        one.sequence += 1
        grown = len(prefix) + size
        self.payload_bytes += size
        self.waiting_bytes += grown
        self._offset = end = self._offset + grown
        return _new_tuple(Position, (self._segment, end))

    def add_many(
        self, stream: str, payloads: Sequence[bytes], recv_ns: int, mono_ns: int, room_bytes: int
    ) -> int:
        """Frame payloads that were received together, as many as fit into `room_bytes`; how many
        those are.

        They go into groups. The first may be one that no room is made for: then it is for `add`.
        """
        taken, room_end = 0, self.waiting_bytes + room_bytes
        while taken < len(payloads):
            one = self._streams.get(stream)
            if one is None or self._offset >= self._segment_bytes:
                one = self._declare(stream)
            some = payloads[taken : taken + GROUP_FRAMES]
            room = room_end - self.waiting_bytes
            more = self._add_group(one, some, recv_ns, mono_ns, room - len(one.prefix))
            if not more and len(some[0]) <= min(room, LARGEST_PAYLOAD_BYTES):
                self.add(stream, some[0], recv_ns, mono_ns)
                more = 1
            if not more:
                break
            taken += more
        return taken

    def _add_group(
        self, one: _Stream, frames: Sequence[bytes], recv_ns: int, mono_ns: int, room_bytes: int
    ) -> int:
        """Frame as many as one group takes, within the room; how many: 0 when that is not even
        two.
        """
        sizes = list(map(len, frames))
        limit = min(room_bytes, GROUP_BYTES) - table_bytes(len(sizes))
        size = sum(sizes)
        if size > limit:
            count = bisect_right(list(accumulate(sizes)), limit)
            frames, sizes = frames[:count], sizes[:count]
            size = sum(sizes)
        count = len(sizes)
        if count < 2:
            return 0
        payload = packed(frames, sizes)
        data = self._data
        if data is None:
            data = self._grow()
        prefix = one.prefix
        try:
            _pack_varying_into(prefix, 4, len(payload), recv_ns, mono_ns, one.sequence)
        except struct.error:
            raise InvalidInput(
                f"receive times are whole nanoseconds; not {recv_ns!r} and {mono_ns!r}"
            ) from None
        prefix[KIND_AT] = GROUP
        check = crc32(one.checked, (self._salt + self._offset) & _U32)
        _pack_checks_into(prefix, one.checks_at, check, crc32(payload, check))
        data += prefix
        data += payload
        prefix[KIND_AT] = SINGLE
        one.sequence += count
        grown = len(prefix) + len(payload)
        self.payload_bytes += size
        self.waiting_bytes += grown
        self._offset += grown
        return count

    def roll(self) -> None:
        """End the current segment, if it has begun; the next record begins another."""
        if self.opened is None:
            return
        if self._data is None:
            self._grow()
        self._chunks[-1].ends = True
        self._data = None
        self.opened = None
        self._retired = self.stream_records()
        self._streams = {}
        self._segment += 1
        self._offset = HEADER_BYTES

    @property
    def waiting(self) -> bool:
        """True if a chunk waits to be written, be it an empty one that ends a segment."""
        return bool(self._chunks)

    def take(self) -> Chunk | None:
        """The oldest chunk, complete: what is added from now on goes into another. None when
        nothing waits.
        """
        if not self._chunks:
            return None
        chunk = self._chunks.popleft()
        if chunk.data is self._data:
            self._data = None
        self.waiting_bytes -= len(chunk.data)
        return chunk

    def stream_records(self) -> dict[str, int]:
        """Records added by stream, since the writer was opened."""
        return self._retired | {
            name: one.records_before + one.sequence for name, one in self._streams.items()
        }

    def _declare(self, stream: str) -> _Stream:
        """The stream in the segment that takes its next record: the current one, or a new one."""
        name = stream_name_bytes(stream)
        if self._offset >= self._segment_bytes or (
            stream not in self._streams and len(self._streams) == STREAM_LIMIT
        ):
            self.roll()
        if self.opened is None:
            self._begin()
        one = self._streams[stream] = _Stream(
            name, len(self._streams), self._retired.get(stream, 0)
        )
        return one

    def _begin(self) -> None:
        self._salt = secrets.randbits(32)
        self.opened = time.monotonic()
        header = SegmentHeader(self._segment, self._gatherer, time.time_ns(), self._salt).pack()
        chunk = Chunk(self._segment, 0)
        chunk.data += header + header
        self._data = chunk.data
        self.waiting_bytes += HEADER_BYTES
        self._chunks.append(chunk)

    def _grow(self) -> bytearray:
        chunk = Chunk(self._segment, self._offset)
        self._chunks.append(chunk)
        self._data = chunk.data
        return chunk.data
