"""True if the ids of an instrument's trades vouch for its record: live ones, and those that come
from files.

Belongs here: this one question, for every instrument that a store may hold. Does not: what is live
(venues.lookups), which refuses what nothing is known of.
"""

from __future__ import annotations

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues import all_venues
from marketdata_platform.venues.continuity import TradeIds


def contiguous_trade_ids(instrument: Instrument) -> bool:
    """True if a gap in the instrument's trade ids is a gap in the record.

    A venue that nobody describes comes from files only (a user's own CSV, `databento:glbx:…`,
    `uniswap_v3:dex:…`): its ids vouch for nothing, and only what the files claim to cover does. A
    market name of one's own at a venue that is described (`futures_agg` beside `futures`) holds
    that venue's trades, with its ids.

    Raises:
        ConfigurationError: the venue is another package's, and cannot be loaded.
    """
    venue = all_venues().described(instrument.venue)
    return venue is not None and venue.continuity.trade_ids is TradeIds.CONTIGUOUS
