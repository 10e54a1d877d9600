"""Kalshi: event contracts.

Belongs here: all that a gatherer needs. Does not: decoding and files, which are loaded by name.
"""

from marketdata_platform.venues.kalshi.asking import REST
from marketdata_platform.venues.kalshi.continuity import CONTINUITY
from marketdata_platform.venues.kalshi.markets import MARKETS
from marketdata_platform.venues.venue import EqualFrames, TradeOrder, Venue

KALSHI = Venue(
    name="kalshi",
    markets=MARKETS,
    continuity=CONTINUITY,
    repeats=EqualFrames.COUNTED,
    # Known to be wrong, and changed together with the schema: ids are random (UUIDs) and order
    # nothing.
    trade_order=TradeOrder.ID,
    rest=REST,
    routing_keys={"KALSHI": "event"},
    aliases={},
    decoder="marketdata_platform.venues.kalshi.decode",
    files="marketdata_platform.venues.kalshi.files",
)
