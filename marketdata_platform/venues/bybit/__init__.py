"""Bybit v5: spot, linear and inverse.

Belongs here: all that a gatherer needs. Does not: decoding and files, which are loaded by name.
"""

from marketdata_platform.venues.venue import Venue

BYBIT = Venue(
    name="bybit",
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
