"""Binance: addresses and limits.

Belongs here: where each market is reached and what it allows. Does not: channels and messages
(channels). Binance moves its addresses and changes its limits: `source` has the last word.
"""

from __future__ import annotations

import re

from marketdata_platform.venues.endpoint import Allowance, Endpoint, Heartbeat, OtherAddress

_DAY_SECONDS = 86_400.0
_DOCS = "https://developers.binance.com/docs"
_FSTREAM = "wss://fstream.binance.com"
# Spot's server pings every 20 s. Futures and options are pinged by it every three to five minutes
# only: a quiet connection would look dead, so the client pings, too.
_SERVER_PINGS = Heartbeat(every_seconds=0.0, silence_seconds=60.0, message=b"")
_CLIENT_PINGS = Heartbeat(every_seconds=30.0, silence_seconds=90.0, message=b"")
# Channels that Binance aggregates have an address of their own since 2026-04-23. A subscription at
# the wrong address is answered with success, and silence.
_AGGREGATED = re.compile(
    r"@(aggTrade|markPrice|forceOrder|kline|ticker|miniTicker|optionMarkPrice|openInterest)|^!(index|markPrice|ticker)"
)
_AGGREGATED_CHANNELS = OtherAddress(
    websocket=f"{_FSTREAM}/market/stream",
    sends=lambda channel: _AGGREGATED.search(channel) is not None,
)


def _endpoint(
    market: str,
    websocket: str,
    rest: str,
    *,
    weight: int,
    streams: int,
    source: str,
    other_addresses: tuple[OtherAddress, ...] = (),
) -> Endpoint:
    spot = market == "spot"
    return Endpoint(
        venue="binance",
        market=market,
        websocket=websocket,
        other_addresses=other_addresses,
        rest=rest,
        heartbeat=_SERVER_PINGS if spot else _CLIENT_PINGS,
        source=f"{_DOCS}/{source}",
        connects=Allowance(300, 300.0),
        messages=Allowance(5 if spot else 10, 1.0),  # pings count
        streams=streams,
        arguments=200,
        life_seconds=_DAY_SECONDS,
        weight=Allowance(weight, 60.0),
    )


ENDPOINTS = (
    _endpoint(
        "spot",
        "wss://stream.binance.com:9443/stream",
        "https://api.binance.com",
        weight=6_000,
        streams=1_024,
        source="binance-spot-api-docs/web-socket-streams",
    ),
    _endpoint(
        "futures",
        f"{_FSTREAM}/public/stream",
        "https://fapi.binance.com",
        weight=2_400,
        streams=1_024,
        source="derivatives/usds-margined-futures/websocket-market-streams",
        other_addresses=(_AGGREGATED_CHANNELS,),
    ),
    _endpoint(
        "coin_futures",
        "wss://dstream.binance.com/stream",
        "https://dapi.binance.com",
        weight=2_400,
        streams=200,
        source="derivatives/coin-margined-futures/websocket-market-streams",
    ),
    _endpoint(
        "options",
        f"{_FSTREAM}/public/stream",
        "https://eapi.binance.com",
        weight=400,
        streams=200,
        source="derivatives/options-trading/websocket-market-streams",
        other_addresses=(_AGGREGATED_CHANNELS,),
    ),
)
