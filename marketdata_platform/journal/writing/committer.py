"""Group commit: the thread that makes what was appended durable, and the state that appenders wait
on.

Belongs here: the lock between appenders and the commit thread, the acknowledged position, stopping
and starting again when the disk fails. Does not: framing (frames.py), files (disk.py), the public
surface (writer.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

from marketdata_platform.core.errors import JournalStopped
from marketdata_platform.journal.options import JournalCounters, JournalOptions
from marketdata_platform.journal.writing.disk import SegmentFile
from marketdata_platform.journal.writing.frames import Chunk, FrameBuffer


class Committer:
    """Owns the buffer. `lock` guards everything; `done` is notified after each commit and each
    change of state.
    """

    def __init__(
        self,
        folder: Path,
        frames: FrameBuffer,
        options: JournalOptions,
        finished: Callable[[int], None],
    ) -> None:
        self.frames = frames
        self.counters = JournalCounters()
        self.lock = threading.Lock()
        self.acknowledged = frames.end
        self.refusal: str | None = None
        """Why nothing is taken now; None while open."""
        self._folder = folder
        self._options = options
        self._finished = finished
        self._file = SegmentFile(folder, sync=options.sync)
        self._work = threading.Condition(self.lock)
        self.done = threading.Condition(self.lock)
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._in_flight: Chunk | None = None
        self.in_flight_bytes = 0
        self._hurry = False
        self._closing = False
        self._failing = False
        self._thread = threading.Thread(
            target=self._run, name=f"journal-commit {folder.name}", daemon=True
        )
        self._thread.start()

    @property
    def buffered_bytes(self) -> int:
        """Bytes in memory that are not yet acknowledged."""
        return self.frames.waiting_bytes + self.in_flight_bytes

    def hurry(self) -> None:
        """Commit now. Call with the lock held."""
        if not self._hurry:
            self._hurry = True
            self._work.notify()

    def stopped(self) -> JournalStopped:
        """The error for whoever cannot go on. Call with the lock held, when there is a refusal."""
        return JournalStopped(f"the journal {self._folder} takes nothing: {self.refusal}")

    def waiter(self) -> asyncio.Future[None]:
        """A future of the running loop that the next change completes. Call with the lock held."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiters.append((loop, future))
        return future

    def close(self) -> None:
        """Let nothing more in, commit what waits unless the disk refuses, and end the thread."""
        with self.lock:
            self._closing = True
            self.refusal = self.refusal or "it is closed"
            self._work.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            while self._await_work():
                failure = self._commit_all()
                if failure is not None:
                    self._pause(failure)
        finally:
            self._file.close()
            with self.lock:
                # Only a bug ends the thread while nobody closes: then say so rather than take what
                # nobody writes.
                self.refusal = self.refusal or "its commit thread died: see the traceback on stderr"
                self._notify()

    def _await_work(self) -> bool:
        """Wait until a commit is due; False when all is committed, or was tried, and the writer
        closes.
        """
        options = self._options
        with self.lock:
            if self._closing and (self._failing or not self._has_work()):
                return False
            self._work.wait_for(lambda: self._hurry or self._closing, options.commit_seconds)
            self._hurry = False
            opened = self.frames.opened
            if opened is not None and time.monotonic() - opened >= options.segment_seconds:
                self.frames.roll()
            return True

    def _has_work(self) -> bool:
        return self._in_flight is not None or self.frames.waiting

    def _commit_all(self) -> OSError | None:
        """Commit chunk by chunk, each acknowledged by itself; the error that stopped it, if one
        did.
        """
        while True:
            with self.lock:
                if self._in_flight is None:
                    self._in_flight = self.frames.take()
                    self.in_flight_bytes = len(self._in_flight.data) if self._in_flight else 0
                chunk = self._in_flight
            if chunk is None:
                return None
            begun = time.perf_counter()
            try:
                self._file.commit(chunk)
            except OSError as error:
                return error
            if chunk.ends:
                self._finished(chunk.segment)
            self._acknowledge(chunk, time.perf_counter() - begun)

    def _acknowledge(self, chunk: Chunk, seconds: float) -> None:
        with self.lock:
            counters = self.counters
            counters.commits += 1
            counters.written_bytes += len(chunk.data)
            counters.commit_seconds_last = seconds
            counters.commit_seconds_total += seconds
            counters.commit_seconds_longest = max(counters.commit_seconds_longest, seconds)
            self._in_flight, self.in_flight_bytes = None, 0
            self.acknowledged = chunk.end
            self._failing = False
            self.refusal = "it is closed" if self._closing else None
            self._notify()

    def _pause(self, failure: OSError) -> None:
        """Refuse appends, keep what was taken, and try again after a while."""
        with self.lock:
            self.counters.failures += 1
            self._failing = True
            self.refusal = (
                f"{failure.strerror or failure} (errno {failure.errno}); {self.buffered_bytes:,} "
                "bytes wait in memory, "
                f"everything up to {self.acknowledged} is safe; it goes on by itself once the disk "
                "takes writes again"
            )
            self._notify()
            self._work.wait_for(lambda: self._closing, self._options.retry_seconds)

    def _notify(self) -> None:
        self.done.notify_all()
        waiters, self._waiters = self._waiters, []
        for loop, future in waiters:
            with contextlib.suppress(
                RuntimeError
            ):  # the loop was closed; nobody waits there any more
                loop.call_soon_threadsafe(_complete, future)


def _complete(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
