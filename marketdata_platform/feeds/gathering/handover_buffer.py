"""A sink that can take frames before the journal is ours: at a hand-over the successor hears before
it may write.

Belongs here: holding frames, bounded, and passing them on in order. Does not: waiting for the
journal's lock (platform.capturing).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from marketdata_platform.workflows.ports import FrameSink


class HandoverBuffer:
    """Holds at most `limit_bytes` of frames until `pass_on`; from then on it is the sink that it
    was given.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.sink: FrameSink | None = None
        self.held_bytes = 0
        self._limit_bytes = limit_bytes
        self._held: deque[tuple[str, bytes, int, int]] = deque()
        self._changed = asyncio.Event()
        # An attribute, not a method: once the journal is there, frames go to it without a detour.
        self.append_nowait = self._hold
        self.append_many_nowait = self._hold_many

    def _hold(self, stream: str, payload: bytes, recv_ns: int, mono_ns: int) -> Any | None:
        if self._held and self.held_bytes + len(payload) > self._limit_bytes:
            return None
        self._held.append((stream, payload, recv_ns, mono_ns))
        self.held_bytes += len(payload)
        return len(self._held)

    def _hold_many(self, stream: str, payloads: Sequence[bytes], recv_ns: int, mono_ns: int) -> int:
        for number, payload in enumerate(payloads):
            if self._hold(stream, payload, recv_ns, mono_ns) is None:
                return number
        return len(payloads)

    async def pass_on(self, sink: FrameSink) -> None:
        """Give all that is held to `sink`, in order, and let what comes later go there at once."""
        while self._held:
            if sink.append_nowait(*self._held[0]) is None:
                await sink.room(len(self._held[0][1]))
                continue
            self.held_bytes -= len(self._held.popleft()[1])
        self.sink = sink
        self.append_nowait = sink.append_nowait
        self.append_many_nowait = sink.append_many_nowait
        self._changed.set()

    async def room(self, payload_bytes: int = 0) -> None:
        """Wait until a frame of this size fits."""
        while self.sink is None:
            if not self._held or self.held_bytes + payload_bytes <= self._limit_bytes:
                return
            await self._changed.wait()
        await self.sink.room(payload_bytes)

    @property
    def acknowledged(self) -> Any:
        """The position up to which every frame is durable; nothing before there is a journal."""
        return None if self.sink is None else self.sink.acknowledged

    @property
    def stopped(self) -> str | None:
        """Why nothing is taken now."""
        return None if self.sink is None else self.sink.stopped
