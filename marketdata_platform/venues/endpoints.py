"""Where venues are reached and what they allow, as data that the configuration may override.

Belongs here: addresses, limits, heartbeats. Does not: messages (channels), a clock or a socket.
Venues move their addresses and change their limits: each entry names the venue's documentation,
which has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from marketdata_platform.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `count` in any `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How a connection is kept alive.

    Args:
        every_seconds: send `message` (or a WebSocket ping, where it is empty) this often; 0: the
            server does it alone.
        silence_seconds: no byte for this long means that the connection is dead.
    """

    every_seconds: float
    silence_seconds: float
    message: bytes = b""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One venue's market: its WebSocket and REST addresses and limits.

    `aggregated`: WebSocket address of channels that the venue aggregates, where they have one of
    their own. Binance parted them on 2026-04-23, and answers a subscription at the wrong address
    with success and silence.
    """

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
    aggregated: str = ""


_DAY = 86_400.0
_BINANCE = "https://developers.binance.com/docs"
_FSTREAM = "wss://fstream.binance.com"
_SERVER_PINGS = Heartbeat(0.0, 60.0)  # every 20 s; pong at once
# Futures and options are pinged by the server every three to five minutes only: a quiet one would
# look dead.
_CLIENT_PINGS = Heartbeat(30.0, 90.0)


def _binance(
    market: str,
    websocket: str,
    rest: str,
    weight: int,
    *,
    streams: int,
    source: str,
    aggregated: str = "",
) -> Endpoint:
    spot = market == "spot"
    return Endpoint(
        venue="binance",
        market=market,
        websocket=websocket,
        aggregated=aggregated,
        rest=rest,
        heartbeat=_SERVER_PINGS if spot else _CLIENT_PINGS,
        source=f"{_BINANCE}/{source}",
        connects=Allowance(300, 300.0),
        messages=Allowance(5 if spot else 10, 1.0),  # pings count
        streams=streams,
        arguments=200,
        life_seconds=_DAY,
        weight=Allowance(weight, 60.0),
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    _binance(
        "spot",
        "wss://stream.binance.com:9443/stream",
        "https://api.binance.com",
        6_000,
        streams=1_024,
        source="binance-spot-api-docs/web-socket-streams",
    ),
    _binance(
        "futures",
        f"{_FSTREAM}/public/stream",
        "https://fapi.binance.com",
        2_400,
        streams=1_024,
        source="derivatives/usds-margined-futures/websocket-market-streams",
        aggregated=f"{_FSTREAM}/market/stream",
    ),
    _binance(
        "coin_futures",
        "wss://dstream.binance.com/stream",
        "https://dapi.binance.com",
        2_400,
        streams=200,
        source="derivatives/coin-margined-futures/websocket-market-streams",
    ),
    _binance(
        "options",
        f"{_FSTREAM}/public/stream",
        "https://eapi.binance.com",
        400,
        streams=200,
        source="derivatives/options-trading/websocket-market-streams",
        aggregated=f"{_FSTREAM}/market/stream",
    ),
    Endpoint(
        venue="deribit",
        market="any",
        websocket="wss://www.deribit.com/ws/api/v2",
        rest="https://www.deribit.com/api/v2",
        heartbeat=Heartbeat(
            10.0, 30.0, b'{"jsonrpc":"2.0","id":0,"method":"public/test","params":{}}'
        ),
        source="https://docs.deribit.com",
        connects=Allowance(32, 60.0),  # 32 connections an address
        messages=Allowance(20, 1.0),
        streams=500,
        arguments=500,
        weight=Allowance(
            20, 1.0
        ),  # in requests that are not of the matching engine: 500 of 50,000 credits, +10,000/s
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
            streams=500,  # all topics of a connection together: 21,000 characters
            arguments=10 if market == "spot" else 100,
            weight=Allowance(600, 5.0),
        )
        for market in ("spot", "linear", "inverse")
    ),
    Endpoint(
        venue="kalshi",
        market="event",
        # api.elections.kalshi.com was the older host.
        websocket="wss://external-api-ws.kalshi.com/trade-api/ws/v2",
        rest="https://external-api.kalshi.com/trade-api/v2",
        heartbeat=Heartbeat(0.0, 30.0),  # the server pings every 10 s; pong at once
        source="https://docs.kalshi.com/websockets",
        connects=Allowance(10, 60.0),
        messages=Allowance(10, 1.0),
        streams=1_000,
        arguments=100,
        weight=Allowance(20, 1.0),
    ),
)
_AGGREGATED = re.compile(
    r"@(aggTrade|markPrice|forceOrder|kline|ticker|miniTicker|optionMarkPrice|openInterest)|^!(index|markPrice|ticker)"
)


def at_addresses(endpoint: Endpoint, channels: Sequence[str]) -> list[tuple[Endpoint, list[int]]]:
    """The endpoint once for each address that the channels need, and the places of its channels
    among them.

    `websocket` of what is returned is the one address, and `aggregated` is empty.
    """
    apart = [
        bool(endpoint.aggregated) and _AGGREGATED.search(channel) is not None
        for channel in channels
    ]
    parts = []
    for aggregated, address in ((False, endpoint.websocket), (True, endpoint.aggregated)):
        places = [place for place, own in enumerate(apart) if own is aggregated]
        if places:
            parts.append((replace(endpoint, websocket=address, aggregated=""), places))
    return parts


def endpoint_of(venue: str, market: str) -> Endpoint:
    """The endpoint of a venue's market; Deribit serves all its markets by one.

    Raises:
        ConfigurationError: there is none; the message lists those there are.
    """
    for endpoint in ENDPOINTS:
        if endpoint.venue == venue and endpoint.market in (market, "any"):
            return endpoint
    known = ", ".join(f"{e.venue}:{e.market}" for e in ENDPOINTS)
    raise ConfigurationError(
        f"no endpoint is known for {venue[:40]!a} market {market[:40]!a}; there are {known}"
    )


def overridden(endpoint: Endpoint, changes: Mapping[str, Any]) -> Endpoint:
    """The endpoint with addresses and limits of a configuration; `silence_seconds` belongs to its
    heartbeat.

    A `websocket` of one's own takes all channels.
    """
    kept = {name: value for name, value in changes.items() if name != "silence_seconds"}
    if "websocket" in changes:
        kept.setdefault("aggregated", "")
    if "silence_seconds" in changes:
        kept["heartbeat"] = replace(endpoint.heartbeat, silence_seconds=changes["silence_seconds"])
    return replace(endpoint, **kept)
