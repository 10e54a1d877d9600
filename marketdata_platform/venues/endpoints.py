"""Finding the endpoint of a venue's market, and changing it as a configuration says.

Belongs here: the lookup over all venues. Does not: any venue's values (its folder), the shape
(endpoint).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marketdata_platform.venues import venue_named
from marketdata_platform.venues.endpoint import Endpoint, endpoint_among
from marketdata_platform.venues.lookups import unknown_market


def endpoint_of(venue: str, market: str) -> Endpoint:
    """The endpoint of a venue's market.

    Raises:
        ConfigurationError: nothing is known of the venue or of this market; the message names the
            file in which to say it.
    """
    stated = venue_named(venue)
    endpoint = endpoint_among(stated.endpoints, venue, market)
    if market not in (endpoint.market, *stated.markets):
        raise unknown_market(venue, market)
    return endpoint


def overridden(endpoint: Endpoint, changes: Mapping[str, Any]) -> Endpoint:
    """The endpoint with addresses and limits of a configuration; `silence_seconds` belongs to its
    heartbeat.

    A `websocket` of one's own takes all channels.
    """
    kept = {name: value for name, value in changes.items() if name != "silence_seconds"}
    if "websocket" in changes:
        kept["other_addresses"] = ()
    if "silence_seconds" in changes:
        kept["heartbeat"] = replace(endpoint.heartbeat, silence_seconds=changes["silence_seconds"])
    return replace(endpoint, **kept)
