"""Bybit v5: its REST routes.

Belongs here: what can be asked and what it costs. Does not: what is asked when (asking), answers
(rest).
"""

from __future__ import annotations

from marketdata_platform.venues.rest_rules import Route, Routes

_SYMBOL = "symbol"


def _route(path: str, fixed: dict[str, str], symbol: str, most: int) -> Route:
    """Bybit counts requests: each weighs 1."""
    return Route(
        path=f"/v5/market/{path}", weight=1, symbol=symbol, fixed=fixed, most=most, weights=()
    )


def _category(category: str) -> dict[str, Route]:
    fixed = {"category": category}
    trades, levels = (60, 200) if category == "spot" else (1_000, 500)
    interest = {**fixed, "intervalTime": "5min"}
    return {
        "time": _route("time", {}, symbol="", most=0),
        "instruments": _route("instruments-info", fixed, _SYMBOL, most=1_000),
        "trades": _route("recent-trade", fixed, _SYMBOL, trades),
        "orderbook": _route("orderbook", fixed, _SYMBOL, levels),
        "tickers": _route("tickers", fixed, _SYMBOL, most=0),
        "openInterest": _route("open-interest", interest, _SYMBOL, most=200),
        "funding": _route("funding/history", fixed, _SYMBOL, most=200),
    }


ROUTES = {
    market: Routes("bybit", market, _category(market)) for market in ("spot", "linear", "inverse")
}
