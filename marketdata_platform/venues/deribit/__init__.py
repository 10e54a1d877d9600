"""Deribit: every market over one connection.

Belongs here: all that a gatherer needs. Does not: decoding and files, which are loaded by name.
"""

from marketdata_platform.venues.credentials import Keys
from marketdata_platform.venues.deribit import channels, readers
from marketdata_platform.venues.deribit.asking import REST
from marketdata_platform.venues.deribit.continuity import CONTINUITY
from marketdata_platform.venues.deribit.endpoints import ENDPOINTS
from marketdata_platform.venues.deribit.markets import MARKETS
from marketdata_platform.venues.endpoint import ANY_MARKET
from marketdata_platform.venues.stream_rules import Streams
from marketdata_platform.venues.venue import EqualFrames, TradeOrder, Venue

DERIBIT = Venue(
    name="deribit",
    markets=MARKETS,
    continuity=CONTINUITY,
    repeats=EqualFrames.SAME,
    trade_order=TradeOrder.SEQUENCE,
    rest=REST,
    routing_keys={"DERIBIT": ANY_MARKET},
    endpoints=ENDPOINTS,
    streams=Streams(
        channel_of=channels.channel_of,
        subscribe=channels.subscribe,
        unsubscribe=channels.unsubscribe,
        greetings=channels.GREETINGS,
        reply=channels.reply,
        key_of=readers.key_of,
        reading=readers.reading,
    ),
    keys=Keys(handshake=None, history=None),
    aliases={"tardis": {"deribit": ()}},
    decoder="marketdata_platform.venues.deribit.decode",
    files=None,
)
