"""Kalshi: address and limits.

Belongs here: where it is reached and what it allows. Does not: channels and messages (channels).
"""

from __future__ import annotations

from marketdata_platform.venues.endpoint import Allowance, Endpoint, Heartbeat

ENDPOINTS = (
    Endpoint(
        venue="kalshi",
        market="event",
        # api.elections.kalshi.com was the older host.
        websocket="wss://external-api-ws.kalshi.com/trade-api/ws/v2",
        other_addresses=(),
        rest="https://external-api.kalshi.com/trade-api/v2",
        # The server pings every 10 s; pong at once.
        heartbeat=Heartbeat(every_seconds=0.0, silence_seconds=30.0, message=b""),
        source="https://docs.kalshi.com/websockets",
        connects=Allowance(10, 60.0),
        messages=Allowance(10, 1.0),
        streams=1_000,
        arguments=100,
        life_seconds=None,
        weight=Allowance(20, 1.0),
    ),
)
