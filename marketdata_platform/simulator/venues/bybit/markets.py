"""Bybit's markets in the simulated exchange: what each is like, and what each address allows.

Belongs here: numbers. Limits are those of Bybit's documentation (bybit-exchange.github.io/docs/v5),
written down here once more, so that a wrong one in the product is caught. Does not: messages.
"""

from __future__ import annotations

from marketdata_platform.simulator.markets.instruments import MarketStyle
from marketdata_platform.simulator.server.request_weights import Quota, RestLimits
from marketdata_platform.simulator.venues.simulated_venue import SimulatedAddress, SimulatedMarket

_SPOT = ("trades", "book_snapshots", "book_deltas", "tickers", "instruments")
_DERIVATIVES = (
    "trades",
    "quotes",
    "book_snapshots",
    "book_deltas",
    "funding_rates",
    "liquidations",
    "open_interest",
    "index_prices",
    "tickers",
    "instruments",
)
MARKETS = {
    "spot": SimulatedMarket(
        style=MarketStyle(
            start="64240",
            tick="0.01",
            lot="0.000001",
            median_lots=900,
            level_gap=60.0,
            volatility=0.03,
            decimals=0,
            most_ticks=0,
            insurance=False,
            liquidations=False,
        ),
        address="spot",
        datasets=_SPOT,
    ),
    "linear": SimulatedMarket(
        style=MarketStyle(
            start="64190",
            tick="0.10",
            lot="0.001",
            median_lots=20,
            level_gap=4.0,
            volatility=0.03,
            decimals=0,
            most_ticks=0,
            insurance=False,
            liquidations=True,
        ),
        address="linear",
        datasets=_DERIVATIVES,
    ),
    "inverse": SimulatedMarket(
        style=MarketStyle(
            start="64205",
            tick="0.50",
            lot="1",
            median_lots=300,
            level_gap=2.0,
            volatility=0.03,
            decimals=0,
            most_ticks=0,
            insurance=False,
            liquidations=True,
        ),
        address="inverse",
        datasets=_DERIVATIVES,
    ),
}
MOST_TRADES = {"spot": 60, "linear": 1_000, "inverse": 1_000}  # of one answer
_WEIGHTS = {
    "time": 1,
    "instruments-info": 1,
    "recent-trade": 1,
    "orderbook": 1,
    "tickers": 1,
    "open-interest": 1,
    "funding/history": 1,
}


def _address(category: str, arguments: int | None) -> SimulatedAddress:
    return SimulatedAddress(
        websocket_path=f"/v5/public/{category}",
        rest_path="",
        ping_seconds=0.0,
        life_seconds=None,
        messages=Quota(10, 1.0),
        streams=None,  # bounded by the length of all topics together
        arguments=arguments,
        rest=RestLimits(allowed=Quota(600, 5.0), weights=_WEIGHTS, usual_limit=50, other_routes=1),
    )


ADDRESSES = {
    "spot": _address("spot", 10),
    "linear": _address("linear", None),
    "inverse": _address("inverse", None),
}
