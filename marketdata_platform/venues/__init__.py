"""The venues: one folder each, listed here, and those that other packages add by entry point.

Belongs here: the list, finding a venue by its name, and the entry points of other packages (reading
their metadata is the only look at files). Does not: anything that one venue knows. No socket, no
clock.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.binance import BINANCE
from marketdata_platform.venues.bybit import BYBIT
from marketdata_platform.venues.coinbase import COINBASE
from marketdata_platform.venues.deribit import DERIBIT
from marketdata_platform.venues.kalshi import KALSHI
from marketdata_platform.venues.kit.outside import Listed, listed
from marketdata_platform.venues.venue import Venue

VENUES = (BINANCE, BYBIT, COINBASE, DERIBIT, KALSHI)
ENTRY_POINTS = "marketdata_platform.venues"

__all__ = ["ENTRY_POINTS", "VENUES", "Venue", "all_venues", "venue_named", "venue_of"]


@cache
def all_venues() -> Listed[Venue]:
    """Every venue by its name: ours, and those of other packages' entry points. One that cannot be
    loaded is among `failed`, and only who asks for it gets the error.
    """
    ours = {venue.name: venue for venue in VENUES}
    return listed(ours, Venue, entry_points(group=ENTRY_POINTS))


def venue_named(name: str) -> Venue:
    """The venue of this name.

    Raises:
        ConfigurationError: nothing is known of it; the message says where to say it. Or it is
            another package's, and cannot be loaded.
    """
    venue = all_venues().described(name)
    if venue is None:
        known = ", ".join(sorted(all_venues()))
        raise ConfigurationError(
            f"nothing is known of a venue {name[:40]!a}: describe it in "
            f"marketdata_platform/venues/<name>/__init__.py, or in a package of your own with the "
            f"entry point {ENTRY_POINTS!r} (docs/guide/adding-a-venue.md); there are {known}"
        )
    return venue


def venue_of(instrument: Instrument) -> Venue:
    """The venue of an instrument.

    Raises:
        ConfigurationError: as `venue_named`.
    """
    return venue_named(instrument.venue)
