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
from marketdata_platform.venues.market import Contract, ContractKind, Market
from marketdata_platform.venues.rest_rules import Errors, Rest, Route, Routes, ServerTime

__all__ = [
    "BookIds",
    "Continuity",
    "Contract",
    "ContractKind",
    "EqualFrames",
    "Errors",
    "Market",
    "Rest",
    "Route",
    "Routes",
    "ServerTime",
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
    aliases: Mapping[str, Mapping[str, tuple[str, ...]]]
    decoder: str
    files: str | None
