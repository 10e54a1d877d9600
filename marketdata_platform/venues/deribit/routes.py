"""Deribit: its REST routes, the same for all its markets.

Belongs here: what can be asked and what it costs. Does not: what is asked when (asking), answers
(rest).
"""

from __future__ import annotations

from marketdata_platform.venues.endpoint import ANY_MARKET
from marketdata_platform.venues.rest_rules import Route, Routes

_NAME = "instrument_name"
_LAST_TRADES = "/public/get_last_trades_by_instrument"


def _route(path: str, weight: int, *, symbol: str, most: int) -> Route:
    """Deribit counts requests, lists of instruments more than once."""
    return Route(path=path, weight=weight, symbol=symbol, fixed={}, most=most, weights=())


ROUTES = Routes(
    "deribit",
    ANY_MARKET,
    {
        "time": _route("/public/get_time", 1, symbol="", most=0),
        "instruments": _route("/public/get_instruments", 20, symbol="", most=0),  # of one currency
        "instrument": _route("/public/get_instrument", 1, symbol=_NAME, most=0),
        "trades": _route(_LAST_TRADES, 1, symbol=_NAME, most=1_000),
        "tradesByTime": _route(f"{_LAST_TRADES}_and_time", 1, symbol=_NAME, most=1_000),
        "orderbook": _route("/public/get_order_book", 1, symbol=_NAME, most=0),
        "ticker": _route("/public/ticker", 1, symbol=_NAME, most=0),
    },
)
