"""Running a gatherer: its journal, heartbeat, signals, and the hand-over from the process before
it.

Belongs here: `capture`. Does not: connections (feeds), landing. The process of a gatherer loads
neither Polars nor Numba nor a database: it must be back within seconds, and many of them share a
machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from marketdata_platform.core.errors import ConfigurationError, JournalLocked, JournalStopped
from marketdata_platform.feeds.gathering.gatherer import Gatherer
from marketdata_platform.feeds.gathering.handover_buffer import HandoverBuffer
from marketdata_platform.feeds.gathering.market_context import Log, RecordingOptions
from marketdata_platform.journal import JournalOptions, JournalWriter
from marketdata_platform.journal.writing import handover
from marketdata_platform.journal.writing.heartbeat import beat
from marketdata_platform.observe.logs import logger
from marketdata_platform.platform.gatherers.daemon_thread import in_thread
from marketdata_platform.platform.gatherers.journal_folders import journal_folder
from marketdata_platform.platform.gatherers.signals import ending_signals
from marketdata_platform.settings import Settings
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus

_BEAT_SECONDS = 1.0
_ASKED_SECONDS = 0.2
_LOCK_SECONDS = 0.02
_HEARD_SECONDS = 5.0  # how long a successor waits for its first frames before it asks to take over
_FLUSH_SECONDS = 1.5
_CLOSE_SECONDS = 1.5


class Deployed(Protocol):
    """What capturing needs of a `Platform`."""

    @property
    def settings(self) -> Settings:
        """The configuration."""
        ...


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """What a gatherer's run took. All of `frames` are in the journal; up to `acknowledged` they are
    fsynced.
    """

    gatherer: str
    ended: str  # why: seconds passed | asked to stop | signal | successor
    seconds: float
    frames: int
    bytes: int
    acknowledged: str
    status: GathererStatus


def capture(
    platform: Deployed,
    gatherer: str,
    *,
    seconds: float | None = None,
    run_id: str = "",
    stop: threading.Event | None = None,
    on_status: Callable[[GathererStatus], None] | None = None,
) -> CaptureResult:
    """Record what is configured until `seconds` have passed, `stop` is set, a signal or a successor
    comes.

    SIGTERM and SIGINT are handled when this is the main thread. `on_status` is called each second.
    When another process runs the same gatherer, this one connects first, then takes over: no frame
    is lost between them.

    Raises:
        ConfigurationError: no such gatherer, or nothing to record; the message says what to write.
        JournalStopped: the disk refused to the end; what was acknowledged is safe.
    """
    settings = platform.settings
    if gatherer not in settings.gatherers:
        raise ConfigurationError(
            f"no gatherer is called {gatherer[:40]!a}; there are {', '.join(settings.gatherers)}"
        )
    if not any(settings.capture.instruments.values()):
        raise ConfigurationError(
            "nothing is configured to be recorded: write into marketdata.toml, for example, "
            '[capture.instruments] "binance:spot:BTCUSDT" = ["trades", "quotes", "book_deltas"]'
        )
    run = _Run(settings, gatherer, run_id, stop, on_status)
    return asyncio.run(run.run(seconds))


class _Run:
    """One run of a gatherer, inside an event loop."""

    def __init__(
        self,
        settings: Settings,
        gatherer: str,
        run_id: str,
        stop: threading.Event | None,
        on_status: Callable[[GathererStatus], None] | None,
    ) -> None:
        self._settings = settings
        self._name = gatherer
        self._folder = journal_folder(settings, gatherer)
        self._stop = stop
        self._on_status = on_status
        self._log: Log = logger("capture").bind(gatherer=gatherer)
        self._journal: JournalWriter | None = None
        self._ended = ""
        now_us = time.time_ns() // 1_000
        self._status = GathererStatus(
            gatherer,
            os.getpid(),
            socket.gethostname(),
            run_id,
            started_us=now_us,
            beat_us=now_us,
            state="starting",
        )

    async def run(self, seconds: float | None) -> CaptureResult:
        begun = time.monotonic()
        self._over = asyncio.Event()
        self._buffer = HandoverBuffer(self._settings.capture.queue_bytes)
        capture = self._settings.capture
        options = RecordingOptions(
            capture.stale_seconds, capture.poll_seconds, capture.instruments_poll_seconds
        )
        with ending_signals(lambda: self._end("signal")):
            await self._open(first=True)
            self._gatherer = Gatherer(
                self._settings.captured(),
                self._settings.endpoint,
                self._buffer,
                options,
                self._log,
            )
            side = [
                asyncio.create_task(one)
                for one in (self._take_over(), self._beats(), self._watch(seconds))
            ]
            try:
                await self._gatherer.run(self._over)
            finally:
                for task in side:
                    task.cancel()
                results = await asyncio.gather(*side, return_exceptions=True)
                await self._close()
            for result in results:
                if isinstance(result, Exception):
                    raise result
        return self._result(time.monotonic() - begun)

    async def _open(self, *, first: bool = False) -> bool:
        """Take the journal if it is free."""
        capture = self._settings.capture
        options = JournalOptions(
            commit_seconds=capture.commit_seconds,
            buffer_bytes=capture.queue_bytes,
            segment_bytes=capture.segment_bytes,
            segment_seconds=capture.segment_seconds,
        )
        try:
            self._journal = await asyncio.to_thread(
                JournalWriter, self._folder, self._name, options
            )
        except JournalLocked as error:
            if first:
                self._status.state = "waiting"
                self._log.info("waiting for the process before this one", reason=str(error))
            return False
        self._status.state = "capturing"
        await self._buffer.pass_on(self._journal)
        self._log.info(
            "recording", journal=str(self._folder), recovered=str(self._journal.recovered)
        )
        return True

    async def _take_over(self) -> None:
        """Hear first, then ask the process before to end, and take its journal the moment it is
        free.
        """
        if self._journal is not None:
            return
        deadline = time.monotonic() + _HEARD_SECONDS
        while not self._gatherer.heard and time.monotonic() < deadline:
            await asyncio.sleep(_LOCK_SECONDS)
        handover.ask(self._folder)
        try:
            while not await self._open():
                await asyncio.sleep(_LOCK_SECONDS)
        finally:
            handover.withdraw(self._folder)

    async def _watch(self, seconds: float | None) -> None:
        """End the run when it is time, when asked to, or when a successor waits."""
        limit = math.inf if seconds is None else seconds
        deadline = time.monotonic() + limit
        while True:
            await asyncio.sleep(_ASKED_SECONDS if self._stop else min(_ASKED_SECONDS, limit))
            if self._stop is not None and self._stop.is_set():
                self._end("asked to stop")
            elif time.monotonic() >= deadline:
                self._end("seconds passed")
            elif self._journal is not None and handover.asked_by(self._folder) is not None:
                self._end("successor")

    def _end(self, reason: str) -> None:
        if not self._ended:
            self._ended = reason
            self._status.state = "draining"
            self._log.info("ending", reason=reason)
        self._over.set()

    async def _beats(self) -> None:
        while True:
            self._beat()
            await asyncio.sleep(_BEAT_SECONDS)

    def _beat(self) -> None:
        status, journal = self._status, self._journal
        self._gatherer.tell(status)
        status.beat_us = time.time_ns() // 1_000
        if journal is not None:
            self._tell_journal(status, journal)
            problem = beat(self._folder, status)
            if problem is not None:
                self._log.warning("no heartbeat", reason=problem)
        if self._on_status is not None:
            self._on_status(status)

    def _tell_journal(self, status: GathererStatus, journal: JournalWriter) -> None:
        counters = journal.counters()
        status.position, status.acknowledged = str(journal.end), str(journal.acknowledged)
        status.frames, status.bytes = counters.frames, counters.frame_bytes
        status.buffered_bytes = counters.buffered_bytes
        stopped = journal.stopped
        if (stopped is None) != (not status.stopped_reason) and status.state != "draining":
            if stopped is not None:
                self._log.warning("the journal takes nothing", reason=stopped)
            else:
                self._log.info("the journal takes frames again", acknowledged=status.acknowledged)
        status.stopped_reason = stopped or ""
        if status.state in ("capturing", "stopped"):
            status.state = "capturing" if stopped is None else "stopped"

    async def _close(self) -> None:
        """Everything that was taken onto the disk, the last heartbeat, and the lock back."""
        journal = self._journal
        if journal is None:
            return
        with contextlib.suppress(TimeoutError, JournalStopped):
            await in_thread(lambda: journal.flush(_FLUSH_SECONDS), 2 * _FLUSH_SECONDS)
        self._beat()
        seal = self._ended in ("seconds passed", "asked to stop")
        try:
            await in_thread(
                lambda: journal.close(seal=seal), 10 * _CLOSE_SECONDS if seal else _CLOSE_SECONDS
            )
        except TimeoutError:
            raise JournalStopped(
                f"the disk of {self._folder} did not take the last {self._status.buffered_bytes:,} "
                "bytes in time; "
                f"everything up to {self._status.acknowledged} is safe"
            ) from None

    def _result(self, seconds: float) -> CaptureResult:
        status = self._status
        self._log.info(
            "ended", reason=self._ended, frames=status.frames, acknowledged=status.acknowledged
        )
        return CaptureResult(
            self._name,
            self._ended,
            seconds,
            status.frames,
            status.bytes,
            status.acknowledged,
            status,
        )
