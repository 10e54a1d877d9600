"""From a socket into the journal: every frame is in the sink before anybody looks at it.

Belongs here: appending, back-pressure, frames handed on for a look afterwards. Does not: reading
them (continuity.py).

A full sink stops the reading of the socket, not the program: the frames that were read already are
held (at most what one read gave), the kernel's buffers fill, and the venue sees a slow reader. A
sink whose disk is full is waited for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeAlias

from marketdata_platform.core.errors import InvalidInput, JournalStopped
from marketdata_platform.workflows.ports import FrameSink

Received: TypeAlias = tuple[list[bytes], int, int]
"""Frames of one read of a socket; when, by wall clock and monotonic clock, in ns."""

_STOPPED_RETRY_SECONDS = 0.1
_LOOK_FRAMES = 2_048
_LOOK_BYTES = 2**20


class Valve(Protocol):
    """What holds the flow back: a socket."""

    def pause(self) -> None:
        """Give nothing more for now."""
        ...

    def resume(self) -> None:
        """Go on."""
        ...


class FramePump:
    """The way of one connection's frames into `sink`, as `stream`.

    `look` gets frames in batches once they are in the sink: when it is called (`flush_looks`), and
    whenever many wait.
    """

    def __init__(
        self, sink: FrameSink, stream: str, look: Callable[[list[Received]], None]
    ) -> None:
        self.frames = 0
        self.bytes = 0
        self.waits = 0
        self.refused = 0
        self.valve: Valve | None = None
        self._sink = sink
        self._stream = stream
        self._look = look
        self._fresh: list[Received] = []
        self._fresh_frames = self._fresh_bytes = 0
        self._held: deque[Received] = deque()
        self._draining: asyncio.Task[None] | None = None

    def take(self, payloads: list[bytes], recv_ns: int, mono_ns: int) -> None:
        """Append the frames of one read, or hold them and stop the flow. Never raises, never
        waits.
        """
        if self._held:
            self._held.append((payloads, recv_ns, mono_ns))
            return
        left = self._append(payloads, recv_ns, mono_ns)
        if left:
            self._hold(left, recv_ns, mono_ns)

    @property
    def holding(self) -> bool:
        """True if frames wait for the sink: the socket is not read meanwhile, so silence says
        nothing.
        """
        return bool(self._held)

    def flush_looks(self) -> None:
        """Hand on what came since the last time."""
        if self._fresh:
            fresh, self._fresh, self._fresh_frames, self._fresh_bytes = self._fresh, [], 0, 0
            self._look(fresh)

    async def drained(self) -> None:
        """Wait until nothing is held."""
        if self._draining is not None:
            await self._draining

    def _append(self, payloads: list[bytes], recv_ns: int, mono_ns: int) -> list[bytes]:
        """Append; the frames that the sink did not take."""
        left = payloads
        while left:
            try:
                taken = self._sink.append_many_nowait(self._stream, left, recv_ns, mono_ns)
            except JournalStopped:
                return left
            except InvalidInput:  # the first is above what a record holds
                self.refused += 1
                left = left[1:]
                continue
            if not taken:
                return left
            self._taken(left if taken == len(left) else left[:taken], recv_ns, mono_ns)
            left = left[taken:]
        return left

    def _taken(self, payloads: list[bytes], recv_ns: int, mono_ns: int) -> None:
        size = sum(map(len, payloads))
        self.frames += len(payloads)
        self.bytes += size
        self._fresh.append((payloads, recv_ns, mono_ns))
        self._fresh_frames += len(payloads)
        self._fresh_bytes += size
        if self._fresh_frames >= _LOOK_FRAMES or self._fresh_bytes >= _LOOK_BYTES:
            self.flush_looks()

    def _hold(self, payloads: list[bytes], recv_ns: int, mono_ns: int) -> None:
        self._held.append((payloads, recv_ns, mono_ns))
        self.waits += 1
        if self.valve is not None:
            self.valve.pause()
        self._draining = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        while self._held:
            payloads, recv_ns, mono_ns = self._held[0]
            if self._sink.stopped is not None:
                await asyncio.sleep(_STOPPED_RETRY_SECONDS)
            else:
                await self._sink.room(len(payloads[0]))
            left = self._append(payloads, recv_ns, mono_ns)
            if left:
                self._held[0] = (left, recv_ns, mono_ns)
            else:
                self._held.popleft()
        self._draining = None
        if self.valve is not None:
            self.valve.resume()
