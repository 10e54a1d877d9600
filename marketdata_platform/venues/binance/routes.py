"""Binance: its REST routes, their parameters and weights.

Belongs here: what can be asked and what it costs. Does not: what is asked when (asking), answers
(rest, options_rest).
"""

from __future__ import annotations

from marketdata_platform.venues.binance.names import COIN_FUTURES, FUTURES, OPTIONS, SPOT
from marketdata_platform.venues.rest_rules import Route, Routes

_SPOT_DEPTH = ((100, 5), (500, 25), (1_000, 50), (5_000, 250))
_FUTURES_DEPTH = ((50, 2), (100, 5), (500, 10), (1_000, 20))


def _spot() -> dict[str, Route]:
    base = "/api/v3/"
    return {
        "time": Route(f"{base}time", 1, symbol=""),
        "exchangeInfo": Route(f"{base}exchangeInfo", 20),
        "depth": Route(f"{base}depth", 5, most=5_000, weights=_SPOT_DEPTH),
        "trades": Route(f"{base}trades", 25, most=1_000),
        "historicalTrades": Route(f"{base}historicalTrades", 25, most=1_000),
        "aggTrades": Route(f"{base}aggTrades", 4, most=1_000),
    }


def _futures(base: str) -> dict[str, Route]:
    return {
        "time": Route(f"{base}time", 1, symbol=""),
        # Of all symbols, whatever one asks for.
        "exchangeInfo": Route(f"{base}exchangeInfo", 1, symbol=""),
        "depth": Route(f"{base}depth", 2, most=1_000, weights=_FUTURES_DEPTH),
        "trades": Route(f"{base}trades", 5, most=1_000),
        "historicalTrades": Route(f"{base}historicalTrades", 20, most=500),
        "aggTrades": Route(f"{base}aggTrades", 20, most=1_000),
        "openInterest": Route(f"{base}openInterest", 1),
        "premiumIndex": Route(f"{base}premiumIndex", 1),
        "fundingRate": Route(f"{base}fundingRate", 1, most=1_000),
    }


def _options() -> dict[str, Route]:
    base = "/eapi/v1/"
    return {
        "time": Route(f"{base}time", 1, symbol=""),
        "exchangeInfo": Route(f"{base}exchangeInfo", 1, symbol=""),
        "depth": Route(f"{base}depth", 2, most=1_000, weights=_FUTURES_DEPTH),
        "trades": Route(f"{base}trades", 5, most=500),
        "historicalTrades": Route(f"{base}historicalTrades", 20, most=500),
        # Of one underlying and expiration.
        "openInterest": Route(f"{base}openInterest", 1, symbol=""),
    }


_HISTORIC_INTEREST = Route("/futures/data/openInterestHist", 1, most=500, fixed={"period": "5m"})
ROUTES = {
    market: Routes("binance", market, by_name)
    for market, by_name in {
        SPOT: _spot(),
        FUTURES: {**_futures("/fapi/v1/"), "openInterestHist": _HISTORIC_INTEREST},
        COIN_FUTURES: _futures("/dapi/v1/"),
        OPTIONS: _options(),
    }.items()
}
