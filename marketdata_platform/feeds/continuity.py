"""The watch over a connection's channels: what is missing, which book is broken, which stream fell silent.

Belongs here: noticing, cheaply, after the frame is in the journal. Does not: what to do about it (connection.py), the
final word on what is missing, which is landing's. A frame that cannot be read here is counted and no more: it is
recorded already, and a bug in a reader must not cost a connection.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from marketdata_platform.feeds.plan import Channel, ConnectionPlan, names_symbols_apart
from marketdata_platform.venues.channels import reply_to, subscriptions
from marketdata_platform.venues.continuity import Subscriptions
from marketdata_platform.venues.marks import Count, Reading, complaint, key_of, reading

_LARGEST_LOOK = 64
_USUAL_TIMES = 20.0  # a stream is silent when it is so for this many of its usual intervals, too


@dataclass(slots=True)
class ChannelStats:
    """What a gatherer heard of a channel since it began, over all connections."""

    channel: Channel
    connection: str = ""
    connected_since_us: int | None = None
    messages: int = 0
    bytes: int = 0
    last_recv_ns: int = 0
    last_event_us: int | None = None
    last_sequence: int | None = None
    gaps: int = 0
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Ids `first..last` of a channel never came (None: nobody can tell which)."""

    channel: Channel
    first: int | None
    last: int | None


@dataclass(slots=True)
class _Watched:
    channel: Channel
    reading: Reading
    stats: ChannelStats
    first: int | None = None  # since the subscription or the last break
    last: int | None = None
    base: int | None = None  # id of the whole book that the changes stand on
    sid: int | None = None
    messages: int = 0
    latest: bytes = b""
    heard: float = 0.0  # monotonic seconds
    usual_seconds: float = 0.0
    asked: int = 0  # subscriptions repeated in vain


@dataclass(slots=True)
class Findings:
    """What a look brought: to be noted and acted on."""

    gaps: list[Gap] = field(default_factory=list)
    broken: list[Channel] = field(default_factory=list)  # books that need a whole one
    complaints: list[str] = field(default_factory=list)


