"""Ports of recordings: what a gatherer writes to, what landing reads, and what a venue answers
about the past. Adapters are in journal/, stores/postgres_server and feeds/.

Belongs here: protocols and their values. A gatherer's process loads this module, and with it Arrow,
but neither Polars nor Numba nor a database. Does not: what frames mean (venues).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.instrument import Instrument

Int64s: TypeAlias = npt.NDArray[np.int64]

LARGEST_FRAME_BYTES = 16 * 2**20
"""No venue sends a frame near this size. One that comes is not decoded: it would take many times
its size.
"""


class CutFrame(bytes):
    """The beginning of a frame above `LARGEST_FRAME_BYTES`, whose size is `whole_bytes`: the rest
    is not copied.
    """

    whole_bytes: int


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """Raw frames as a gatherer received them, in that order: columns (frames,) beside the frames.

    `streams[stream[i]]` is frame i's stream (`venues.streams`), `offset[i]` its place in `segment`.
    `next` is the cursor of a reader that has dealt with the whole batch.
    """

    frames: Sequence[bytes]
    streams: Sequence[str]
    stream: Int64s
    recv_ns: Int64s
    mono_ns: Int64s
    segment: int
    offset: Int64s
    next: str


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows that a gatherer has decoded already (it keeps a database of its own)."""

    dataset: str
    instrument: Instrument
    rows: pa.Table
    next: str


@dataclass(frozen=True, slots=True)
class SourceDamage:
    """A stretch of a source that cannot be read; the rest is. `first_recv_ns`: receipt of what is
    lost, if known.
    """

    position: str
    reason: str
    next: str
    recv_ns: int | None = None


class Source(Protocol):
    """One gatherer's recording, as landing reads it: a journal, or a gatherer's own database."""

    @property
    def name(self) -> str:
        """The gatherer."""
        ...

    def batches(
        self, position: str | None, batch_bytes: int
    ) -> Iterator[FrameBatch | RowBatch | SourceDamage]:
        """What is there from `position` (None: the beginning) to the present end, at most
        `batch_bytes` at a time.
        """
        ...

    def tail(self) -> str:
        """The position after the last complete record."""
        ...


class FrameSink(Protocol):
    """Where a gatherer's frames go before anybody decodes them. The journal's writer is one."""

    def append_nowait(self, stream: str, payload: bytes, recv_ns: int, mono_ns: int) -> Any | None:
        """Take one frame; its position, or None when the buffer is full: wait with `room`, then try
        again.

        Raises:
            JournalStopped: the disk is full or fails.
        """
        ...

    def append_many_nowait(
        self, stream: str, payloads: Sequence[bytes], recv_ns: int, mono_ns: int
    ) -> int:
        """Take frames that came together; how many were taken, fewer than all when the buffer is
        full.

        Raises:
            JournalStopped: the disk is full or fails.
        """
        ...

    async def room(self, payload_bytes: int = 0) -> None:
        """Wait until a frame of this size fits, or the sink has stopped."""
        ...

    @property
    def acknowledged(self) -> Any:
        """The position up to which every frame is durable."""
        ...

    @property
    def stopped(self) -> str | None:
        """Why nothing is taken now; None while all is well."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A REST answer as it came: `stream` names the question (`venues.streams`)."""

    stream: str
    body: bytes
    recv_ns: int
    mono_ns: int


class History(Protocol):
    """What a venue's REST history still holds. Answers are given as they come, so that none
    is lost to an error.

    Both raise, after what there is was given:
        ConfigurationError: the venue has no such history, or it does not reach back so far.
        VenueUnavailable: it does not answer, or its limits are used up: try again later.
    """

    def trades(
        self, instrument: Instrument, first_id: int, last_id: int, *, aggregate: bool = False
    ) -> Iterator[Answer]:
        """Answers that together hold the trades `first_id..last_id` (or aggregate trades), as far
        as there are any.
        """
        ...

    def trades_between(
        self, instrument: Instrument, start: datetime, end: datetime
    ) -> Iterator[Answer]:
        """Answers that together hold the trades of `[start, end)`, of venues that do not number
        them.
        """
        ...
