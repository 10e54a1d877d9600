"""The ids of a connection's channels: what is missing among them, and which book is broken by it.

Belongs here: following numbers that readers found in frames. Does not: frames and silence
(continuity.py), the final word on what is missing, which is landing's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from marketdata_platform.feeds.gathering.channel_state import ChannelGap, Findings, Watched
from marketdata_platform.venues.continuity import Subscriptions
from marketdata_platform.venues.kit.frame_fields import gives_book
from marketdata_platform.venues.stream_rules import Count, Span

_LONGEST_LEAP = 100_000_000
T = TypeVar("T")


class GuardedReads:
    """Calls of readers. One that fails is counted in `unread` and no more: the frame is recorded
    already, and a bug in a reader must not cost a connection.
    """

    def __init__(self) -> None:
        self.unread = 0

    def one(self, call: Callable[[T], Any], argument: T) -> Any | None:
        """What the call gives; None when it fails."""
        try:
            return call(argument)
        except Exception:  # noqa: BLE001 - see the class's docstring
            self.unread += 1
            return None

    def many(self, read: Callable[[Sequence[bytes]], list[T]], frames: list[bytes]) -> list[T]:
        """What is read in frames; those that cannot be read do not spoil the others."""
        try:
            return read(frames)
        except Exception:  # noqa: BLE001 - see the class's docstring
            return [found for frame in frames for found in self.one(read, [frame]) or ()]


class IdTracker:
    """Follows the ids of one connection. `findings` is what was found since it was taken."""

    def __init__(self, reads: GuardedReads) -> None:
        self.findings = Findings()
        self._reads = reads
        self._subscriptions = Subscriptions()
        self._numbered_us: dict[int, int] = {}  # when a message of a subscription came last

    def follow(self, one: Watched, frames: list[bytes]) -> list[Span]:
        """Follow a channel's ids; those that count over a whole subscription are given back."""
        count = one.reading.count
        if count is Count.IDS:
            self._follow_ids(one, self._reads.many(one.reading.ids, frames))
        elif count is Count.BOOK:
            self._follow_book(one, self._reads.many(one.reading.spans, frames))
        elif count is Count.SUBSCRIPTION:
            spans = self._reads.many(one.reading.spans, frames)
            if spans:
                one.sid, one.stats.last_sequence = spans[-1][0], spans[-1][1] or None
            return spans
        return []

    def follow_subscriptions(
        self, spans: list[Span], recv_us: int, channels: Collection[Watched]
    ) -> None:
        """Follow the numbers that count over subscriptions, which may carry several `channels`."""
        for sid, seq, _, _ in sorted(spans, key=lambda span: span[1]):
            missing = self._subscriptions.take(sid, seq) if seq else None
            if missing is not None:
                for one in channels:
                    if one.sid == sid:
                        self._gap(one, missing.first, missing.last, self._numbered_us.get(sid))
        self._numbered_us.update({span[0]: recv_us for span in spans})

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

    def _plausible(self, one: Watched, before: int, number: int) -> bool:
        """True if an id may follow: a leap beyond all measure counts once its next one comes, too.

        One damaged frame would otherwise hide every hole from then on.
        """
        if number <= before + _LONGEST_LEAP or one.leapt_to == number - 1:
            return True
        one.leapt_to = number
        self._reads.unread += 1
        return False

    def _gap(self, one: Watched, first: int, last: int, since_us: int | None = None) -> None:
        one.stats.gaps += 1
        self.findings.gaps.append(ChannelGap(one.channel, first, last, since_us))
        if gives_book(one.channel.datasets):
            one.base = None
            self.findings.broken.append(one.channel)


def _joins(before: int, first: int, previous: int | None) -> bool:
    return previous == before if previous is not None else first <= before + 1
