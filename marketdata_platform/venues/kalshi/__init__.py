"""Kalshi: event contracts.

Belongs here: all that a gatherer needs. Does not: decoding and files, which are loaded by name.
"""

from marketdata_platform.venues.venue import Venue

KALSHI = Venue(
    name="kalshi",
    aliases={},
    decoder="marketdata_platform.venues.kalshi.decode",
    files="marketdata_platform.venues.kalshi.files",
)
