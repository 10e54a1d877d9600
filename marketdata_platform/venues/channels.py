"""Finding how a venue streams, and the channel that gives a dataset of an instrument.

Belongs here: the lookup over all venues. Does not: any venue's channels (its folder), the shape
(stream_rules).
"""

from __future__ import annotations

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues import venue_named, venue_of
from marketdata_platform.venues.lookups import market_of
from marketdata_platform.venues.stream_rules import Streams


def streams_of(venue: str) -> Streams:
    """How a venue streams.

    Raises:
        ConfigurationError: nothing is known of the venue.
    """
    return venue_named(venue).streams


def channel_of(instrument: Instrument, dataset: str) -> str:
    """The unique name of the channel that gives a dataset of an instrument.

    `trades@aggTrade` chooses a channel that is not the usual one.

    Raises:
        ConfigurationError: nothing is known of the venue or its market, or it streams no such
            dataset, or not so; the message says what to do.
    """
    market_of(instrument)
    return venue_of(instrument).streams.channel_of(instrument, dataset)


def dataset_of(wanted: str) -> str:
    """The dataset of what a configuration names: `trades@aggTrade` are `trades`, from a channel of
    one's choice.
    """
    return wanted.partition("@")[0]
