"""Deribit: addresses and limits; one connection carries every market.

Belongs here: where it is reached and what it allows. Does not: channels and messages (channels).
"""

from __future__ import annotations

from marketdata_platform.venues.endpoint import ANY_MARKET, Allowance, Endpoint, Heartbeat

TEST = b'{"jsonrpc":"2.0","id":0,"method":"public/test","params":{}}'

ENDPOINTS = (
    Endpoint(
        venue="deribit",
        market=ANY_MARKET,
        websocket="wss://www.deribit.com/ws/api/v2",
        other_addresses=(),
        rest="https://www.deribit.com/api/v2",
        heartbeat=Heartbeat(every_seconds=10.0, silence_seconds=30.0, message=TEST),
        source="https://docs.deribit.com",
        connects=Allowance(32, 60.0),  # 32 connections per address
        messages=Allowance(20, 1.0),
        streams=500,
        arguments=500,
        life_seconds=None,
        # In requests that are not of the matching engine: 500 of 50,000 credits, +10,000/s.
        weight=Allowance(20, 1.0),
    ),
)
