"""Binance: spot, USD-M, COIN-M and options.

Belongs here: all that a gatherer needs. Does not: decoding and files, which are loaded by name.
"""

from marketdata_platform.venues.binance.asking import REST
from marketdata_platform.venues.binance.continuity import CONTINUITY
from marketdata_platform.venues.binance.markets import MARKETS
from marketdata_platform.venues.binance.names import COIN_FUTURES, FUTURES, OPTIONS, SPOT
from marketdata_platform.venues.venue import EqualFrames, TradeOrder, Venue

BINANCE = Venue(
    name="binance",
    markets=MARKETS,
    continuity=CONTINUITY,
    repeats=EqualFrames.SAME,
    trade_order=TradeOrder.SEQUENCE,
    rest=REST,
    routing_keys={
        "BINANCE": SPOT,
        "BINANCE_FUTURES": FUTURES,
        "BINANCE_DELIVERY": COIN_FUTURES,
        "BINANCE_OPTIONS": OPTIONS,
    },
    aliases={
        "tardis": {
            "binance": ("spot",),
            "binance-futures": ("futures",),
            "binance-delivery": ("coin_futures",),
            "binance-european-options": ("options",),
        }
    },
    decoder="marketdata_platform.venues.binance.decode",
    files="marketdata_platform.venues.binance.files",
)
