"""How a venue streams: what to say to it, what it answers, and how its frames are read.

Belongs here: the shape of these rules. Does not: any venue's own (its folder), limits (endpoint),
decoding frames to rows, sending anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from marketdata_platform.core.instrument import Instrument

Span: TypeAlias = tuple[int, int, int | None, bool]
"""First id, last id, id before the first (where the venue gives it), whether it is a snapshot.

Where numbers count over a subscription (`Count.SUBSCRIPTION`): the subscription, the number within
it, None, whether it is a snapshot.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to a venue.

    Args:
        payload: what is sent, as text.
        number: its id, which the venue's reply names; unique on a connection.
        channels: unique names of the channels that it subscribes to or ends.
    """

    payload: bytes
    number: int
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a frame that is of no channel says.

    Args:
        number: of the message that it answers; None: the venue does not number its replies, so it
            is about the oldest message that is not answered yet.
        confirmed: the channels of that message that are subscribed to now; others of it are not.
            None: the venue names none. Without `said` and `refused` all of the message is.
        refused: channels that the venue names as refused; it took the others of the message.
        said: the complaint, in the venue's words; empty: there is none. A complaint that names
            nothing refuses the whole message.
        answer: what must be sent at once; empty: nothing.
    """

    number: int | None
    confirmed: tuple[str, ...] | None
    refused: tuple[str, ...]
    said: str
    answer: bytes


class Count(Enum):
    """How a channel's ids follow each other."""

    NOT = "not"
    IDS = "ids"  # each one more than the one before
    BOOK = "book"  # as IDS, or by the id before; a snapshot begins anew
    SUBSCRIPTION = "subscription"  # over all channels of a subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one channel's frames are read, while they are recorded.

    Args:
        key: what `Streams.key_of` finds in its frames.
        count: how its ids follow each other.
        moment: the exchange's time in a frame, µs since 1970; None: it has none.
        ids: with `Count.IDS`, the ids in frames, in their order.
        spans: with `Count.BOOK` and `Count.SUBSCRIPTION`, one `Span` per frame.
    """

    key: bytes
    count: Count
    moment: Callable[[bytes], int | None]
    ids: Callable[[Sequence[bytes]], list[int]]
    spans: Callable[[Sequence[bytes]], list[Span]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """What a venue streams, and how.

    Args:
        channel_of: instrument, dataset (`trades`, or a variant such as `trades@aggTrade`) → unique
            name of the subscription. Raises ConfigurationError when the venue streams no such
            dataset.
        subscribe: market, channels, id of the first message → messages that subscribe to them, each
            within the venue's limits. Ids count on from the first.
        unsubscribe: market, channels, id of the first message, number of the subscription by
            channel (as far as frames said it) → messages that end the subscriptions.
        greetings: what a new connection says before it subscribes.
        reply: frame → what it replies; None: it is no reply.
        key_of: frame → key of its channel; None: it is of no channel.
        reading: instrument, channel, datasets that it gives → how its frames are read.
    """

    channel_of: Callable[[Instrument, str], str]
    subscribe: Callable[[str, Sequence[str], int], list[Message]]
    unsubscribe: Callable[[str, Sequence[str], int, Mapping[str, int]], list[Message]]
    greetings: tuple[bytes, ...]
    reply: Callable[[bytes], Reply | None]
    key_of: Callable[[bytes], bytes | None]
    reading: Callable[[Instrument, str, Sequence[str]], Reading]
