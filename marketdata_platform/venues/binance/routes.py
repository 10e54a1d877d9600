"""Binance: its REST routes, their parameters and weights.

Belongs here: what can be asked and what it costs. Does not: what is asked when (asking), answers
(rest, options_rest).
"""

from __future__ import annotations

from marketdata_platform.venues.binance.names import COIN_FUTURES, FUTURES, OPTIONS, SPOT
from marketdata_platform.venues.rest_rules import Route, Routes

_SPOT_DEPTH = ((100, 5), (500, 25), (1_000, 50), (5_000, 250))
_FUTURES_DEPTH = ((50, 2), (100, 5), (500, 10), (1_000, 20))


_SYMBOL = "symbol"
_FLAT: tuple[tuple[int, int], ...] = ()  # the weight is the same for any limit


def _route(
    path: str,
    weight: int,
    *,
    symbol: str,
    most: int,
    weights: tuple[tuple[int, int], ...],
) -> Route:
    return Route(path=path, weight=weight, symbol=symbol, fixed={}, most=most, weights=weights)


def _spot() -> dict[str, Route]:
    base = "/api/v3/"
    return {
        "time": _route(f"{base}time", 1, symbol="", most=0, weights=_FLAT),
        "exchangeInfo": _route(f"{base}exchangeInfo", 20, symbol=_SYMBOL, most=0, weights=_FLAT),
        "depth": _route(f"{base}depth", 5, symbol=_SYMBOL, most=5_000, weights=_SPOT_DEPTH),
        "trades": _route(f"{base}trades", 25, symbol=_SYMBOL, most=1_000, weights=_FLAT),
        "historicalTrades": _route(
            f"{base}historicalTrades", 25, symbol=_SYMBOL, most=1_000, weights=_FLAT
        ),
        "aggTrades": _route(f"{base}aggTrades", 4, symbol=_SYMBOL, most=1_000, weights=_FLAT),
    }


def _futures(base: str) -> dict[str, Route]:
    return {
        "time": _route(f"{base}time", 1, symbol="", most=0, weights=_FLAT),
        # Of all symbols, whatever one asks for.
        "exchangeInfo": _route(f"{base}exchangeInfo", 1, symbol="", most=0, weights=_FLAT),
        "depth": _route(f"{base}depth", 2, symbol=_SYMBOL, most=1_000, weights=_FUTURES_DEPTH),
        "trades": _route(f"{base}trades", 5, symbol=_SYMBOL, most=1_000, weights=_FLAT),
        "historicalTrades": _route(
            f"{base}historicalTrades", 20, symbol=_SYMBOL, most=500, weights=_FLAT
        ),
        "aggTrades": _route(f"{base}aggTrades", 20, symbol=_SYMBOL, most=1_000, weights=_FLAT),
        "openInterest": _route(f"{base}openInterest", 1, symbol=_SYMBOL, most=0, weights=_FLAT),
        "premiumIndex": _route(f"{base}premiumIndex", 1, symbol=_SYMBOL, most=0, weights=_FLAT),
        "fundingRate": _route(f"{base}fundingRate", 1, symbol=_SYMBOL, most=1_000, weights=_FLAT),
    }


def _options() -> dict[str, Route]:
    base = "/eapi/v1/"
    return {
        "time": _route(f"{base}time", 1, symbol="", most=0, weights=_FLAT),
        "exchangeInfo": _route(f"{base}exchangeInfo", 1, symbol="", most=0, weights=_FLAT),
        "depth": _route(f"{base}depth", 2, symbol=_SYMBOL, most=1_000, weights=_FUTURES_DEPTH),
        "trades": _route(f"{base}trades", 5, symbol=_SYMBOL, most=500, weights=_FLAT),
        "historicalTrades": _route(
            f"{base}historicalTrades", 20, symbol=_SYMBOL, most=500, weights=_FLAT
        ),
        # Of one underlying and expiration.
        "openInterest": _route(f"{base}openInterest", 1, symbol="", most=0, weights=_FLAT),
    }


_HISTORIC_INTEREST = Route(
    path="/futures/data/openInterestHist",
    weight=1,
    symbol=_SYMBOL,
    fixed={"period": "5m"},
    most=500,
    weights=_FLAT,
)
ROUTES = {
    market: Routes("binance", market, by_name)
    for market, by_name in {
        SPOT: _spot(),
        FUTURES: {**_futures("/fapi/v1/"), "openInterestHist": _HISTORIC_INTEREST},
        COIN_FUTURES: _futures("/dapi/v1/"),
        OPTIONS: _options(),
    }.items()
}
