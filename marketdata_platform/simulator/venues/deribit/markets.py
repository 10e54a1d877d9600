"""Deribit's markets in the simulated exchange: what each is like, and what its one address allows.

Belongs here: numbers. Limits are those of Deribit's documentation (docs.deribit.com), written down
here once more, so that a wrong one in the product is caught. Does not: messages.
"""

from __future__ import annotations

from marketdata_platform.simulator.markets.instruments import MarketStyle
from marketdata_platform.simulator.server.request_weights import Quota, RestLimits
from marketdata_platform.simulator.venues.simulated_venue import SimulatedAddress, SimulatedMarket

_DATASETS = (
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
_OPTIONS = (
    "trades",
    "quotes",
    "book_snapshots",
    "book_deltas",
    "liquidations",
    "open_interest",
    "options_tickers",
    "instruments",
)
MARKETS = {
    "perpetual": SimulatedMarket(
        style=MarketStyle(
            start="64210",
            tick="0.5",
            lot="10",
            median_lots=12,
            level_gap=2.0,
            volatility=0.03,
            decimals=None,
            most_ticks=0,
            insurance=False,
            liquidations=True,
        ),
        address="any",
        datasets=_DATASETS,
    ),
    "future": SimulatedMarket(
        style=MarketStyle(
            start="64900",
            tick="2.5",
            lot="10",
            median_lots=8,
            level_gap=2.0,
            volatility=0.03,
            decimals=None,
            most_ticks=0,
            insurance=False,
            liquidations=True,
        ),
        address="any",
        datasets=_DATASETS,
    ),
    "option": SimulatedMarket(
        style=MarketStyle(
            start="0.052",
            tick="0.0005",
            lot="0.1",
            median_lots=8,
            level_gap=1.5,
            volatility=0.15,
            decimals=None,
            most_ticks=0,
            insurance=False,
            liquidations=False,
        ),
        address="any",
        datasets=_OPTIONS,
    ),
    "spot": SimulatedMarket(
        style=MarketStyle(
            start="64230",
            tick="1",
            lot="0.0001",
            median_lots=40,
            level_gap=2.0,
            volatility=0.03,
            decimals=None,
            most_ticks=0,
            insurance=False,
            liquidations=False,
        ),
        address="any",
        datasets=_DATASETS,
    ),
    "combo": SimulatedMarket(style=None, address="any", datasets=_DATASETS),
    "index": SimulatedMarket(style=None, address="any", datasets=_DATASETS),
}
ADDRESSES = {
    "any": SimulatedAddress(
        websocket_path="/ws/api/v2",
        rest_path="/api/v2",
        ping_seconds=0.0,
        life_seconds=None,
        messages=Quota(20, 1.0),
        streams=None,
        arguments=None,
        rest=RestLimits(
            allowed=Quota(20, 1.0),  # 50,000 credits, 500 per request; 10,000 come back per second
            weights={
                "get_time": 1,
                "get_instruments": 20,
                "get_instrument": 1,
                "get_last_trades_by_instrument": 1,
                "get_last_trades_by_instrument_and_time": 1,
                "get_order_book": 1,
                "ticker": 1,
            },
            usual_limit=10,
            other_routes=1,
        ),
    ),
}
