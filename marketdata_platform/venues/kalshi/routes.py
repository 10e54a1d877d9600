"""Kalshi: its REST routes.

Belongs here: what can be asked and what it costs. Does not: what is asked when (asking), answers
(rest, names).
"""

from __future__ import annotations

from marketdata_platform.venues.rest_rules import Route, Routes

ROUTES = Routes(
    "kalshi",
    "event",
    {
        "series": Route("/series", 1, symbol=""),
        "events": Route("/events", 1, symbol="series_ticker", most=200),
        "markets": Route("/markets", 1, symbol="tickers", most=1_000),
        "oneSeries": Route("/series/{}", 1, symbol=""),
        "event": Route("/events/{}", 1, symbol=""),
        "market": Route("/markets/{}", 1, symbol=""),
        "orderbook": Route("/markets/{}/orderbook", 1, symbol=""),
        "trades": Route("/markets/trades", 1, symbol="ticker", most=1_000),
    },
)
