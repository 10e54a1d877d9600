"""A gatherer: every connection of every venue of a plan, into one sink, until it is stopped.

Belongs here: putting the parts together and telling their state. Does not: the sink's life (platform.capturing).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.connection import Connection
from marketdata_platform.feeds.continuity import ChannelStats
from marketdata_platform.feeds.handshakes import handshake_of
from marketdata_platform.feeds.limits import Throttle
from marketdata_platform.feeds.notes import Notes
from marketdata_platform.feeds.plan import plan
from marketdata_platform.feeds.rates import Rates
from marketdata_platform.feeds.shared import Habits, Log, Market
from marketdata_platform.venues.endpoints import Endpoint
from marketdata_platform.workflows.gatherer_status import GathererStatus, StreamStatus
from marketdata_platform.workflows.ports import FrameSink

_NOTES_SECONDS = 0.2


class Gatherer:
    """Records what is captured into `sink`."""

    def __init__(
        self,
        captured: Mapping[Instrument, Sequence[str]],
        endpoint_of: Callable[[str, str], Endpoint],
        sink: FrameSink,
        habits: Habits,
        log: Log,
    ) -> None:
        self.notes = Notes(sink)
        self.connections: list[Connection] = []
        self._rates = Rates()
        self.markets: list[Market] = []
        for one in plan(captured, endpoint_of):
            market = Market(
                endpoint=one.endpoint,
                sink=sink,
                notes=self.notes,
                log=log,
                habits=habits,
                connects=Throttle(one.endpoint.connects),
                handshake=handshake_of(one.endpoint.venue),
                whole_book=lambda channel: None,
            )
            self.markets.append(market)
            self.connections += [Connection(part, market) for part in one.connections]

    async def run(self, stop: asyncio.Event) -> None:
        """Record until `stop` is set; then every connection is closed and what it gave is in the sink."""
        tasks = [asyncio.create_task(one.run()) for one in self.connections]
        tasks.append(asyncio.create_task(self._flush_notes()))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        self.notes.flush()
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result

    @property
    def heard(self) -> bool:
        """Whether every connection is up and has brought a frame."""
        return all(one.heard for one in self.connections)

    def tell(self, status: GathererStatus) -> None:
        """Fill in connections and streams as they are now."""
        status.connections = [one.refresh() for one in self.connections]
        status.waits = sum(one.waits for one in self.connections)
        status.streams = [
            stream for market in self.markets for stats in market.stats.values() for stream in self._streams(stats)
        ]

    def _streams(self, stats: ChannelStats) -> list[StreamStatus]:
        recv_us = stats.last_recv_ns // 1_000 or None
        event_us = stats.last_event_us
        rate = self._rates.of(stats.channel, stats.messages)
        return [
            StreamStatus(
                instrument=str(stats.channel.instrument),
                dataset=dataset,
                connection=stats.connection,
                connected_since_us=stats.connected_since_us,
                messages=stats.messages,
                messages_per_second=rate,
                bytes=stats.bytes,
                last_recv_us=recv_us,
                last_event_us=event_us,
                lag_us=None if recv_us is None or event_us is None else recv_us - event_us,
                last_sequence=stats.last_sequence,
                gaps=stats.gaps,
                stale=stats.stale,
            )
            for dataset in stats.channel.datasets
        ]

    async def _flush_notes(self) -> None:
        while True:
            await asyncio.sleep(_NOTES_SECONDS)
            self.notes.flush()
