"""Deribit: every market over one connection.

Belongs here: all that a gatherer needs. Does not: decoding and files, which are loaded by name.
"""

from marketdata_platform.venues.deribit.asking import REST
from marketdata_platform.venues.deribit.continuity import CONTINUITY
from marketdata_platform.venues.deribit.markets import MARKETS
from marketdata_platform.venues.rest_rules import ANY
from marketdata_platform.venues.venue import EqualFrames, TradeOrder, Venue

DERIBIT = Venue(
    name="deribit",
    markets=MARKETS,
    continuity=CONTINUITY,
    repeats=EqualFrames.SAME,
    trade_order=TradeOrder.SEQUENCE,
    rest=REST,
    routing_keys={"DERIBIT": ANY},
    aliases={"tardis": {"deribit": ()}},
    decoder="marketdata_platform.venues.deribit.decode",
    files=None,
)
