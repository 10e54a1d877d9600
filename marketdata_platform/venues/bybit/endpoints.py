"""Bybit v5: addresses and limits.

Belongs here: where each market is reached and what it allows. Does not: topics and messages
(channels).
"""

from __future__ import annotations

from marketdata_platform.venues.endpoint import Allowance, Endpoint, Heartbeat


def _endpoint(market: str, arguments: int) -> Endpoint:
    return Endpoint(
        venue="bybit",
        market=market,
        websocket=f"wss://stream.bybit.com/v5/public/{market}",
        other_addresses=(),
        rest="https://api.bybit.com",
        heartbeat=Heartbeat(every_seconds=20.0, silence_seconds=60.0, message=b'{"op":"ping"}'),
        source="https://bybit-exchange.github.io/docs/v5/ws/connect",
        connects=Allowance(500, 300.0),
        messages=Allowance(10, 1.0),
        streams=500,  # all topics of a connection together: 21,000 characters
        arguments=arguments,
        life_seconds=None,
        weight=Allowance(600, 5.0),
    )


ENDPOINTS = (_endpoint("spot", 10), _endpoint("linear", 100), _endpoint("inverse", 100))
