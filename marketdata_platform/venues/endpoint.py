"""Where a venue's market is reached and what it allows: the shape of these facts.

Belongs here: addresses, limits, heartbeats, and which address answers which channel. Does not: any
venue's own values (its folder), messages (stream_rules), a clock or a socket.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from marketdata_platform.core.errors import ConfigurationError

ANY_MARKET = "any"
"""The market of an endpoint that serves all markets of its venue."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `count` in any `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """How a connection is kept alive.

    Args:
        every_seconds: send `message` (or a WebSocket ping, where it is empty) this often; 0: the
            server does it alone.
        silence_seconds: no byte for this long means that the connection is dead.
        message: what is sent; empty: a WebSocket ping.
    """

    every_seconds: float
    silence_seconds: float
    message: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAddress:
    """A WebSocket address that alone sends some of the channels; `sends` says which, by name."""

    websocket: str
    sends: Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One venue's market: its WebSocket and REST addresses and limits.

    Args:
        venue: as in `Instrument.venue`.
        market: as in `Instrument.market`; `ANY_MARKET`: all of the venue's.
        websocket: address of every channel that no other address sends.
        other_addresses: addresses of their own for some channels, asked in order.
        rest: address that REST paths are put behind.
        heartbeat: how a connection is kept alive.
        source: the venue's documentation, which has the last word.
        connects: connection attempts that are allowed.
        messages: messages that one connection may send.
        streams: most channels of one connection.
        arguments: most channels of one subscribe message.
        life_seconds: the venue ends a connection after this; None: it does not.
        weight: allowance of REST requests, by weight; None: unlimited.
    """

    venue: str
    market: str
    websocket: str
    other_addresses: tuple[OtherAddress, ...]
    rest: str
    heartbeat: Heartbeat
    source: str
    connects: Allowance
    messages: Allowance
    streams: int
    arguments: int
    life_seconds: float | None
    weight: Allowance | None


def endpoint_among(endpoints: Sequence[Endpoint], venue: str, market: str) -> Endpoint:
    """The endpoint of a market among those of one venue.

    Raises:
        ConfigurationError: the venue has no such market; the message says where to say it.
    """
    for endpoint in endpoints:
        if endpoint.market in (market, ANY_MARKET):
            return endpoint
    known = ", ".join(endpoint.market for endpoint in endpoints)
    raise ConfigurationError(
        f"nothing is known of {venue}'s market {market[:40]!a}: add its endpoint in "
        f"marketdata_platform/venues/{venue}/__init__.py; there are {known}"
    )


def at_addresses(endpoint: Endpoint, channels: Sequence[str]) -> list[tuple[Endpoint, list[int]]]:
    """The endpoint once for each address that the channels need, and the places of its channels
    among them.

    `websocket` of what is returned is the one address, and `other_addresses` is empty.
    """
    places: dict[str, list[int]] = {endpoint.websocket: []}
    places.update({other.websocket: [] for other in endpoint.other_addresses})
    for place, channel in enumerate(channels):
        places[_address_of(endpoint, channel)].append(place)
    return [
        (replace(endpoint, websocket=address, other_addresses=()), found)
        for address, found in places.items()
        if found
    ]


def _address_of(endpoint: Endpoint, channel: str) -> str:
    for other in endpoint.other_addresses:
        if other.sends(channel):
            return other.websocket
    return endpoint.websocket
