"""What readers get: records, and batches of them.

Belongs here: access to what a scan found. Does not: scanning, decoding frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from marketdata_platform.journal.format import Position
from marketdata_platform.journal.reading.scan import Int64s, Run


class JournalRecord(NamedTuple):
    """One frame as it was received. `recv_ns` is wall clock since 1970, `mono_ns` the machine's
    monotonic clock.

    `sequence` numbers the stream's records within the segment from 0: a jump says how many are lost
    in between.
    """

    position: Position
    next: Position
    stream: str
    sequence: int
    recv_ns: int
    mono_ns: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class JournalBatch:
    """Records of one segment that follow each other, as columns (records,) over one buffer.

    Record i's frame is `data[payload[i]:payload_end[i]]`, its stream `streams[stream[i]]`; stream
    numbers hold within the segment. A reader that stores `next` with what it made of the batch goes
    on from there.
    """

    segment: int
    run: Run

    def __len__(self) -> int:
        return len(self.run.start)

    @property
    def data(self) -> bytes:
        """The segment's bytes that hold the batch, prefixes included."""
        return self.run.data

    @property
    def streams(self) -> dict[int, str]:
        """Stream names by the numbers in `stream`."""
        return self.run.names

    @property
    def stream(self) -> Int64s:
        """Stream numbers."""
        return self.run.stream

    @property
    def sequence(self) -> Int64s:
        """Each record's number within its stream and segment, from 0."""
        return self.run.sequence

    @property
    def recv_ns(self) -> Int64s:
        """Wall clock at receipt, ns since 1970."""
        return self.run.recv_ns

    @property
    def mono_ns(self) -> Int64s:
        """Monotonic clock at receipt, ns."""
        return self.run.mono_ns

    @property
    def payload(self) -> Int64s:
        """Where each frame begins in `data`."""
        return self.run.payload

    @property
    def payload_end(self) -> Int64s:
        """Where each frame ends in `data`."""
        return self.run.payload_end

    @property
    def offset(self) -> Int64s:
        """Where each record begins in the segment: with `segment`, its position."""
        return self.run.start + self.run.base

    @property
    def position(self) -> Position:
        """Where the batch begins."""
        return Position(self.segment, self.run.base + int(self.run.start[0]))

    @property
    def next(self) -> Position:
        """Where reading goes on after the batch."""
        return Position(self.segment, self.run.base + self.run.consumed)

    def payloads(self) -> list[bytes]:
        """The frames, copied out."""
        data = self.run.data
        bounds = zip(self.run.payload.tolist(), self.run.payload_end.tolist(), strict=True)
        return [data[begin:end] for begin, end in bounds]

    def records(self) -> Iterator[JournalRecord]:
        """The records one by one."""
        run, segment, names = self.run, self.segment, self.run.names
        starts = [Position(segment, at) for at in self.offset.tolist()]
        columns = (
            run.stream.tolist(),
            run.sequence.tolist(),
            run.recv_ns.tolist(),
            run.mono_ns.tolist(),
        )
        for start, following, stream, sequence, recv_ns, mono_ns, payload in zip(
            starts, [*starts[1:], self.next], *columns, self.payloads(), strict=True
        ):
            yield JournalRecord(
                start, following, names[stream], sequence, recv_ns, mono_ns, payload
            )
