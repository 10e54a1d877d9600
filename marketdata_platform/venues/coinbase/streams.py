"""Coinbase Exchange's WebSocket messages: shapes, and one frame to one typed message.

Belongs here: message shapes. Does not: columns (rows), subscriptions (channels).
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from marketdata_platform.venues.coinbase.moments import Time
from marketdata_platform.venues.kit.typed_frames import typed_frames


class TradeFields(msgspec.Struct, gc=False):
    """One trade, by WebSocket or REST; `side` is the maker's."""

    trade_id: int
    side: str
    size: str
    price: str
    time: Time


class _Match(TradeFields, gc=False):
    product_id: str


class Match(_Match, gc=False, tag_field="type", tag="match"):
    """`match`."""


class LastMatch(_Match, gc=False, tag_field="type", tag="last_match"):
    """`last_match`: the latest trade before the subscription."""


class Snapshot(msgspec.Struct, gc=False, tag_field="type", tag="snapshot"):
    """`snapshot`: a whole book. A `time`, where there is one, is not used (continuity)."""

    product_id: str
    bids: msgspec.Raw
    asks: msgspec.Raw


class Update(msgspec.Struct, gc=False, tag_field="type", tag="l2update"):
    """`l2update`: `[side, price, size]` of levels as they are now; size 0: the level is gone."""

    product_id: str
    changes: msgspec.Raw
    time: Time


class Ticker(msgspec.Struct, gc=False, tag_field="type", tag="ticker"):
    """`ticker`: at each trade, its price and what the book's top is then. Old ones have no sizes;
    one without a trade ever has neither time nor price.
    """

    product_id: str
    sequence: int | None = None
    time: Time | None = None
    price: str | None = None
    best_bid: str | None = None
    best_bid_size: str | None = None
    best_ask: str | None = None
    best_ask_size: str | None = None
    high_24h: str | None = None
    low_24h: str | None = None
    volume_24h: str | None = None


class Unknown(msgspec.Struct, gc=False):
    """A message of a type that is not known here, or an answer."""

    kind: str


Trade: TypeAlias = Match | LastMatch
Known: TypeAlias = Match | LastMatch | Snapshot | Update | Ticker
NAMES: dict[type, str] = {
    Match: "match",
    LastMatch: "last_match",
    Snapshot: "snapshot",
    Update: "l2update",
    Ticker: "ticker",
}
FRAMES = typed_frames(NAMES, Known, Unknown, "Coinbase")
