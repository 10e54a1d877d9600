"""Bybit v5: its REST routes.

Belongs here: what can be asked and what it costs. Does not: what is asked when (asking), answers
(rest).
"""

from __future__ import annotations

from marketdata_platform.venues.rest_rules import Route, Routes


def _category(category: str) -> dict[str, Route]:
    fixed, base = {"category": category}, "/v5/market/"
    trades, levels = (60, 200) if category == "spot" else (1_000, 500)
    interest = {**fixed, "intervalTime": "5min"}
    return {
        "time": Route(f"{base}time", 1, symbol=""),
        "instruments": Route(f"{base}instruments-info", 1, fixed=fixed, most=1_000),
        "trades": Route(f"{base}recent-trade", 1, fixed=fixed, most=trades),
        "orderbook": Route(f"{base}orderbook", 1, fixed=fixed, most=levels),
        "tickers": Route(f"{base}tickers", 1, fixed=fixed),
        "openInterest": Route(f"{base}open-interest", 1, fixed=interest, most=200),
        "funding": Route(f"{base}funding/history", 1, fixed=fixed, most=200),
    }


ROUTES = {
    market: Routes("bybit", market, _category(market)) for market in ("spot", "linear", "inverse")
}
