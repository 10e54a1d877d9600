"""The watch over a connection's channels: which speak, what is missing, which fell silent.

Belongs here: noticing, cheaply, after the frame is in the journal. Does not: following ids
(id_tracker.py), what to do about it (connection.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from marketdata_platform.feeds.gathering.channel_state import ChannelStats, Findings, Watched
from marketdata_platform.feeds.gathering.frame_pump import Received
from marketdata_platform.feeds.gathering.id_tracker import GuardedReads, IdTracker
from marketdata_platform.feeds.gathering.plan import Channel, ConnectionPlan
from marketdata_platform.venues.stream_rules import Count, Reply, Span

_MOST_REPLIES = 1_024  # between two looks: nothing that a venue says fills memory
_KNOWN_MESSAGES = 5
_USUAL_TIMES = 20.0  # a stream is silent when it is so for this many of its usual intervals, too


class Watch:
    """Over the channels of one connection. `stats` outlive it."""

    def __init__(
        self, stats: dict[Channel, ChannelStats], plan: ConnectionPlan, connection: str
    ) -> None:
        self._reads = GuardedReads()
        self._ids = IdTracker(self._reads)
        self._connection = connection
        self._streams = streams = plan.streams
        self._replies: list[Reply] = []
        self._by_key: dict[bytes, Watched] = {}
        self._by_channel: dict[Channel, Watched] = {}
        self._dropped: set[Channel] = set()
        for channel in plan.channels:
            watched = Watched(
                channel,
                streams.reading(channel.instrument, channel.name, channel.datasets),
                stats[channel],
            )
            self._by_key[watched.reading.key] = self._by_channel[channel] = watched

    def continue_from(self) -> None:
        """Take up the ids where the connection before ended: what came between is missing."""
        for one in self._by_channel.values():
            if one.reading.count is Count.IDS:
                one.last = one.stats.last_sequence

    def look(self, received: Sequence[Received]) -> None:
        """Look at frames that are in the journal: those of a channel together."""
        self._reads.one(self._look, received)

    def _look(self, received: Sequence[Received]) -> None:
        _, recv_ns, mono_ns = received[-1]
        numbered: list[Span] = []
        for key, frames in self._by_channel_key(received).items():
            one = self._by_key.get(key) if key is not None else None
            if one is None:
                for frame in frames:
                    self._reads.one(self._other, frame)
            else:
                self._heard(one, frames, recv_ns, mono_ns / 1e9)
                numbered += self._ids.follow(one, frames)
        if numbered:
            channels = self._by_channel.values()
            self._ids.follow_subscriptions(numbered, recv_ns // 1_000, channels)

    def _by_channel_key(self, received: Sequence[Received]) -> dict[bytes | None, list[bytes]]:
        key_of = self._streams.key_of
        groups: dict[bytes | None, list[bytes]] = {}
        for read, _, _ in received:
            for frame in read:
                key = key_of(frame)
                if key in groups:
                    groups[key].append(frame)
                else:
                    groups[key] = [frame]
        return groups

    def _heard(self, one: Watched, frames: list[bytes], recv_ns: int, now: float) -> None:
        stats = one.stats
        if one.channel in self._dropped:
            self._take_back(one)
        if one.messages and one.heard:
            one.usual_seconds += 0.2 * ((now - one.heard) / len(frames) - one.usual_seconds)
        one.messages += len(frames)
        one.latest = frames[-1]
        one.heard, one.asked = now, 0
        stats.messages += len(frames)
        stats.bytes += sum(map(len, frames))
        stats.last_recv_ns, stats.stale, stats.connection = recv_ns, False, self._connection

    def _other(self, frame: bytes) -> None:
        reply = self._streams.reply(frame)
        if reply is not None and len(self._replies) < _MOST_REPLIES:
            self._replies.append(reply)

    def replies(self) -> list[Reply]:
        """What the venue replied since the last time."""
        found, self._replies = self._replies, []
        return found

    def found(self) -> Findings:
        """What was found since the last time."""
        found, self._ids.findings = self._ids.findings, Findings()
        return found

    @property
    def unread(self) -> int:
        """How many frames could not be followed since this was taken last."""
        return self._reads.unread

    def take_unread(self) -> int:
        """`unread`, which begins anew."""
        unread, self._reads.unread = self._reads.unread, 0
        return unread

    def subscribed(self, channels: Iterable[Channel], now: float) -> None:
        """These were asked for just now: their books begin anew, their silence counts from here."""
        since_us = time.time_ns() // 1_000
        for channel in channels:
            one = self._by_channel[channel]
            one.heard = now
            one.stats.refused = ""
            one.base = one.first = None
            if one.reading.count is Count.BOOK:
                one.last = None
            one.stats.connection, one.stats.connected_since_us = self._connection, since_us

    def sids(self, channels: Iterable[Channel]) -> dict[str, int]:
        """Numbers of the subscriptions of these channels, by name, as far as frames named them."""
        found = {one.name: self._by_channel[one].sid for one in channels}
        return {name: sid for name, sid in found.items() if sid is not None}

    def drop(self, channel: Channel, reason: str) -> None:
        """The venue will not give the channel on this connection: its silence says nothing."""
        one = self._by_channel.pop(channel, None)
        if one is not None:
            self._dropped.add(channel)
            one.stats.refused, one.stats.stale = reason, False

    def asked_again(self, channels: Iterable[Channel]) -> None:
        """These were refused together and will be asked for anew: they are not silent meanwhile."""
        for channel in channels:
            one = self._by_channel.get(channel)
            if one is not None:
                one.heard = 0.0

    def _take_back(self, one: Watched) -> None:
        """A dropped channel brings frames: the venue took it in spite of what it said."""
        self._dropped.discard(one.channel)
        self._by_channel[one.channel] = one
        one.stats.refused = ""
        self._ids.findings.returned.append(one.channel)

    def together(self, channels: Iterable[Channel]) -> list[Channel]:
        """These channels, and those that end when their subscriptions are ended."""
        wanted = self._by_channel.keys() & set(channels)
        sids = {self._by_channel[one].sid for one in wanted} - {None}
        return [c for c, one in self._by_channel.items() if c in wanted or one.sid in sids]

    def snapshot_joins(self, channel: Channel, last_id: int) -> bool:
        """A snapshot of REST up to `last_id` came; False when it is older than the changes at
        hand: ask again.
        """
        one = self._by_channel.get(channel)
        if one is None:
            return True
        if one.first is not None and last_id + 1 < one.first:
            return False
        one.base = last_id
        return True

    def silent(self, now: float, stale_seconds: float) -> list[Channel]:
        """Channels that are silent for too long. A rare one gets the time that it usually takes,
        and ever longer.
        """
        found = []
        for channel, one in self._by_channel.items():
            patience = max(stale_seconds, _USUAL_TIMES * one.usual_seconds) * 2.0 ** min(
                one.asked, 10
            )
            if one.heard and now - one.heard >= patience:
                one.asked += 1
                one.stats.stale = one.messages >= _KNOWN_MESSAGES
                found.append(channel)
        return found

    def was_lively(self, channel: Channel) -> bool:
        """True if the channel spoke often enough for its silence to say something."""
        return self._by_channel[channel].messages >= _KNOWN_MESSAGES

    def in_vain(self, channel: Channel) -> bool:
        """True if a lively channel stays silent though it was subscribed to again."""
        return self.was_lively(channel) and self._by_channel[channel].asked > 1

    def settle(self) -> None:
        """Read the exchange's time in each channel's latest frame: once a second is enough."""
        for one in self._by_channel.values():
            if one.latest:
                moment = self._reads.one(one.reading.moment, one.latest)
                one.latest = b""
                if moment is not None:
                    one.stats.last_event_us = moment
