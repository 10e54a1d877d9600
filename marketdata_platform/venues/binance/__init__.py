"""Binance: spot, USD-M, COIN-M and options.

Belongs here: all that a gatherer needs. Does not: decoding and files, which are loaded by name.
"""

from marketdata_platform.venues.venue import Venue

BINANCE = Venue(
    name="binance",
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
