"""What to subscribe to, cut into connections within each venue's limits.

Belongs here: from instruments and datasets to channels and connections. Does not: opening any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.channels import channel_of, dataset_of, streams_of
from marketdata_platform.venues.endpoint import Endpoint, at_addresses
from marketdata_platform.venues.endpoints import endpoint_of
from marketdata_platform.venues.stream_rules import Streams


@dataclass(frozen=True, slots=True)
class Channel:
    """One subscription, and the datasets that come by it.

    Args:
        instrument: the one that it was asked for.
        name: as `Streams.channel_of` gives it: unique.
        datasets: what it gives.
        also: other instruments that the same channel serves.
    """

    instrument: Instrument
    name: str
    datasets: tuple[str, ...]
    also: tuple[Instrument, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionPlan:
    """What one connection listens to. `name` is its own among a gatherer's: `venue:market/1`."""

    endpoint: Endpoint
    name: str
    channels: tuple[Channel, ...]

    @property
    def streams(self) -> Streams:
        """How the venue streams."""
        return streams_of(self.endpoint.venue)


@dataclass(frozen=True, slots=True)
class MarketPlan:
    """All of one venue's market: connections, and what is asked for by REST (datasets by
    instrument).
    """

    endpoint: Endpoint
    connections: tuple[ConnectionPlan, ...]
    datasets: Mapping[Instrument, tuple[str, ...]]


def plan(
    captured: Mapping[Instrument, Sequence[str]], endpoint_for: Callable[[str, str], Endpoint]
) -> list[MarketPlan]:
    """The plan for what a gatherer records; `endpoint_for` gives each venue's market its
    endpoint.
    """
    by_market: dict[tuple[str, str], tuple[Endpoint, dict[Instrument, tuple[str, ...]]]] = {}
    for instrument, datasets in captured.items():
        endpoint = endpoint_for(instrument.venue, instrument.market)
        _, held = by_market.setdefault((endpoint.venue, endpoint.market), (endpoint, {}))
        held[instrument] = tuple(datasets)
    return [
        MarketPlan(endpoint, tuple(_connections(endpoint, _channels(datasets))), datasets)
        for endpoint, datasets in by_market.values()
    ]


def _channels(datasets: Mapping[Instrument, Sequence[str]]) -> list[Channel]:
    """Each channel once, though it may give several datasets, or serve several instruments; what
    only REST gives has none.
    """
    instruments: dict[str, dict[Instrument, None]] = {}
    given: dict[str, dict[str, None]] = {}
    for instrument, wanted in datasets.items():
        for dataset in wanted:
            name = streamed(instrument, dataset)
            if name is not None:
                instruments.setdefault(name, {})[instrument] = None
                given.setdefault(name, {})[dataset_of(dataset)] = None
    channels = []
    for name, served in instruments.items():
        first, *also = served
        channels.append(Channel(first, name, tuple(given[name]), tuple(also)))
    return channels


def streamed(instrument: Instrument, dataset: str) -> str | None:
    """The channel that gives the dataset; None when only REST does.

    Raises:
        ConfigurationError: nothing is known of the venue or its market.
    """
    endpoint_of(instrument.venue, instrument.market)
    try:
        return channel_of(instrument, dataset)
    except ConfigurationError:
        return None


def datasets_by_instrument(*channels: Channel) -> dict[str, list[str]]:
    """What these channels give, as notes say it."""
    found: dict[str, list[str]] = {}
    for one in channels:
        for instrument in (one.instrument, *one.also):
            held = found.setdefault(str(instrument), [])
            held += [dataset for dataset in one.datasets if dataset not in held]
    return found


def begins_with_snapshot(channel: Channel) -> bool:
    """True if a new subscription begins with a snapshot of the book; else REST is asked for it."""
    return streamed(channel.instrument, "book_snapshots") == channel.name


def _connections(endpoint: Endpoint, channels: Sequence[Channel]) -> Iterable[ConnectionPlan]:
    """One connection for as many channels as the venue lets one have, at the address that answers
    them.
    """
    number = 0
    for part, places in at_addresses(endpoint, [one.name for one in channels]):
        for start in range(0, len(places), endpoint.streams):
            number += 1
            mine = tuple(channels[place] for place in places[start : start + endpoint.streams])
            yield ConnectionPlan(part, f"{endpoint.venue}:{endpoint.market}/{number}", mine)
