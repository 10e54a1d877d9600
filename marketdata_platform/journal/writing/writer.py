"""The writer: append frames, learn when they are safe.

Belongs here: what a gatherer calls, from threads or from asyncio. Does not: how it is done (frames,
committer, sealer).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from marketdata_platform.journal.folder import next_number
from marketdata_platform.journal.format import Position, check_gatherer
from marketdata_platform.journal.options import JournalCounters, JournalOptions
from marketdata_platform.journal.writing.committer import Committer
from marketdata_platform.journal.writing.frames import FrameBuffer
from marketdata_platform.journal.writing.lock import WriterLock
from marketdata_platform.journal.writing.recovery import Recovered, recover_locked
from marketdata_platform.journal.writing.sealer import Sealer


class JournalWriter:
    """The one writer of a journal folder.

    A frame is *acknowledged* once fsync has returned for it: `acknowledged` is the position up to
    which that holds. Until then it is only in memory or in the operating system. `recovered` says
    what the start found after a crash.
    """

    def __init__(self, folder: Path, gatherer: str, options: JournalOptions | None = None) -> None:
        """Lock the folder (made when missing), cut a torn tail, and begin a new segment with the
        first append.

        Raises:
            JournalLocked: another process or writer has the folder.
            InvalidInput: `gatherer` cannot be a name.
            OSError: the folder cannot be made or read.
        """
        self.folder = Path(folder)
        self.options = options or JournalOptions()
        check_gatherer(gatherer)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = WriterLock(self.folder)
        self._closed = False
        self._buffer_bytes, self._commit_bytes = (
            self.options.buffer_bytes,
            self.options.commit_bytes,
        )
        try:
            self.recovered: Recovered = recover_locked(self.folder)
            self._frames = FrameBuffer(
                gatherer, next_number(self.folder), self.options.segment_bytes
            )
            self._core = Committer(self.folder, self._frames, self.options, self._finished)
        except BaseException:
            self._lock.release()
            raise
        self._sealer = Sealer(
            self.folder, self.options.zstd_level, self.options.retry_seconds, self._core.counters
        )
        for number in self.recovered.to_seal:
            self._sealer.add(number)

    def append_nowait(
        self, stream: str, payload: bytes, recv_ns: int, mono_ns: int
    ) -> Position | None:
        """Take one frame; the position after it, or None when the buffer is full: wait with `room`,
        then try again.

        Raises:
            JournalStopped: the disk is full or fails, or the writer is closed.
            InvalidInput: the payload is above 256 MiB, or the stream's name is empty or above 255
                bytes.
        """
        core, frames = self._core, self._frames
        with core.lock:
            if core.refusal is not None:
                raise core.stopped()
            buffered = frames.waiting_bytes + core.in_flight_bytes
            if buffered + len(payload) > self._buffer_bytes and buffered:
                core.counters.waits += 1
                core.hurry()
                return None
            position = frames.add(stream, payload, recv_ns, mono_ns)
            if frames.waiting_bytes >= self._commit_bytes:
                core.hurry()
            return position

    def append_many_nowait(
        self, stream: str, payloads: Sequence[bytes], recv_ns: int, mono_ns: int
    ) -> int:
        """Take frames that one read of a socket gave; how many were taken: the rest, when the
        buffer is full, not.

        Raises:
            JournalStopped, InvalidInput: as `append_nowait`, when not even the first is taken.
        """
        if len(payloads) == 1:
            return int(self.append_nowait(stream, payloads[0], recv_ns, mono_ns) is not None)
        core, frames = self._core, self._frames
        with core.lock:
            if core.refusal is not None:
                raise core.stopped()
            room = self._buffer_bytes - frames.waiting_bytes - core.in_flight_bytes
            taken = frames.add_many(stream, payloads, recv_ns, mono_ns, room)
            if frames.waiting_bytes >= self._commit_bytes or taken < len(payloads):
                core.hurry()
        if not taken and payloads:  # the buffer is full, or this frame is a case of its own
            return int(self.append_nowait(stream, payloads[0], recv_ns, mono_ns) is not None)
        return taken

    def append(
        self,
        stream: str,
        payload: bytes,
        recv_ns: int,
        mono_ns: int,
        *,
        timeout_seconds: float | None = None,
    ) -> Position:
        """Take one frame, waiting while the buffer is full; the position after it. Not for an event
        loop's thread.

        Raises:
            TimeoutError: the buffer stayed full for `timeout_seconds`.
            JournalStopped, InvalidInput: as `append_nowait`.
        """
        position = self.append_nowait(stream, payload, recv_ns, mono_ns)
        deadline = (
            None
            if timeout_seconds is None or position is not None
            else time.monotonic() + timeout_seconds
        )
        while position is None:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError(
                    f"the journal {self.folder} had no room for {timeout_seconds} s: the disk is "
                    "slow"
                )
            with self._core.lock:
                self._core.done.wait_for(lambda: self._has_room(len(payload)), left)
            position = self.append_nowait(stream, payload, recv_ns, mono_ns)
        return position

    async def append_async(
        self, stream: str, payload: bytes, recv_ns: int, mono_ns: int
    ) -> Position:
        """As `append`, for coroutines; frames of concurrent calls may pass each other, those of one
        task do not.
        """
        while True:
            position = self.append_nowait(stream, payload, recv_ns, mono_ns)
            if position is not None:
                return position
            await self.room(len(payload))

    async def room(self, payload_bytes: int = 0) -> None:
        """Wait until a frame of this size fits, or the writer stopped (then the next append says
        so).
        """
        while True:
            with self._core.lock:
                if self._has_room(payload_bytes):
                    return
                changed = self._core.waiter()
            await changed

    @property
    def acknowledged(self) -> Position:
        """The position up to which every frame has been fsynced."""
        return self._core.acknowledged

    @property
    def end(self) -> Position:
        """The position after the frame that was taken last."""
        return self._core.frames.end

    @property
    def stopped(self) -> str | None:
        """Why nothing is taken now, such as a full disk; None while all is well."""
        return self._core.refusal

    def wait_acknowledged(self, position: Position, timeout_seconds: float | None = None) -> bool:
        """Wait until everything up to `position` is acknowledged; False when it took longer than
        the timeout.

        Raises:
            JournalStopped: the disk refuses; what was taken is kept and written when it takes
                writes again.
        """
        core = self._core
        with core.lock:
            core.done.wait_for(lambda: self._settled(position), timeout_seconds)
            return self._is_acknowledged(position)

    async def acknowledged_async(self, position: Position) -> None:
        """As `wait_acknowledged`, for coroutines."""
        while True:
            with self._core.lock:
                if self._settled(position) and self._is_acknowledged(position):
                    return
                changed = self._core.waiter()
            await changed

    def flush(self, timeout_seconds: float | None = None) -> Position:
        """Commit now and wait for it; the position that is acknowledged.

        Raises:
            TimeoutError, JournalStopped.
        """
        core = self._core
        with core.lock:
            target = core.frames.end
            core.hurry()
        if not self.wait_acknowledged(target, timeout_seconds):
            raise TimeoutError(
                f"the journal {self.folder} was not on disk within {timeout_seconds} s"
            )
        return self.acknowledged

    def seal(self, timeout_seconds: float | None = None) -> bool:
        """End the current segment and wait until all are compressed; False when it took longer."""
        with self._core.lock:
            self._core.frames.roll()
        self.flush(timeout_seconds)
        return self._sealer.wait_idle(timeout_seconds)

    def counters(self) -> JournalCounters:
        """A copy of the counters as they are now."""
        core = self._core
        with core.lock:
            streams = self._frames.stream_records()
            return replace(
                core.counters,
                frames=sum(streams.values()),
                frame_bytes=self._frames.payload_bytes,
                buffered_bytes=core.buffered_bytes,
                streams=streams,
            )

    def close(self, *, seal: bool = True) -> None:
        """Commit, seal and give the lock back; a second call does nothing.

        Without `seal` the open segment is left to the next writer: for when every millisecond of an
        exit counts.

        Raises:
            JournalStopped: the disk refuses what was taken but not acknowledged; the message says
                how much is lost.
        """
        if self._closed:
            return
        self._closed = True
        core = self._core
        with core.lock:
            if seal:
                core.frames.roll()
        core.close()
        self._sealer.close()
        self._lock.release()
        with core.lock:
            if core.buffered_bytes:
                raise core.stopped()

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _finished(self, number: int) -> None:
        self._sealer.add(number)

    def _has_room(self, payload_bytes: int) -> bool:
        core = self._core
        buffered = core.buffered_bytes
        return (
            core.refusal is not None
            or not buffered
            or buffered + payload_bytes <= self.options.buffer_bytes
        )

    def _is_acknowledged(self, position: Position) -> bool:
        if self._core.acknowledged >= position:
            return True
        if self._core.refusal is not None:
            raise self._core.stopped()
        return False

    def _settled(self, position: Position) -> bool:
        return self._core.acknowledged >= position or self._core.refusal is not None
