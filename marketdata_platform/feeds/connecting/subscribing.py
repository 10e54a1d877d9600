"""What one connection asked for, and what the venue made of it.

Belongs here: matching replies with messages, and asking again in halves until the channels that the
venue refuses stand alone. Does not: sending (session.py), what a reply looks like (venues).

A venue may refuse a whole message for one channel in it. The others must not suffer: each half is
asked for again, and so on. A channel that is refused alone is dropped; the next connection asks for
it anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from marketdata_platform.venues.stream_rules import Message, Reply, Streams

_NOT_CONFIRMED = "the venue did not confirm it"


@dataclass(slots=True)
class ReplyOutcome:
    """What a reply means.

    Args:
        refused: channels that are dropped.
        again: channels of a refused message that will be asked for in parts.
        said: the venue's words; empty: it complains of nothing.
    """

    refused: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    said: str = ""


@dataclass(slots=True)
class Subscribing:
    """The subscriptions of one connection. `refused`: what the venue said, by dropped channel."""

    streams: Streams
    market: str
    refused: dict[str, str] = field(default_factory=dict)
    _next_id: int = 1
    _waiting: dict[int, Message] = field(default_factory=dict)  # in the order that they were sent
    _ending: set[int] = field(default_factory=set)  # those of `_waiting` that end subscriptions
    _parts: deque[tuple[str, ...]] = field(default_factory=deque)

    def ask(self, channels: Sequence[str]) -> list[Message]:
        """Messages that subscribe to these channels, without those that were refused."""
        wanted = [channel for channel in channels if channel not in self.refused]
        return self._sent(self.streams.subscribe(self.market, wanted, self._next_id))

    def end(self, channels: Sequence[str], sids: Mapping[str, int]) -> list[Message]:
        """Messages that end the subscriptions of these channels; `sids`: their numbers."""
        messages = self.streams.unsubscribe(self.market, channels, self._next_id, sids)
        self._ending.update(message.number for message in messages)
        return self._sent(messages)

    def next_part(self) -> list[Message]:
        """Messages that ask for the next part of what was refused; none: nothing is left."""
        return self.ask(self._parts.popleft()) if self._parts else []

    def take_back(self, channels: Iterable[str]) -> None:
        """These are not refused after all: they bring frames."""
        for channel in channels:
            self.refused.pop(channel, None)

    def answered(self, reply: Reply) -> ReplyOutcome:
        """Take a reply into account."""
        message = self._answered_message(reply)
        if message is None or message.number in self._ending:
            return ReplyOutcome(said=reply.said)
        if reply.said and not reply.refused and reply.confirmed is None:
            return self._refused_whole(message, reply.said)
        return self._drop(_missing(message, reply), reply.said or _NOT_CONFIRMED)

    def _sent(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._waiting[message.number] = message
            self._next_id = max(self._next_id, message.number + 1)
        return messages

    def _answered_message(self, reply: Reply) -> Message | None:
        number = next(iter(self._waiting), None) if reply.number is None else reply.number
        return None if number is None else self._waiting.pop(number, None)

    def _refused_whole(self, message: Message, said: str) -> ReplyOutcome:
        channels = message.channels
        if len(channels) == 1:
            return self._drop(channels, said)
        middle = len(channels) // 2
        self._parts += (channels[:middle], channels[middle:])
        return ReplyOutcome(again=channels, said=said)

    def _drop(self, channels: tuple[str, ...], said: str) -> ReplyOutcome:
        if not channels:
            return ReplyOutcome()
        self.refused.update(dict.fromkeys(channels, said))
        return ReplyOutcome(refused=channels, said=said)


def _missing(message: Message, reply: Reply) -> tuple[str, ...]:
    """The channels of a message that was answered in parts which are not subscribed to."""
    refused = set(reply.refused)
    confirmed = set(message.channels if reply.confirmed is None else reply.confirmed)
    return tuple(
        channel for channel in message.channels if channel in refused or channel not in confirmed
    )
