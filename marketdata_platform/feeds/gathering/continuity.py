"""The watch over a connection's channels: what is missing, which book is broken, which stream fell
silent.

Belongs here: noticing, cheaply, after the frame is in the journal. Does not: what to do about it
(connection.py), the final word on what is missing, which is landing's. A frame that cannot be read
here is counted and no more: it is recorded already, and a bug in a reader must not cost a
connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from marketdata_platform.feeds.gathering.channel_state import ChannelStats, Findings, Gap, Watched
from marketdata_platform.feeds.gathering.frame_pump import Received
from marketdata_platform.feeds.gathering.plan import Channel, ConnectionPlan
from marketdata_platform.venues.continuity import Subscriptions
from marketdata_platform.venues.stream_rules import Count, Reply, Span

_MOST_REPLIES = 1_024  # between two looks: nothing that a venue says fills memory
_LONGEST_LEAP = 100_000_000
_KNOWN_MESSAGES = 5
T = TypeVar("T")
_USUAL_TIMES = 20.0  # a stream is silent when it is so for this many of its usual intervals, too


class Watch:
    """Over the channels of one connection. `stats` outlive it."""

    def __init__(
        self, stats: dict[Channel, ChannelStats], plan: ConnectionPlan, connection: str
    ) -> None:
        self.unread = 0
        self.findings = Findings()
        self._connection = connection
        self._streams = streams = plan.streams
        self._subscriptions = Subscriptions()
        self._numbered_us: dict[int, int] = {}  # when a message of a subscription came last
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
        self._guarded(self._look, received)

    def _look(self, received: Sequence[Received]) -> None:
        _, recv_ns, mono_ns = received[-1]
        numbered: list[Span] = []
        for key, frames in self._by_channel_key(received).items():
            one = self._by_key.get(key) if key is not None else None
            if one is None:
                for frame in frames:
                    self._guarded(self._other, frame)
            else:
                self._heard(one, frames, recv_ns, mono_ns / 1e9)
                numbered += self._follow(one, frames)
        if numbered:
            self._follow_subscriptions(sorted(numbered, key=lambda span: span[1]), recv_ns // 1_000)

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

    def _follow(self, one: Watched, frames: list[bytes]) -> list[Span]:
        """Follow a channel's ids; those that count over a whole subscription are given back."""
        count = one.reading.count
        if count is Count.IDS:
            self._follow_ids(one, self._read(one.reading.ids, frames))
        elif count is Count.BOOK:
            self._follow_book(one, self._read(one.reading.spans, frames))
        elif count is Count.SUBSCRIPTION:
            spans = self._read(one.reading.spans, frames)
            if spans:
                one.sid, one.stats.last_sequence = spans[-1][0], spans[-1][1] or None
            return spans
        return []

    def _guarded(self, call: Callable[[T], Any], argument: T) -> Any | None:
        try:
            return call(argument)
        except Exception:  # noqa: BLE001 - see the module's docstring
            self.unread += 1
            return None

    def _read(self, read: Callable[[Sequence[bytes]], list[T]], frames: list[bytes]) -> list[T]:
        """What is read in frames; those that cannot be read are counted, and do not spoil the
        others.
        """
        try:
            return read(frames)
        except Exception:  # noqa: BLE001 - see the module's docstring
            return [found for frame in frames for found in self._guarded(read, [frame]) or ()]

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

    def _follow_ids(self, one: Watched, ids: list[int]) -> None:
        if not ids:
            return
        last = ids[0] - 1 if one.last is None else one.last
        if ids == list(range(last + 1, last + 1 + len(ids))):
            last = ids[-1]
        else:
            for number in sorted(ids):
                if not self._plausible(one, last, number):
                    continue
                if number > last + 1:
                    self._gap(one, last + 1, number - 1)
                last = max(last, number)
        one.last = one.stats.last_sequence = last

    def _follow_book(self, one: Watched, spans: list[Span]) -> None:
        for first, last, previous, whole in spans:
            before = one.last
            if whole:
                one.first = one.base = last
            elif before is None:
                self._begin_book(one, first, previous)
            elif last <= before or not self._plausible(one, before, last):
                continue  # again, or late, or nonsense
            elif not _joins(before, first, previous):
                self._gap(one, before + 1, first - 1)
                one.first = first
            one.last = last
        one.stats.last_sequence = one.last

    def _begin_book(self, one: Watched, first: int, previous: int | None) -> None:
        """The first change of a book must meet the snapshot that came before it, if one did."""
        one.first = first
        base = one.base
        if base is not None and not _joins(base, first, previous) and first > base + 1:
            one.base = None
            self.findings.broken.append(one.channel)

    def _follow_subscriptions(self, spans: list[Span], recv_us: int) -> None:
        for sid, seq, _, _ in spans:
            missing = self._subscriptions.take(sid, seq) if seq else None
            if missing is not None:
                for one in self._by_channel.values():
                    if one.sid == sid:
                        self._gap(one, missing.first, missing.last, self._numbered_us.get(sid))
        self._numbered_us.update({span[0]: recv_us for span in spans})

    def _plausible(self, one: Watched, before: int, number: int) -> bool:
        """Whether an id may follow: a leap beyond all measure counts once its next one comes, too.

        One damaged frame would otherwise hide every hole from then on.
        """
        if number <= before + _LONGEST_LEAP or one.leapt_to == number - 1:
            return True
        one.leapt_to = number
        self.unread += 1
        return False

    def _gap(self, one: Watched, first: int, last: int, since_us: int | None = None) -> None:
        one.stats.gaps += 1
        self.findings.gaps.append(Gap(one.channel, first, last, since_us))
        if "book_deltas" in one.channel.datasets or "book_snapshots" in one.channel.datasets:
            one.base = None
            self.findings.broken.append(one.channel)

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
        found, self.findings = self.findings, Findings()
        return found

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

    def drop(self, channel: Channel, said: str) -> None:
        """The venue will not give the channel on this connection: its silence says nothing."""
        one = self._by_channel.pop(channel, None)
        if one is not None:
            self._dropped.add(channel)
            one.stats.refused, one.stats.stale = said, False

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
        self.findings.returned.append(one.channel)

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
        """Whether the channel spoke often enough for its silence to say something."""
        return self._by_channel[channel].messages >= _KNOWN_MESSAGES

    def in_vain(self, channel: Channel) -> bool:
        """Whether a lively channel stays silent though it was subscribed to again."""
        return self.was_lively(channel) and self._by_channel[channel].asked > 1

    def settle(self) -> None:
        """Read the exchange's time in each channel's latest frame: once a second is enough."""
        for one in self._by_channel.values():
            if one.latest:
                moment = self._guarded(one.reading.moment, one.latest)
                one.latest = b""
                if moment is not None:
                    one.stats.last_event_us = moment


def _joins(before: int, first: int, previous: int | None) -> bool:
    return previous == before if previous is not None else first <= before + 1
