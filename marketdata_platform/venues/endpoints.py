"""Where venues are reached and what they allow, as data that the configuration may override.

Belongs here: addresses, limits, heartbeats. Does not: messages (channels), a clock or a socket. Venues move their
addresses and change their limits: each entry names the venue's documentation, which has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.venues.rest_routes import paths_of


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `count` in any `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How a connection is kept alive.

    Args:
        every_seconds: send `message` (or a WebSocket ping, where it is empty) this often; 0: the server does it alone.
        silence_seconds: no byte for this long means that the connection is dead.
    """

    every_seconds: float
    silence_seconds: float
    message: bytes = b""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One venue's market: its WebSocket and REST addresses and limits."""

    venue: str
    market: str
    websocket: str
    rest: str
    heartbeat: Heartbeat
    source: str
    connects: Allowance  # connection attempts
    messages: Allowance  # messages that a connection may send
    streams: int  # channels of one connection
    arguments: int  # channels of one subscribe message
    life_seconds: float | None = None  # the venue ends a connection after this; None: it does not
    weight: Allowance | None = None  # weight of REST requests
    rest_routes: dict[str, str] = field(default_factory=dict)  # route → path


_DAY = 86_400.0
_BINANCE = "https://developers.binance.com/docs"


def _binance(market: str, websocket: str, rest: str, weight: int, messages: int, streams: int) -> Endpoint:
    return Endpoint(
        venue="binance",
        market=market,
        websocket=websocket,
        rest=rest,
        heartbeat=Heartbeat(0.0, 60.0),  # the server pings (spot every 20 s, futures every 3 min); pong at once
        source=_BINANCE,
        connects=Allowance(300, 300.0),
        messages=Allowance(messages, 1.0),
        streams=streams,
        arguments=200,
        life_seconds=_DAY,
        weight=Allowance(weight, 60.0),
        rest_routes=paths_of("binance", market),
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    _binance("spot", "wss://stream.binance.com:9443/stream", "https://api.binance.com", 6_000, 5, 1_024),
    _binance("futures", "wss://fstream.binance.com/stream", "https://fapi.binance.com", 2_400, 10, 1_024),
    _binance("coin_futures", "wss://dstream.binance.com/stream", "https://dapi.binance.com", 2_400, 10, 200),
    _binance("options", "wss://nbstream.binance.com/eoptions/stream", "https://eapi.binance.com", 400, 10, 200),
    Endpoint(
        venue="deribit",
        market="any",
        websocket="wss://www.deribit.com/ws/api/v2",
        rest="https://www.deribit.com/api/v2",
        heartbeat=Heartbeat(10.0, 30.0, b'{"jsonrpc":"2.0","id":0,"method":"public/test","params":{}}'),
        source="https://docs.deribit.com",
        connects=Allowance(32, 60.0),  # 32 connections an address
        messages=Allowance(20, 1.0),
        streams=500,
        arguments=500,
        weight=Allowance(20, 1.0),
        rest_routes=paths_of("deribit", "any"),
    ),
    *(
        Endpoint(
            venue="bybit",
            market=market,
            websocket=f"wss://stream.bybit.com/v5/public/{market}",
            rest="https://api.bybit.com",
            heartbeat=Heartbeat(20.0, 60.0, b'{"op":"ping"}'),
            source="https://bybit-exchange.github.io/docs/v5/ws/connect",
            connects=Allowance(500, 300.0),
            messages=Allowance(10, 1.0),
            streams=1_000,
            arguments=10 if market == "spot" else 100,
            weight=Allowance(600, 5.0),
            rest_routes=paths_of("bybit", market),
        )
        for market in ("spot", "linear", "inverse")
    ),
    Endpoint(
        venue="kalshi",
        market="event",
        websocket="wss://api.elections.kalshi.com/trade-api/ws/v2",
        rest="https://api.elections.kalshi.com/trade-api/v2",
        heartbeat=Heartbeat(0.0, 30.0),  # the server pings every 10 s; pong at once
        source="https://docs.kalshi.com/websockets",
        connects=Allowance(10, 60.0),
        messages=Allowance(10, 1.0),
        streams=1_000,
        arguments=100,
        weight=Allowance(20, 1.0),
        rest_routes=paths_of("kalshi", "event"),
    ),
)


def endpoint_of(venue: str, market: str) -> Endpoint:
    """The endpoint of a venue's market; Deribit serves all its markets by one.

    Raises:
        ConfigurationError: there is none; the message lists those there are.
    """
    for endpoint in ENDPOINTS:
        if endpoint.venue == venue and endpoint.market in (market, "any"):
            return endpoint
    known = ", ".join(f"{e.venue}:{e.market}" for e in ENDPOINTS)
    raise ConfigurationError(f"no endpoint is known for {venue[:40]!a} market {market[:40]!a}; there are {known}")


def overridden(endpoint: Endpoint, changes: Mapping[str, Any]) -> Endpoint:
    """The endpoint with addresses and limits of a configuration; `silence_seconds` belongs to its heartbeat."""
    kept = {name: value for name, value in changes.items() if name != "silence_seconds"}
    if "silence_seconds" in changes:
        kept["heartbeat"] = replace(endpoint.heartbeat, silence_seconds=changes["silence_seconds"])
    return replace(endpoint, **kept)
