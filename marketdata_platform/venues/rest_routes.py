"""REST routes of every venue as data: paths, parameters, weights; a question as a path and a query.

Belongs here: what can be asked and what it costs. Does not: addresses and allowances (endpoints),
answers (rest.py), asking (feeds). Symbols are hostile input: they are quoted wherever they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from marketdata_platform.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    Args:
        path: below the endpoint's REST address; `{}` stands for the symbol.
        weight: what one request takes of the endpoint's allowance.
        symbol: the parameter that names the symbol; empty: the route takes none, or has it in its
            path.
        fixed: parameters of every request.
        most: entries that one answer holds at most, the value of its `limit` or `count`; 0: no such
            bound.
        weights: (limit, weight) where the weight rises with the limit, lowest first.
    """

    path: str
    weight: int = 1
    symbol: str = "symbol"
    fixed: Mapping[str, str] = field(default_factory=dict)
    most: int = 0
    weights: tuple[tuple[int, int], ...] = ()


_SPOT_DEPTH = ((100, 5), (500, 25), (1_000, 50), (5_000, 250))
_FUTURES_DEPTH = ((50, 2), (100, 5), (500, 10), (1_000, 20))


def _binance_spot() -> dict[str, Route]:
    base = "/api/v3/"
    return {
        "time": Route(f"{base}time", 1, symbol=""),
        "exchangeInfo": Route(f"{base}exchangeInfo", 20),
        "depth": Route(f"{base}depth", 5, most=5_000, weights=_SPOT_DEPTH),
        "trades": Route(f"{base}trades", 25, most=1_000),
        "historicalTrades": Route(f"{base}historicalTrades", 25, most=1_000),
        "aggTrades": Route(f"{base}aggTrades", 4, most=1_000),
    }


def _binance_futures(base: str) -> dict[str, Route]:
    return {
        "time": Route(f"{base}time", 1, symbol=""),
        "exchangeInfo": Route(
            f"{base}exchangeInfo", 1, symbol=""
        ),  # of all symbols, whatever one asks
        "depth": Route(f"{base}depth", 2, most=1_000, weights=_FUTURES_DEPTH),
        "trades": Route(f"{base}trades", 5, most=1_000),
        "historicalTrades": Route(f"{base}historicalTrades", 20, most=500),
        "aggTrades": Route(f"{base}aggTrades", 20, most=1_000),
        "openInterest": Route(f"{base}openInterest", 1),
        "premiumIndex": Route(f"{base}premiumIndex", 1),
        "fundingRate": Route(f"{base}fundingRate", 1, most=1_000),
    }


_HISTORIC_INTEREST = Route("/futures/data/openInterestHist", 1, most=500, fixed={"period": "5m"})
_BINANCE_OPTIONS = {
    "time": Route("/eapi/v1/time", 1, symbol=""),
    "exchangeInfo": Route("/eapi/v1/exchangeInfo", 1, symbol=""),
    "depth": Route("/eapi/v1/depth", 2, most=1_000, weights=_FUTURES_DEPTH),
    "trades": Route("/eapi/v1/trades", 5, most=500),
    "historicalTrades": Route("/eapi/v1/historicalTrades", 20, most=500),
    "openInterest": Route(
        "/eapi/v1/openInterest", 1, symbol=""
    ),  # of one underlying and expiration
}
_DERIBIT = {
    "time": Route("/public/get_time", 1, symbol=""),
    "instruments": Route("/public/get_instruments", 20, symbol=""),  # of one currency
    "instrument": Route("/public/get_instrument", 1, symbol="instrument_name"),
    "trades": Route(
        "/public/get_last_trades_by_instrument", 1, symbol="instrument_name", most=1_000
    ),
    "tradesByTime": Route(
        "/public/get_last_trades_by_instrument_and_time", 1, symbol="instrument_name", most=1_000
    ),
    "orderbook": Route("/public/get_order_book", 1, symbol="instrument_name"),
    "ticker": Route("/public/ticker", 1, symbol="instrument_name"),
}


