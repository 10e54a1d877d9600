"""What is known of a channel: over a gatherer's life, and on one connection.

Belongs here: the records. Does not: filling them (continuity.py), showing them (market.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from marketdata_platform.feeds.gathering.plan import Channel
from marketdata_platform.venues.stream_rules import Reading


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
    refused: str = ""  # what the venue said when it refused the channel


@dataclass(frozen=True, slots=True)
class ChannelGap:
    """Ids `first..last` of a channel never came (None: nobody can know which), after a message at
    `since_us`.
    """

    channel: Channel
    first: int | None
    last: int | None
    since_us: int | None = None


@dataclass(slots=True)
class Watched:
    """A channel as one connection hears it."""

    channel: Channel
    reading: Reading
    stats: ChannelStats
    first: int | None = None  # since the subscription or the last break
    last: int | None = None
    base: int | None = None  # id of the snapshot that the changes stand on
    sid: int | None = None
    messages: int = 0
    latest: bytes = b""
    heard: float = 0.0  # monotonic seconds
    usual_seconds: float = 0.0
    asked: int = 0  # subscriptions repeated in vain
    leapt_to: int | None = None  # an id too far ahead to be believed yet


@dataclass(slots=True)
class Findings:
    """What a look brought: to be noted and acted on."""

    gaps: list[ChannelGap] = field(default_factory=list)
    broken: list[Channel] = field(default_factory=list)  # books that need a snapshot
    returned: list[Channel] = field(default_factory=list)  # refused, and yet they bring frames