class Watch:
    """Over the channels of one connection. `stats` outlive it."""

    def __init__(self, stats: dict[Channel, ChannelStats], plan: ConnectionPlan, connection: str) -> None:
        self.unread = 0
        self.findings = Findings()
        self._plan = plan
        self._connection = connection
        self._key_of = key_of(plan.endpoint.venue)
        self._subscriptions = Subscriptions()
        self._replies: list[bytes] = []
        self._by_key: dict[bytes, _Watched] = {}
        self._by_channel: dict[Channel, _Watched] = {}
        for channel in plan.channels:
            watched = _Watched(
                channel,
                reading(channel.instrument, channel.name, channel.datasets),
                stats.setdefault(channel, ChannelStats(channel)),
            )
            self._by_key[watched.reading.key] = self._by_channel[channel] = watched

    def continue_from(self) -> None:
        """Take up the ids where the connection before ended: what came between is missing."""
        for one in self._by_channel.values():
            if one.reading.count is Count.IDS:
                one.last = one.stats.last_sequence

    def look(self, frames: Sequence[tuple[bytes, int]]) -> None:
        """Look at frames that are in the journal."""
        key_of, by_key = self._key_of, self._by_key
        now = time.monotonic()
        for frame, recv_ns in frames:
            try:
                one = by_key.get(key_of(frame) or b"")
                if one is None:
                    self._other(frame)
                    continue
                stats = one.stats
                stats.messages += 1
                stats.bytes += len(frame)
                stats.last_recv_ns = recv_ns
                one.messages += 1
                if one.heard != now:
                    self._heard(one, now)
                one.latest = frame
                if one.reading.count is not Count.NOT:
                    self._follow(one, frame)
            except Exception:  # noqa: BLE001 - see the module's docstring
                self.unread += 1

    def _heard(self, one: _Watched, now: float) -> None:
        if one.messages > 1:
            one.usual_seconds += 0.2 * (now - one.heard - one.usual_seconds)
        one.heard = now
        one.asked = 0
        stats = one.stats
        stats.stale = False
        stats.connection = self._connection

    def _follow(self, one: _Watched, frame: bytes) -> None:
        first, last, previous, moment, whole = one.reading.mark(frame)
        stats = one.stats
        one.latest = b""
        if moment is not None:
            stats.last_event_us = moment
        if one.reading.count is Count.SUBSCRIPTION:
            self._follow_subscription(one, first, last)
            return
        if first is None or last is None:
            return
        if whole:
            one.first = one.last = one.base = last
            stats.last_sequence = last
            return
        before = one.last
        if before is None:
            one.first = first
            if one.base is not None and not _joins(one.base, first, previous, loose=True):
                one.base = None
                self.findings.broken.append(one.channel)
        elif last <= before:
            return  # again, or late
        elif not _joins(before, first, previous):
            self._gap(one, before + 1, first - 1 if previous is None else previous)
            one.first = first
        one.last = stats.last_sequence = last

    def _follow_subscription(self, one: _Watched, sid: int | None, seq: int | None) -> None:
        one.sid = sid
        if sid is None or seq is None:
            return
        one.stats.last_sequence = seq
        missing = self._subscriptions.take(sid, seq)
        if missing is None:
            return
        for other in self._by_channel.values():
            if other.sid == sid or other.sid is None:
                self._gap(other, missing.first, missing.last)

    def _gap(self, one: _Watched, first: int | None, last: int | None) -> None:
        one.stats.gaps += 1
        self.findings.gaps.append(Gap(one.channel, first, last))
        if one.reading.count is Count.BOOK or "book_deltas" in one.channel.datasets:
            one.base = None
            self.findings.broken.append(one.channel)

    def _other(self, frame: bytes) -> None:
        reply = reply_to(self._plan.endpoint.venue, frame)
        if reply is not None:
            self._replies.append(reply)
            return
        said = complaint(frame)
        if said is not None and len(self.findings.complaints) < _LARGEST_LOOK:
            self.findings.complaints.append(said)

    def replies(self) -> list[bytes]:
        """What must be answered now."""
        due, self._replies = self._replies, []
        return due

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
            one.base = one.first = None
            if one.reading.count is Count.BOOK:
                one.last = None
            one.stats.connection, one.stats.connected_since_us = self._connection, since_us

    def undo(self, channels: Sequence[Channel], first_id: int) -> list[bytes]:
        """Messages that end these subscriptions."""
        if not names_symbols_apart(self._plan.endpoint):
            return self._plan.messages(channels, first_id=first_id, undo=True)
        sids = sorted({str(sid) for c in channels if (sid := self._by_channel[c].sid) is not None})
        endpoint = self._plan.endpoint
        made = subscriptions(endpoint.venue, endpoint.market, sids, symbols=["-"], first_id=first_id, undo=True)
        return list(made) if sids else []

    def together(self, channels: Iterable[Channel]) -> list[Channel]:
        """These channels, and those that end when their subscriptions are ended."""
        wanted = set(channels)
        sids = {self._by_channel[one].sid for one in wanted} - {None}
        return [c for c, one in self._by_channel.items() if c in wanted or one.sid in sids]

    def whole_book(self, channel: Channel, last_id: int) -> bool:
        """A whole book of REST up to `last_id` came; False when it is older than the changes at hand: ask again."""
        one = self._by_channel.get(channel)
        if one is None:
            return True
        if one.first is not None and last_id + 1 < one.first:
            return False
        one.base = last_id
        return True

    def silent(self, now: float, stale_seconds: float) -> list[Channel]:
        """Channels that are silent for too long. A rare one gets the time that it usually takes, and ever longer."""
        found = []
        for channel, one in self._by_channel.items():
            patience = max(stale_seconds, _USUAL_TIMES * one.usual_seconds) * 2.0 ** min(one.asked, 10)
            if one.heard and now - one.heard >= patience:
                one.asked += 1
                one.stats.stale = one.messages > 0
                found.append(channel)
        return found

    def in_vain(self, channel: Channel) -> bool:
        """Whether a channel that spoke before stays silent though it was subscribed to again."""
        one = self._by_channel[channel]
        return one.messages > 0 and one.asked > 1

    def settle(self) -> None:
        """Read the exchange time of the latest frame of channels without ids: once a second is enough."""
        for one in self._by_channel.values():
            if one.latest:
                try:
                    moment = one.reading.mark(one.latest)[3]
                except Exception:  # noqa: BLE001 - see the module's docstring
                    self.unread += 1
                    moment = None
                one.latest = b""
                if moment is not None:
                    one.stats.last_event_us = moment


def _joins(before: int, first: int, previous: int | None, *, loose: bool = False) -> bool:
    if previous is not None:
        return previous == before or (loose and first <= before + 1)
    return first <= before + 1
