"""What the platform must know of a venue: one object per venue, every part said, none by default.

Belongs here: the interface. Does not: any venue (one folder per venue), what venues share (kit).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marketdata_platform.venues.credentials import Credentials, Keys, Secret, SignedRequest
from marketdata_platform.venues.endpoint import Allowance, Endpoint, Heartbeat, OtherAddress
from marketdata_platform.venues.stream_rules import Count, Message, Reading, Reply, Span, Streams

__all__ = [
    "Allowance",
    "Count",
    "Credentials",
    "Endpoint",
    "Heartbeat",
    "Keys",
    "Message",
    "OtherAddress",
    "Reading",
    "Reply",
    "Secret",
    "SignedRequest",
    "Span",
    "Streams",
    "Venue",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """One venue. Nothing here has a default: what is not said would be guessed.

    Args:
        name: as in `Instrument.venue`.
        endpoints: where each market is reached, and what it allows.
        streams: channels, what is said to subscribe to them, and how their frames are read.
        keys: environment variables that hold secrets, and the headers made of them.
        aliases: what vendors call it: vendor → (vendor's name of an exchange → our markets; an
            empty tuple where any market may be meant).
        decoder: module of the venue that turns frames and REST answers into rows; loaded by name,
            because a gatherer never needs it.
        files: module of the venue that describes its dumps and captures; loaded by name. None: the
            venue publishes no files that are read.
    """

    name: str
    endpoints: tuple[Endpoint, ...]
    streams: Streams
    keys: Keys
    aliases: Mapping[str, Mapping[str, tuple[str, ...]]]
    decoder: str
    files: str | None
