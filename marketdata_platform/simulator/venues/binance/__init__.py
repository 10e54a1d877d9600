"""Binance spot, USD-M and COIN-M in the simulated exchange; of options, recordings are played.

Belongs here: the venue's one object. Does not: what it is made of (this folder).
"""

from __future__ import annotations

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.listed_market import Numbering
from marketdata_platform.simulator.venues.binance import dumps
from marketdata_platform.simulator.venues.binance.gateway import BinanceGateway
from marketdata_platform.simulator.venues.binance.markets import ADDRESSES, MARKETS, PRESETS
from marketdata_platform.simulator.venues.binance.replay import (
    BinanceReplayGateway,
    channel_of,
    plain_channel,
)
from marketdata_platform.simulator.venues.simulated_venue import Dumps, Replay, SimulatedVenue


def _numbering(instrument: Instrument) -> Numbering:
    return Numbering(name_of=None, numbered=True, counts_publications=False)


BINANCE = SimulatedVenue(
    name="binance",
    gateway=BinanceGateway,
    markets=MARKETS,
    addresses=ADDRESSES,
    numbering=_numbering,
    batches_trades=False,
    listed=("spot:BTCUSDT", "futures:ETHUSDT", "coin_futures:BTCUSD_PERP"),
    presets=PRESETS,
    credentials=None,
    replay=Replay(
        gateway=BinanceReplayGateway,
        channel_of=channel_of,
        plain_channel=plain_channel,
        exchanges={
            "BINANCE": "spot",
            "BINANCE_FUTURES": "futures",
            "BINANCE_DELIVERY": "coin_futures",
        },
        first_bytes={},
    ),
    dumps=Dumps(
        markets=dumps.MARKETS,
        name=dumps.name,
        csv=dumps.csv,
        header_lines=dumps.header_lines,
    ),
)
