"""Everything that the simulated exchange must know of a venue, as one object.

Belongs here: what each venue states, none of it with a default: a venue that does not say something
cannot be made. Does not: what any venue states (its own file or folder).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.instruments import MarketStyle
from marketdata_platform.simulator.markets.listed_market import ListedMarket, Numbering
from marketdata_platform.simulator.markets.market import MarketModel
from marketdata_platform.simulator.server.http_messages import Request, Response
from marketdata_platform.simulator.server.request_weights import Quota, RestLimits
from marketdata_platform.simulator.venues.gateway import Gateway, Surroundings
from marketdata_platform.simulator.venues.replay_gateway import ReplayGateway


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMarket:
    """One market of a venue, by the name that instruments have for it.

    Args:
        style: its usual instrument; None: nothing happens on it, only recordings are played.
        address: key of the venue's `addresses` that serves it.
        datasets: raw datasets that a gatherer can record of its instruments, in the order in which
            the configuration names them.
    """

    style: MarketStyle | None
    address: str
    datasets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedAddress:
    """What is found under `/<venue>/<address>` of the exchange, and what it allows.

    The limits are the simulator's own, from the venue's documentation, so that a wrong number in
    the product is caught.

    Args:
        websocket_path, rest_path: where streams and REST routes begin; REST's may be empty.
        ping_seconds: how often the venue sends a WebSocket ping; 0: never.
        life_seconds: the venue ends a connection after this; None: it does not.
        messages: what a connection may send.
        streams: channels that one connection may hear; None: no bound is kept.
        arguments: channels that one subscribe message may name; None: no bound is kept.
        rest: what its REST routes allow.
    """

    websocket_path: str
    rest_path: str
    ping_seconds: float
    life_seconds: float | None
    messages: Quota
    streams: int | None
    arguments: int | None
    rest: RestLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeCheck:
    """How handshakes are checked, where the exchange is given a venue's credentials.

    `accepts(credentials, handshake)` says whether a handshake is one of theirs; `refused` answers
    those that are not.
    """

    accepts: Callable[[bytes, Request], bool]
    refused: Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How frames that were recorded of the venue are played.

    Args:
        gateway: answers commands and REST from what was recorded.
        channel_of: the channel of a recorded frame, as `plain_channel` writes it; empty for
            answers and heartbeats.
        plain_channel: a channel that a client names, without pace and depth: who wants
            `btcusdt@depth@100ms` also takes a recorded `btcusdt@depth@0ms`.
        exchanges: name of an exchange in the header of a capture → address.
        first_bytes: how files begin that hold frames of one address alone → that address.
    """

    gateway: Callable[[SimulatedVenue, str, Surroundings], ReplayGateway]
    channel_of: Callable[[bytes], str]
    plain_channel: Callable[[str], str]
    exchanges: Mapping[str, str]
    first_bytes: Mapping[bytes, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumps:
    """How the venue publishes a day of trades as a file.

    Args:
        markets: the markets that it publishes.
        name: of the file without its ending: of an instrument, day and kind (`trades`,
            `aggTrades`).
        csv: the file's text: of trades (schema `trades`), instrument, day and kind.
        header_lines: how many lines of the instrument's file are no trade.
    """

    markets: tuple[str, ...]
    name: Callable[[Instrument, date, str], str]
    csv: Callable[[pl.DataFrame, Instrument, date, str], bytes]
    header_lines: Callable[[Instrument], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedVenue:
    """One venue of the simulated exchange.

    Args:
        name: as in `name:market:symbol`.
        gateway: makes what speaks the venue's protocols at one of its addresses.
        markets: market → what it is like.
        addresses: what the exchange serves of the venue.
        numbering: how an instrument's trades are named and numbered, and its books counted.
        batches_trades: whether trades of one moment come in one message.
        listed: symbols with their market (`spot:BTCUSDT`) that the exchange lists unless asked
            otherwise.
        presets: instruments that are not their market's usual one.
        credentials: how handshakes are checked; None: the venue asks for none.
        replay: how recorded frames are played; None: recordings of the venue cannot be.
        dumps: the files that the venue publishes; None: it publishes none.
    """

    name: str
    gateway: Callable[[SimulatedVenue, str, Sequence[ListedMarket], Surroundings], Gateway]
    markets: Mapping[str, SimulatedMarket]
    addresses: Mapping[str, SimulatedAddress]
    numbering: Callable[[Instrument], Numbering]
    batches_trades: bool
    listed: tuple[str, ...]
    presets: tuple[MarketModel, ...]
    credentials: HandshakeCheck | None
    replay: Replay | None
    dumps: Dumps | None

    def __post_init__(self) -> None:
        for market, one in self.markets.items():
            if one.address not in self.addresses:
                raise ConfigurationError(
                    f"market {market!a} of the simulated venue {self.name!a} is at the address "
                    f"{one.address!a}, and its addresses are {', '.join(self.addresses)}"
                )
