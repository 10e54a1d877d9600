"""Coinbase Exchange: addresses and limits.

Belongs here: where it is reached and what it allows. Does not: channels and messages (channels).
Requests by REST: docs.cdp.coinbase.com/exchange/rest-api/rate-limits (10 a second and address). An
account may besides have each product and channel ten times; several gatherers count together.
"""

from __future__ import annotations

from marketdata_platform.venues.endpoint import Allowance, Endpoint, Heartbeat

ENDPOINTS = (
    Endpoint(
        venue="coinbase",
        market="spot",
        websocket="wss://ws-feed.exchange.coinbase.com",
        other_addresses=(),
        rest="https://api.exchange.coinbase.com",
        # Books have no numbers, so every second in which a connection is dead and nobody knows it
        # belongs to a gap.
        heartbeat=Heartbeat(every_seconds=5.0, silence_seconds=15.0, message=b""),
        source="https://docs.cdp.coinbase.com/exchange/websocket-feed/rate-limits",
        connects=Allowance(8, 1.0),
        messages=Allowance(10, 1.0),
        # Neither is bounded by Coinbase. Ours: whole books of all levels come first, and one
        # unknown product refuses its whole message.
        streams=200,
        arguments=50,
        life_seconds=None,
        weight=Allowance(10, 1.0),
    ),
)
