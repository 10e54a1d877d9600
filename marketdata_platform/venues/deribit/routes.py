"""Deribit: its REST routes, the same for all its markets.

Belongs here: what can be asked and what it costs. Does not: what is asked when (asking), answers
(rest).
"""

from __future__ import annotations

from marketdata_platform.venues.rest_rules import ANY, Route, Routes

_NAME = "instrument_name"
_LAST_TRADES = "/public/get_last_trades_by_instrument"
ROUTES = Routes(
    "deribit",
    ANY,
    {
        "time": Route("/public/get_time", 1, symbol=""),
        "instruments": Route("/public/get_instruments", 20, symbol=""),  # of one currency
        "instrument": Route("/public/get_instrument", 1, symbol=_NAME),
        "trades": Route(_LAST_TRADES, 1, symbol=_NAME, most=1_000),
        "tradesByTime": Route(f"{_LAST_TRADES}_and_time", 1, symbol=_NAME, most=1_000),
        "orderbook": Route("/public/get_order_book", 1, symbol=_NAME),
        "ticker": Route("/public/ticker", 1, symbol=_NAME),
    },
)
