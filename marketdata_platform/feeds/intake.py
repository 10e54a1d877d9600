"""From a socket into the journal: every frame is in the sink before anybody looks at it.

Belongs here: appending, back-pressure, frames handed on for a look afterwards. Does not: reading them (continuity.py).

A full sink stops the reading of the socket, not the program: the frames that were read already are held (at most what
one read gave), the kernel's buffers fill, and the venue sees a slow reader. A sink whose disk is full is waited for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from marketdata_platform.core.errors import InvalidInput, JournalStopped
from marketdata_platform.workflows.ports import FrameSink

_STOPPED_RETRY_SECONDS = 0.1
_LOOK_FRAMES = 4_096
_LOOK_BYTES = 1_048_576


class Valve(Protocol):
    """What holds the flow back: a socket."""

    def pause(self) -> None:
        """Give nothing more for now."""
        ...

    def resume(self) -> None:
        """Go on."""
        ...


class Intake:
    """The way of one connection's frames into `sink`, as `stream`.

    `look` gets frames in batches once they are in the sink: when it is called (`flush_looks`), and whenever many wait.
    """

    def __init__(self, sink: FrameSink, stream: str, look: Callable[[list[tuple[bytes, int]]], None]) -> None:
        self.frames = 0
        self.bytes = 0
        self.waits = 0
        self.refused = 0
        self.last_ns = 0  # monotonic
        self.valve: Valve | None = None
        self._sink = sink
        self._stream = stream
        self._look = look
        self._fresh: list[tuple[bytes, int]] = []
        self._fresh_bytes = 0
        self._held: deque[tuple[bytes, int, int]] = deque()
        self._draining: asyncio.Task[None] | None = None

    def take(self, payload: bytes, recv_ns: int, mono_ns: int) -> None:
        """Append a frame, or hold it and stop the flow. Never raises, never waits."""
        if self._held or not self._append(payload, recv_ns, mono_ns):
            self._hold(payload, recv_ns, mono_ns)

    @property
    def holding(self) -> bool:
        """Whether frames wait for the sink: the socket is not read meanwhile, so silence says nothing."""
        return bool(self._held)

    def flush_looks(self) -> None:
        """Hand on what came since the last time."""
        if self._fresh:
            fresh, self._fresh, self._fresh_bytes = self._fresh, [], 0
            self._look(fresh)

    async def drained(self) -> None:
        """Wait until nothing is held."""
        if self._draining is not None:
            await self._draining

    def _append(self, payload: bytes, recv_ns: int, mono_ns: int) -> bool:
        try:
            if self._sink.append_nowait(self._stream, payload, recv_ns, mono_ns) is None:
                return False
        except JournalStopped:
            return False
        except InvalidInput:  # above what a record holds
            self.refused += 1
            return True
        size = len(payload)
        self.frames += 1
        self.bytes += size
        self.last_ns = mono_ns
        if size < _LOOK_BYTES:
            self._fresh.append((payload, recv_ns))
            self._fresh_bytes += size
            if len(self._fresh) >= _LOOK_FRAMES or self._fresh_bytes >= _LOOK_BYTES:
                self.flush_looks()
        return True

    def _hold(self, payload: bytes, recv_ns: int, mono_ns: int) -> None:
        self._held.append((payload, recv_ns, mono_ns))
        if self._draining is None:
            self.waits += 1
            if self.valve is not None:
                self.valve.pause()
            self._draining = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        while self._held:
            if self._sink.stopped is not None:
                await asyncio.sleep(_STOPPED_RETRY_SECONDS)
            else:
                await self._sink.room(len(self._held[0][0]))
            while self._held and self._append(*self._held[0]):
                self._held.popleft()
        self._draining = None
        if self.valve is not None:
            self.valve.resume()
