"""A gatherer: every connection of every venue of a plan, into one sink, until it is stopped.

Belongs here: putting the parts together. Does not: one venue's market (market.py), the sink's life
(platform.capturing).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.asking.clock import watch_steps
from marketdata_platform.feeds.gathering.market import MarketFeed
from marketdata_platform.feeds.gathering.market_context import Log, RecordingOptions
from marketdata_platform.feeds.gathering.notes import Notes
from marketdata_platform.feeds.gathering.plan import plan
from marketdata_platform.venues.endpoint import Endpoint
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus
from marketdata_platform.workflows.ports import FrameSink

_NOTES_SECONDS = 0.2
_END_SECONDS = 6.0


class Gatherer:
    """Records what is captured into `sink`. To be made inside the running event loop."""

    def __init__(
        self,
        captured: Mapping[Instrument, Sequence[str]],
        endpoint_of: Callable[[str, str], Endpoint],
        sink: FrameSink,
        options: RecordingOptions,
        log: Log,
    ) -> None:
        self._log = log
        self._notes = Notes(sink)
        self._markets = [
            MarketFeed(one, sink, self._notes, options, log) for one in plan(captured, endpoint_of)
        ]

    async def run(self, stop: asyncio.Event) -> None:
        """Record until `stop` is set; then every connection is closed and what it gave is in the
        sink.

        An error that is not a venue's ends it, too: it is raised when all is closed.
        """
        work = [task for market in self._markets for task in market.tasks()]
        work += [self._flush_notes(), watch_steps(self._stepped, self._log)]
        tasks = [asyncio.create_task(one) for one in work]
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            await _end(tasks)
            self._notes.flush()
        for task in tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    @property
    def heard(self) -> bool:
        """True if every connection is up and has brought a frame."""
        return all(one.heard for market in self._markets for one in market.connections)

    def tell(self, status: GathererStatus) -> None:
        """Fill in connections, streams and clocks as they are now."""
        status.connections = [
            one.refresh() for market in self._markets for one in market.connections
        ]
        status.waits = sum(one.waits for market in self._markets for one in market.connections)
        status.streams = [stream for market in self._markets for stream in market.streams()]
        for market in self._markets:
            if market.clock.offset is not None:
                status.clock_offset_us[market.endpoint.venue] = market.clock.offset.offset_us

    def _stepped(self, step_us: int) -> None:
        for market in self._markets:
            market.clock.stepped(step_us)

    async def _flush_notes(self) -> None:
        while True:
            await asyncio.sleep(_NOTES_SECONDS)
            self._notes.flush()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel and wait, but not for ever: what hangs must not hold the end of the process."""
    for seconds in (_END_SECONDS, 1.0):
        for task in tasks:
            task.cancel()
        _, pending = await asyncio.wait(tasks, timeout=seconds)
        if not pending:
            return
