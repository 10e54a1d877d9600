"""Coinbase Exchange spot in the simulated exchange.

Belongs here: the venue's one object. Limits are those of Coinbase's documentation
(docs.cdp.coinbase.com/exchange), written down here once more, so that a wrong one in the product is
caught. Does not: messages (messages), channels (gateway), routes (rest).
"""

from __future__ import annotations

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.instruments import MarketStyle
from marketdata_platform.simulator.markets.listed_market import Numbering
from marketdata_platform.simulator.server.request_weights import Quota, RestLimits
from marketdata_platform.simulator.venues.coinbase.gateway import CoinbaseGateway
from marketdata_platform.simulator.venues.simulated_venue import (
    SimulatedAddress,
    SimulatedMarket,
    SimulatedVenue,
)


def _numbering(instrument: Instrument) -> Numbering:
    return Numbering(name_of=None, numbered=True, counts_publications=False)


COINBASE = SimulatedVenue(
    name="coinbase",
    gateway=CoinbaseGateway,
    markets={
        "spot": SimulatedMarket(
            style=MarketStyle(
                start="64235",
                tick="0.01",
                lot="0.00000001",
                median_lots=90_000,
                level_gap=50.0,
                volatility=0.03,
                decimals=0,
                most_ticks=0,
                insurance=False,
                liquidations=False,
            ),
            address="spot",
            datasets=(
                "trades",
                "quotes",
                "book_snapshots",
                "book_deltas",
                "tickers",
                "instruments",
            ),
        )
    },
    addresses={
        "spot": SimulatedAddress(
            websocket_path="/",
            rest_path="",
            ping_seconds=0.0,
            life_seconds=None,
            messages=Quota(10, 1.0),
            streams=None,
            arguments=None,
            rest=RestLimits(
                allowed=Quota(10, 1.0),
                weights={
                    "time": 1,
                    "products": 1,
                    "products/{}": 1,
                    "products/{}/trades": 1,
                    "products/{}/book": 1,
                },
                usual_limit=1_000,
                other_routes=1,
            ),
        )
    },
    numbering=_numbering,
    batches_trades=False,
    listed=(),
    presets=(),
    credentials=None,
    replay=None,
    dumps=None,
)
