"""What to subscribe to, cut into connections within each venue's limits.

Belongs here: from instruments and datasets to channels and connections. Does not: opening any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.channels import channel_of, dataset_of, subscriptions
from marketdata_platform.venues.endpoints import Endpoint, at_addresses


@dataclass(frozen=True, slots=True)
class Channel:
    """One subscription, and the datasets that come by it. `also`: other instruments that the same
    channel serves.
    """

    instrument: Instrument
    name: str
    datasets: tuple[str, ...]
    also: tuple[Instrument, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionPlan:
    """What one connection listens to. `name` is its own among a gatherer's: `binance:spot/1`."""

    endpoint: Endpoint
    name: str
    channels: tuple[Channel, ...]

    def messages(
        self, channels: Iterable[Channel] | None = None, *, first_id: int = 1, undo: bool = False
    ) -> list[bytes]:
        """Messages that subscribe to `channels` (None: all of the plan), or end that."""
        wanted = list(self.channels if channels is None else channels)
        venue, market = self.endpoint.venue, self.endpoint.market
        if not names_symbols_apart(self.endpoint):
            return list(
                subscriptions(
                    venue, market, [one.name for one in wanted], first_id=first_id, undo=undo
                )
            )
        # Symbols with the same channels share a message.
        by_symbol: dict[str, list[str]] = {}
        for one in wanted:
            by_symbol.setdefault(one.instrument.symbol, []).append(one.name)
        groups: dict[tuple[str, ...], list[str]] = {}
        for symbol, names in by_symbol.items():
            groups.setdefault(tuple(sorted(set(names))), []).append(symbol)
        made: list[bytes] = []
        for channels_of, symbols in groups.items():
            number = first_id + len(made)
            made += subscriptions(
                venue, market, channels_of, symbols=symbols, first_id=number, undo=undo
            )
        return made


@dataclass(frozen=True, slots=True)
class MarketPlan:
    """All of one venue's market: connections, and what is asked for by REST (datasets by
    instrument).
    """

    endpoint: Endpoint
    connections: tuple[ConnectionPlan, ...]
    datasets: Mapping[Instrument, tuple[str, ...]]


def plan(
    captured: Mapping[Instrument, Sequence[str]], endpoint_of: Callable[[str, str], Endpoint]
) -> list[MarketPlan]:
    """The plan for what a gatherer records; `endpoint_of` gives each venue's market its
    endpoint.
    """
    by_market: dict[tuple[str, str], tuple[Endpoint, dict[Instrument, tuple[str, ...]]]] = {}
    for instrument, datasets in captured.items():
        endpoint = endpoint_of(instrument.venue, instrument.market)
        _, held = by_market.setdefault((endpoint.venue, endpoint.market), (endpoint, {}))
        held[instrument] = tuple(datasets)
    return [
        MarketPlan(endpoint, tuple(_connections(endpoint, _channels(endpoint, datasets))), datasets)
        for endpoint, datasets in by_market.values()
    ]


def names_symbols_apart(endpoint: Endpoint) -> bool:
    """Whether a channel's name holds no symbol: two symbols of a dataset have the same channel
    then.
    """
    first, second = (Instrument(endpoint.venue, endpoint.market, symbol) for symbol in ("A", "B"))
    return channel_of(first, "trades") == channel_of(second, "trades")


def _channels(endpoint: Endpoint, datasets: Mapping[Instrument, Sequence[str]]) -> list[Channel]:
    """Each channel once, though it may give several datasets, or serve several instruments; REST's
    have none.
    """
    found: dict[tuple[str, str], tuple[list[Instrument], list[str]]] = {}
    apart = names_symbols_apart(endpoint)
    for instrument, wanted in datasets.items():
        for dataset in wanted:
            name = streamed(instrument, dataset)
            if name is not None:
                instruments, given = found.setdefault(
                    (name, instrument.symbol if apart else ""), ([], [])
                )
                instruments += [instrument] if instrument not in instruments else []
                given += [dataset_of(dataset)] if dataset_of(dataset) not in given else []
    return [
        Channel(instruments[0], name, tuple(given), tuple(instruments[1:]))
        for (name, _), (instruments, given) in found.items()
    ]


def streamed(instrument: Instrument, dataset: str) -> str | None:
    """The channel that gives the dataset; None when only REST does."""
    try:
        return channel_of(instrument, dataset)
    except ConfigurationError:
        return None


def told(*channels: Channel) -> dict[str, list[str]]:
    """Datasets by instrument, as notes tell it."""
    found: dict[str, list[str]] = {}
    for one in channels:
        for instrument in (one.instrument, *one.also):
            held = found.setdefault(str(instrument), [])
            held += [dataset for dataset in one.datasets if dataset not in held]
    return found


def brings_whole_books(channel: Channel) -> bool:
    """Whether a new subscription begins with a whole book; else REST is asked for it."""
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