def _bybit(category: str) -> dict[str, Route]:
    fixed, base = {"category": category}, "/v5/market/"
    return {
        "time": Route(f"{base}time", 1, symbol=""),
        "instruments": Route(f"{base}instruments-info", 1, fixed=fixed, most=1_000),
        "trades": Route(
            f"{base}recent-trade", 1, fixed=fixed, most=60 if category == "spot" else 1_000
        ),
        "orderbook": Route(
            f"{base}orderbook", 1, fixed=fixed, most=200 if category == "spot" else 500
        ),
        "tickers": Route(f"{base}tickers", 1, fixed=fixed),
        "openInterest": Route(
            f"{base}open-interest", 1, fixed={**fixed, "intervalTime": "5min"}, most=200
        ),
        "funding": Route(f"{base}funding/history", 1, fixed=fixed, most=200),
    }


_KALSHI = {
    "series": Route("/series", 1, symbol=""),
    "events": Route("/events", 1, symbol="series_ticker", most=200),
    "markets": Route("/markets", 1, symbol="tickers", most=1_000),
    "oneSeries": Route("/series/{}", 1, symbol=""),
    "event": Route("/events/{}", 1, symbol=""),
    "market": Route("/markets/{}", 1, symbol=""),
    "orderbook": Route("/markets/{}/orderbook", 1, symbol=""),
    "trades": Route("/markets/trades", 1, symbol="ticker", most=1_000),
}
ROUTES: dict[tuple[str, str], dict[str, Route]] = {
    ("binance", "spot"): _binance_spot(),
    ("binance", "futures"): {
        **_binance_futures("/fapi/v1/"),
        "openInterestHist": _HISTORIC_INTEREST,
    },
    ("binance", "coin_futures"): _binance_futures("/dapi/v1/"),
    ("binance", "options"): _BINANCE_OPTIONS,
    ("deribit", "any"): _DERIBIT,
    ("bybit", "spot"): _bybit("spot"),
    ("bybit", "linear"): _bybit("linear"),
    ("bybit", "inverse"): _bybit("inverse"),
    ("kalshi", "event"): _KALSHI,
}


def paths_of(venue: str, market: str) -> dict[str, str]:
    """Route → path, of one of `ROUTES`."""
    return {name: route.path for name, route in ROUTES[venue, market].items()}


def route_of(venue: str, market: str, route: str) -> Route:
    """The route of this name.

    Raises:
        ConfigurationError: there is none; the message lists those there are.
    """
    routes = ROUTES.get((venue, market)) or ROUTES.get((venue, "any"))
    if routes is None:
        known = ", ".join(f"{v}:{m}" for v, m in ROUTES)
        raise ConfigurationError(
            f"no REST routes are known for {venue[:40]!a} market {market[:40]!a}; only {known}"
        )
    if route not in routes:
        raise ConfigurationError(
            f"{venue}:{market} has no REST route {route[:40]!a}; it has {', '.join(routes)}"
        )
    return routes[route]


def rest_request(
    venue: str, market: str, route: str, symbol: str = "", **parameters: str | int
) -> str:
    """Path and query of a question, to be put behind the endpoint's REST address.

    Raises:
        ConfigurationError: the venue has no such route.
    """
    found = route_of(venue, market, route)
    asked: dict[str, str | int] = {**found.fixed}
    if symbol and found.symbol:
        asked[found.symbol] = symbol
    asked.update(parameters)
    query = urlencode(asked, quote_via=quote, safe="")
    path = found.path.replace("{}", quote(symbol, safe=""))
    return f"{path}?{query}" if query else path


def weight_of(venue: str, market: str, route: str, **parameters: str | int) -> int:
    """What a request takes of the endpoint's allowance; with the `limit` that it asks for."""
    found = route_of(venue, market, route)
    limit = parameters.get("limit", 0)
    if not found.weights or not isinstance(limit, int):
        return found.weight
    return next((weight for most, weight in found.weights if limit <= most), found.weights[-1][1])
