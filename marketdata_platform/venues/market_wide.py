"""Datasets that a venue tells of many instruments at once, whichever of them one asked for.

Belongs here: which these are. Does not: asking for them (channels), leaving any out (land_wanted).
Binance streams the marks of all options of an underlying, and the open interest of all of an
expiry: thousands of strikes that nobody asked for would be thousands of DuckDB files. Answers to
REST are read for the symbol that was asked for.
"""

from __future__ import annotations

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.binance.names import OPTIONS

_BROAD: dict[tuple[str, str], frozenset[str]] = {
    ("binance", OPTIONS): frozenset({"options_tickers", "index_prices", "open_interest"}),
}


def is_broad(instrument: Instrument, dataset: str) -> bool:
    """Whether what gives this dataset tells of other instruments of its market, too."""
    return dataset in _BROAD.get((instrument.venue, instrument.market), ())


def in_broad_market(name: str) -> bool:
    """Whether `venue:market:symbol` is of a market that has such datasets."""
    venue, _, rest = name.partition(":")
    return (venue, rest.partition(":")[0]) in _BROAD
