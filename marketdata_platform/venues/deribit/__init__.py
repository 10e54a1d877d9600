"""Deribit: every market over one connection.

Belongs here: all that a gatherer needs. Does not: decoding and files, which are loaded by name.
"""

from marketdata_platform.venues.venue import Venue

DERIBIT = Venue(
    name="deribit",
    aliases={"tardis": {"deribit": ()}},
    decoder="marketdata_platform.venues.deribit.decode",
    files=None,
)
