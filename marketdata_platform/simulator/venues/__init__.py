"""Venues as the simulated exchange speaks them: one file or folder each, listed here, and those
that other packages add by entry point.

Belongs here: the list and asking it. Does not: what any venue is like.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.simulator.venues.binance import BINANCE
from marketdata_platform.simulator.venues.bybit import BYBIT
from marketdata_platform.simulator.venues.coinbase import COINBASE
from marketdata_platform.simulator.venues.deribit import DERIBIT
from marketdata_platform.simulator.venues.kalshi import KALSHI
from marketdata_platform.simulator.venues.simulated_venue import SimulatedVenue
from marketdata_platform.venues.kit.outside import Listed, listed

SIMULATED_VENUES = (BINANCE, DERIBIT, BYBIT, KALSHI, COINBASE)
ENTRY_POINTS = "marketdata_platform.simulator_venues"

__all__ = [
    "ENTRY_POINTS",
    "SIMULATED_VENUES",
    "SimulatedVenue",
    "all_simulated_venues",
    "simulated_venue",
]


@cache
def all_simulated_venues() -> Listed[SimulatedVenue]:
    """Every simulated venue by its name: ours, and those of other packages' entry points. One that
    cannot be loaded is among `failed`, and only who asks for it gets the error.
    """
    ours = {venue.name: venue for venue in SIMULATED_VENUES}
    return listed(ours, SimulatedVenue, entry_points(group=ENTRY_POINTS))


def simulated_venue(name: str) -> SimulatedVenue:
    """The simulated venue of this name.

    Raises:
        ConfigurationError: the exchange does not speak it; the message says where to say how. Or
            it is another package's, and cannot be loaded.
    """
    venue = all_simulated_venues().described(name)
    if venue is None:
        known = ", ".join(all_simulated_venues())
        raise ConfigurationError(
            f"the simulated exchange does not speak a venue {name[:40]!a}: describe it in "
            "marketdata_platform/simulator/venues/<name>.py, or in a package of your own with the "
            f"entry point {ENTRY_POINTS!r}; it speaks {known}"
        )
    return venue
