"""What the venue of an instrument states, asked by the instrument.

Belongs here: the questions that decide what is live. Each is refused for a venue or market of which
nothing is known. Does not: instruments that come from files only (workflows.bookkeeping).
"""

from __future__ import annotations

from marketdata_platform.core.books.book import Rule
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues import venue_named, venue_of
from marketdata_platform.venues.continuity import Continuity
from marketdata_platform.venues.endpoint import ANY_MARKET
from marketdata_platform.venues.market import Market
from marketdata_platform.venues.rest_rules import RestRequest, Routes


def unknown_market(venue: str, market: str) -> ConfigurationError:
    """The error for a market of which the venue states nothing."""
    known = ", ".join(venue_named(venue).markets)
    return ConfigurationError(
        f"{venue} states nothing of a market {market[:40]!a}: say it in `markets` of the venue "
        f"(marketdata_platform/venues/{venue}, or the package that adds it); there are {known}"
    )


def market_of(instrument: Instrument) -> Market:
    """What the instrument's venue states of its market.

    Raises:
        ConfigurationError: nothing is known of the venue, or of the market.
    """
    found = venue_of(instrument).markets.get(instrument.market)
    if found is None:
        raise unknown_market(instrument.venue, instrument.market)
    return found


def continuity_of(instrument: Instrument) -> Continuity:
    """How holes in the instrument's record are seen.

    Raises:
        ConfigurationError: nothing is known of the venue.
    """
    return venue_of(instrument).continuity


def numbered_trades(instrument: Instrument) -> bool:
    """True if `sequence` of the instrument's live trades counts without holes.

    Raises:
        ConfigurationError: nothing is known of the venue.
    """
    return continuity_of(instrument).numbered_trades


def book_rule(instrument: Instrument) -> Rule:
    """The rule for the instrument's book.

    Raises:
        ConfigurationError: nothing is known of the venue, or it states no rule for the market.
    """
    rules = continuity_of(instrument).book_rules
    if instrument.market not in rules:
        raise ConfigurationError(
            f"no rule is known for books of {instrument}: say it in `book_rules` of the venue's "
            f"continuity; there are rules for {', '.join(rules)}"
        )
    return rules[instrument.market]


def routes_of(venue: str, market: str) -> Routes:
    """The REST routes of a venue's market.

    Raises:
        ConfigurationError: nothing is known of the venue, or of the market.
    """
    stated = venue_named(venue)
    routes = stated.rest.routes
    if market in routes:
        return routes[market]
    if ANY_MARKET in routes and market in stated.markets:
        return routes[ANY_MARKET]
    raise unknown_market(venue, market)


def polls(instrument: Instrument, dataset: str) -> tuple[RestRequest, ...]:
    """What to ask by REST for a dataset; nothing where a channel gives it, or the venue has no such
    route.

    Raises:
        ConfigurationError: nothing is known of the venue, or of the market.
    """
    market_of(instrument)
    return venue_of(instrument).rest.polls(instrument, dataset)
