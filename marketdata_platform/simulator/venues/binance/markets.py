"""Binance's markets in the simulated exchange: what each is like, and what each address allows.

Belongs here: numbers. Limits are those of Binance's documentation (developers.binance.com/docs),
written down here once more, so that a wrong one in the product is caught. Does not: messages.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.instruments import MarketStyle
from marketdata_platform.simulator.markets.market import MarketModel
from marketdata_platform.simulator.server.request_weights import Quota, RestLimits, RouteWeight
from marketdata_platform.simulator.venues.simulated_venue import SimulatedAddress, SimulatedMarket

_SPOT = ("trades", "quotes", "book_snapshots", "book_deltas", "instruments")
_FUTURES = (
    "trades",
    "quotes",
    "book_snapshots",
    "book_deltas",
    "funding_rates",
    "liquidations",
    "open_interest",
    "index_prices",
    "instruments",
)
_OPTIONS = (
    "trades",
    "quotes",
    "book_snapshots",
    "book_deltas",
    "open_interest",
    "options_tickers",
    "instruments",
)
MARKETS = {
    "spot": SimulatedMarket(
        style=MarketStyle(
            start="64250",
            tick="0.01",
            lot="0.00001",
            median_lots=320,
            level_gap=60.0,
            volatility=0.03,
            decimals=8,
            most_ticks=0,
            insurance=False,
            liquidations=False,
        ),
        address="spot",
        datasets=_SPOT,
    ),
    "futures": SimulatedMarket(
        style=MarketStyle(
            start="64180",
            tick="0.10",
            lot="0.001",
            median_lots=20,
            level_gap=4.0,
            volatility=0.03,
            decimals=0,
            most_ticks=0,
            insurance=True,
            liquidations=True,
        ),
        address="futures",
        datasets=_FUTURES,
    ),
    "coin_futures": SimulatedMarket(
        style=MarketStyle(
            start="64200",
            tick="0.1",
            lot="1",
            median_lots=3,
            level_gap=3.0,
            volatility=0.03,
            decimals=0,
            most_ticks=0,
            insurance=True,
            liquidations=True,
        ),
        address="coin_futures",
        datasets=_FUTURES,
    ),
    "options": SimulatedMarket(style=None, address="options", datasets=_OPTIONS),
}
PRESETS = (
    MarketModel(
        Instrument("binance", "spot", "BTCUSDT"),
        start_price=Decimal("64250.00"),
        tick=Decimal("0.01"),
        lot=Decimal("0.00001"),
        trades_per_day=400_000,
        volatility=0.024,
        seed=11,
        first_trade_id=3_702_000_000,
        median_lots=320,
        size_spread=2.0,
        level_gap=60.0,
        busy=0.62,
        quiet_minutes=3,
        microseconds_since=date(2025, 1, 1),
    ),
    MarketModel(
        Instrument("binance", "futures", "ETHUSDT"),
        start_price=Decimal("3415.20"),
        tick=Decimal("0.01"),
        lot=Decimal("0.001"),
        trades_per_day=300_000,
        volatility=0.034,
        seed=23,
        first_trade_id=4_150_000_000,
        median_lots=60,
        size_spread=1.8,
        level_gap=2.0,
        busy=0.7,
        quiet_minutes=5,
    ),
    MarketModel(
        Instrument("binance", "futures", "SOLUSDT"),
        start_price=Decimal("158.370"),
        tick=Decimal("0.001"),
        lot=Decimal("1"),
        trades_per_day=120_000,
        volatility=0.052,
        seed=5,
        first_trade_id=1_620_000_000,
        median_lots=4,
        size_spread=1.5,
        level_gap=3.0,
        busy=0.5,
        quiet_minutes=24,
    ),
)
# Entries that one answer holds at most.
MOST_TRADES = {"spot": 1_000, "futures": 1_000, "coin_futures": 1_000, "options": 500}
MOST_OLD_TRADES = {"spot": 1_000, "futures": 500, "coin_futures": 500, "options": 500}

_DAY = 86_400.0
_SPOT_DEPTH = ((100, 5), (500, 25), (1_000, 50), (5_000, 250))
_FUTURES_DEPTH = ((50, 2), (100, 5), (500, 10), (1_000, 20))
_FUTURES_WEIGHTS: dict[str, RouteWeight] = {
    "time": 1,
    "exchangeInfo": 1,
    "depth": _FUTURES_DEPTH,
    "trades": 5,
    "historicalTrades": 20,
    "aggTrades": 20,
    "openInterest": 1,
    "openInterestHist": 1,
    "premiumIndex": 1,
    "fundingRate": 1,
}


def _address(
    *,
    messages: int,
    pings: float,
    streams: int,
    weight: int,
    weights: dict[str, RouteWeight],
) -> SimulatedAddress:
    return SimulatedAddress(
        websocket_path="/stream",
        rest_path="",
        ping_seconds=pings,
        life_seconds=_DAY,
        messages=Quota(messages, 1.0),
        streams=streams,
        arguments=None,
        rest=RestLimits(
            allowed=Quota(weight, 60.0), weights=weights, usual_limit=100, other_routes=1
        ),
    )


ADDRESSES = {
    "spot": _address(
        messages=5,
        pings=20.0,
        streams=1_024,
        weight=6_000,
        weights={
            "time": 1,
            "exchangeInfo": 20,
            "depth": _SPOT_DEPTH,
            "trades": 25,
            "historicalTrades": 25,
            "aggTrades": 4,
        },
    ),
    "futures": _address(
        messages=10, pings=180.0, streams=1_024, weight=2_400, weights=_FUTURES_WEIGHTS
    ),
    "coin_futures": _address(
        messages=10, pings=180.0, streams=200, weight=2_400, weights=_FUTURES_WEIGHTS
    ),
    "options": _address(
        messages=10,
        pings=180.0,
        streams=200,
        weight=400,
        weights={
            "time": 1,
            "exchangeInfo": 1,
            "depth": _FUTURES_DEPTH,
            "trades": 5,
            "historicalTrades": 20,
            "openInterest": 1,
        },
    ),
}
