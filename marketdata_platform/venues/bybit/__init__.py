"""Bybit v5: spot, linear and inverse.

Belongs here: all that a gatherer needs. Does not: decoding and files, which are loaded by name.
"""

from marketdata_platform.venues.bybit.asking import REST
from marketdata_platform.venues.bybit.continuity import CONTINUITY
from marketdata_platform.venues.bybit.markets import MARKETS
from marketdata_platform.venues.venue import EqualFrames, TradeOrder, Venue

BYBIT = Venue(
    name="bybit",
    markets=MARKETS,
    continuity=CONTINUITY,
    repeats=EqualFrames.SAME,
    # Known to be wrong, and changed together with the schema: ids are random (UUIDs) and order
    # nothing.
    trade_order=TradeOrder.ID,
    rest=REST,
    routing_keys={
        "BYBIT_SPOT": "spot",
        "BYBIT_LINEAR": "linear",
        "BYBIT_INVERSE": "inverse",
        "BYBIT": "linear",
    },
    aliases={
        "tardis": {
            "bybit": ("linear", "inverse"),
            "bybit-spot": ("spot",),
            "bybit-options": ("option",),
        }
    },
    decoder="marketdata_platform.venues.bybit.decode",
    files="marketdata_platform.venues.bybit.files",
)
