"""Coinbase Exchange: spot.

Belongs here: all that a gatherer needs. Does not: decoding, which is loaded by name. Coinbase
publishes no files. Advanced Trade is another interface of the same company, and not this one.
"""

from marketdata_platform.venues.coinbase import channels, readers
from marketdata_platform.venues.coinbase.asking import REST
from marketdata_platform.venues.coinbase.continuity import CONTINUITY
from marketdata_platform.venues.coinbase.endpoints import ENDPOINTS
from marketdata_platform.venues.credentials import Keys
from marketdata_platform.venues.market import UNITS, Market
from marketdata_platform.venues.stream_rules import Streams
from marketdata_platform.venues.venue import EqualFrames, TradeOrder, Venue

COINBASE = Venue(
    name="coinbase",
    markets={
        "spot": Market(contract=UNITS, candle_conditions=frozenset(), market_wide=frozenset())
    },
    continuity=CONTINUITY,
    # A level may change several times in one microsecond: only the place on a connection orders
    # these changes, so it is counted (rows).
    repeats=EqualFrames.COUNTED,
    trade_order=TradeOrder.SEQUENCE,
    rest=REST,
    routing_keys={"COINBASE": "spot"},
    endpoints=ENDPOINTS,
    streams=Streams(
        channel_of=channels.channel_of,
        subscribe=channels.subscribe,
        unsubscribe=channels.unsubscribe,
        greetings=(),
        reply=channels.reply,
        key_of=readers.key_of,
        reading=readers.reading,
    ),
    keys=Keys(handshake=None, history=None),
    aliases={"tardis": {"coinbase": ("spot",)}},
    decoder="marketdata_platform.venues.coinbase.decode",
    files=None,
)
