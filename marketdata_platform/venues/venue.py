"""What the platform must know of a venue: one object per venue, every part said, none by default.

Belongs here: the interface. Does not: any venue (one folder per venue), what venues share (kit).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from marketdata_platform.venues.continuity import (
    BookIds,
    Continuity,
    EqualFrames,
    TradeIds,
    TradeOrder,
)
from marketdata_platform.venues.credentials import Credentials, Keys, Secret, SignedRequest
from marketdata_platform.venues.endpoint import Allowance, Endpoint, Heartbeat, OtherAddress
from marketdata_platform.venues.market import Contract, ContractKind, Market
from marketdata_platform.venues.rest_rules import Errors, Rest, Route, Routes, ServerTime
from marketdata_platform.venues.stream_rules import Count, Message, Reading, Reply, Span, Streams

__all__ = [
    "Allowance",
    "BookIds",
    "Continuity",
    "Contract",
    "ContractKind",
    "Count",
    "Credentials",
    "Endpoint",
    "EqualFrames",
    "Errors",
    "Heartbeat",
    "Keys",
    "Market",
    "Message",
    "OtherAddress",
    "Reading",
    "Reply",
    "Rest",
    "Route",
    "Routes",
    "Secret",
    "ServerTime",
    "SignedRequest",
    "Span",
    "Streams",
    "TradeIds",
    "TradeOrder",
    "Venue",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """One venue. Nothing here has a default: what is not said would be guessed.

    Args:
        name: as in `Instrument.venue`.
        markets: by name, as in `Instrument.market`; what is not here is refused.
        continuity: how missing trades and missing changes of books are seen.
        repeats: whether two equal frames are the same event.
        trade_order: what orders trades of one moment.
        rest: what it answers over REST.
        routing_keys: names under which its frames are known elsewhere (`BINANCE_FUTURES`) → the
            market whose frames they are, as `decode` takes it. Of several for one market the first
            is the market's own.
        endpoints: where each market is reached, and what it allows.
        streams: channels, what is said to subscribe to them, and how their frames are read.
        keys: environment variables that hold secrets, and the headers made of them.
        aliases: what vendors call it: vendor → (vendor's name of an exchange → our markets; an
            empty tuple where any market may be meant).
        decoder: module of the venue that turns frames and REST answers into rows
            (`decoding.Decoder`); loaded by name, because a gatherer never needs it.
        files: module of the venue that describes its dumps and captures; loaded by name. None: the
            venue publishes no files that are read.
    """

    name: str
    markets: Mapping[str, Market]
    continuity: Continuity
    repeats: EqualFrames
    trade_order: TradeOrder
    rest: Rest
    routing_keys: Mapping[str, str]
    endpoints: tuple[Endpoint, ...]
    streams: Streams
    keys: Keys
    aliases: Mapping[str, Mapping[str, tuple[str, ...]]]
    decoder: str
    files: str | None
