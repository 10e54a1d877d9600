"""Whether an answer about the past is an error, and whether asking again may help.

Belongs here: reading what the venue states of its errors. Does not: that statement (venues), rows,
paging. An error that passes must never look like "the venue does not have it": a gap would be given
up for good.
"""

from __future__ import annotations

from marketdata_platform.core.errors import ConfigurationError, VenueUnavailable
from marketdata_platform.venues import Venue
from marketdata_platform.venues.kit.rest_answers import read_json, value_at
from marketdata_platform.venues.rest_rules import KeyNeeded


def require_entries(venue: Venue, route: str, status: int, body: bytes) -> None:
    """Make sure that an answer holds entries (none at all, perhaps).

    Raises:
        KeyNeeded: the question needs a key.
        ConfigurationError: the venue does not know the symbol, or what else cannot pass.
        VenueUnavailable: an error that may pass.
    """
    errors = venue.rest.errors
    answer = read_json(body)
    code = value_at(answer, errors.code)
    found = value_at(answer, errors.entries)
    if status == 200 and isinstance(found, list) and code in (None, 0):
        return
    known = code if isinstance(code, int | str) else None
    message = f"{venue.name} answers {status} to {route}: {_shown(body)}"
    if known in errors.key_needed:
        raise KeyNeeded(message)
    if status == 404 or known in errors.final:
        raise ConfigurationError(message)
    raise VenueUnavailable(message)


def _shown(body: bytes) -> str:
    return ascii(body[:160].decode("utf-8", "replace"))
