"""Kalshi: its REST routes.

Belongs here: what can be asked and what it costs. Does not: what is asked when (asking), answers
(rest, names).
"""

from __future__ import annotations

from marketdata_platform.venues.rest_rules import Route, Routes


def _route(path: str, *, symbol: str, most: int) -> Route:
    """Kalshi counts requests: each weighs 1."""
    return Route(path=path, weight=1, symbol=symbol, fixed={}, most=most, weights=())


ROUTES = Routes(
    "kalshi",
    "event",
    {
        "series": _route("/series", symbol="", most=0),
        "events": _route("/events", symbol="series_ticker", most=200),
        "markets": _route("/markets", symbol="tickers", most=1_000),
        "oneSeries": _route("/series/{}", symbol="", most=0),
        "event": _route("/events/{}", symbol="", most=0),
        "market": _route("/markets/{}", symbol="", most=0),
        "orderbook": _route("/markets/{}/orderbook", symbol="", most=0),
        "trades": _route("/markets/trades", symbol="ticker", most=1_000),
    },
)
