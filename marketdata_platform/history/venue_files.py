"""What the venues say of their files, loaded by name.

Belongs here: finding every venue's `FILES`, other packages' venues included. Does not: what a file
looks like (the venue's folder).
"""

from __future__ import annotations

from importlib import import_module

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues import Venue, all_venues
from marketdata_platform.venues.kit.file_formats import FileFormats


def files_by_venue() -> dict[str, FileFormats]:
    """The venues that have files, by name.

    Raises:
        ConfigurationError: a venue names a module that cannot be loaded, or has no `FILES` in it.
    """
    return {
        name: _loaded(name, venue.files)
        for name, venue in all_venues().items()
        if venue.files is not None
    }


def canonical(instrument: Instrument) -> Instrument:
    """The instrument under its market's own name, where its venue says that the name given is
    another one.

    Raises:
        ConfigurationError: as `files_by_venue`.
    """
    venue: Venue | None = all_venues().described(instrument.venue)
    if venue is None or venue.files is None:
        return instrument
    market = _loaded(venue.name, venue.files).market_names.get(instrument.market)
    if market is None:
        return instrument
    return Instrument(instrument.venue, market, instrument.symbol)


def _loaded(venue: str, module: str) -> FileFormats:
    try:
        files = getattr(import_module(module), "FILES", None)
    except ImportError as error:
        raise ConfigurationError(
            f"the files of venue {venue!a}: {module} cannot be loaded: {error}"
        ) from error
    if not isinstance(files, FileFormats):
        raise ConfigurationError(
            f"the files of venue {venue!a}: {module} must have FILES, a FileFormats "
            "(venues/kit/file_formats.py)"
        )
    return files
