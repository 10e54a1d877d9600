"""One venue's market of a gatherer: its connections, polls and clock, and what is known of its
streams.

Belongs here: putting them together, status by stream. Does not: what each does.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from typing import Any

from marketdata_platform.feeds.asking.clock import VenueClock
from marketdata_platform.feeds.asking.rest import RestClient
from marketdata_platform.feeds.asking.rest_polls import Polls
from marketdata_platform.feeds.connecting.connection import Connection
from marketdata_platform.feeds.connecting.handshakes import handshake_of
from marketdata_platform.feeds.connecting.limits import Throttle
from marketdata_platform.feeds.connecting.rates import Rates
from marketdata_platform.feeds.gathering.channel_state import ChannelStats
from marketdata_platform.feeds.gathering.market_context import Log, MarketContext, RecordingOptions
from marketdata_platform.feeds.gathering.notes import Notes
from marketdata_platform.feeds.gathering.plan import Channel, MarketPlan, begins_with_snapshot
from marketdata_platform.workflows.bookkeeping.gatherer_status import StreamStatus
from marketdata_platform.workflows.ports import FrameSink


class MarketFeed:
    """All that one venue's market needs to be recorded."""

    def __init__(
        self, plan: MarketPlan, sink: FrameSink, notes: Notes, options: RecordingOptions, log: Log
    ) -> None:
        self.endpoint = endpoint = plan.endpoint
        channels = [channel for part in plan.connections for channel in part.channels]
        books = [
            one
            for one in channels
            if "book_deltas" in one.datasets and not begins_with_snapshot(one)
        ]
        self._polls = Polls(
            RestClient(endpoint), sink, plan.datasets, options, log, self._joined, books
        )
        self._context = MarketContext(
            endpoint=endpoint,
            sink=sink,
            notes=notes,
            log=log,
            options=options,
            connects=Throttle(endpoint.connects),
            handshake=handshake_of(endpoint.venue),
            ask_snapshot=self._polls.whole_book,
            stats={channel: ChannelStats(channel) for channel in channels},
        )
        self.connections = [Connection(part, self._context) for part in plan.connections]
        self._of_channel = {
            channel: one for one in self.connections for channel in one.plan.channels
        }
        self.clock = VenueClock(endpoint, RestClient(endpoint), notes, log, self._least_lag_us)
        self._rates = Rates()

    def tasks(self) -> Iterator[Coroutine[Any, Any, None]]:
        """What runs until it is cancelled."""
        for one in self.connections:
            yield one.run()
        yield self._polls.run()
        yield self.clock.run()

    def streams(self) -> Iterator[StreamStatus]:
        """Every stream as it is now: one per dataset and instrument of each channel."""
        for stats in self._context.stats.values():
            rate = self._rates.of(stats.channel, stats.messages)
            for instrument in (stats.channel.instrument, *stats.channel.also):
                for dataset in stats.channel.datasets:
                    yield _stream(stats, str(instrument), dataset, rate)

    def _joined(self, channel: Channel, last_id: int) -> bool:
        return self._of_channel[channel].joined(channel, last_id)

    def _least_lag_us(self) -> int | None:
        lags = [
            lag for stats in self._context.stats.values() if (lag := _lag_us(stats)) is not None
        ]
        return min(lags, default=None)


def _lag_us(stats: ChannelStats) -> int | None:
    if stats.last_event_us is None or not stats.last_recv_ns:
        return None
    return stats.last_recv_ns // 1_000 - stats.last_event_us


def _stream(stats: ChannelStats, instrument: str, dataset: str, rate: float) -> StreamStatus:
    return StreamStatus(
        instrument=instrument,
        dataset=dataset,
        connection=stats.connection,
        connected_since_us=stats.connected_since_us,
        messages=stats.messages,
        messages_per_second=rate,
        bytes=stats.bytes,
        last_recv_us=stats.last_recv_ns // 1_000 or None,
        last_event_us=stats.last_event_us,
        lag_us=_lag_us(stats),
        last_sequence=stats.last_sequence,
        gaps=stats.gaps,
        stale=stats.stale,
        refused=stats.refused,
    )
