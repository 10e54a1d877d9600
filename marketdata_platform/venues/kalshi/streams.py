"""Kalshi's WebSocket messages: shapes, and one frame to one typed message.

Belongs here: message shapes. Does not: columns (rows), subscriptions and signing (channels, keys).
`seq` counts the messages of one subscription `sid` over all its markets: a jump inside one market
is no loss. Prices are dollars as text; the older messages in whole cents are refused, not guessed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import msgspec

from marketdata_platform.venues.kit.typed_frames import typed_frames

_NONE = msgspec.Raw()


class Delta(msgspec.Struct, gc=False):
    """A change of one level: `delta_fp` is added to what is there. `side` is yes or no, both of
    them bids.
    """

    market_ticker: str
    price_dollars: str
    delta_fp: str
    side: str
    ts: datetime | None = None
    ts_ms: int | None = None


class Snapshot(msgspec.Struct, gc=False):
    """A whole book; the key of an empty side is left out. `yes` and `no` are the old form, in
    cents.
    """

    market_ticker: str
    yes_dollars_fp: msgspec.Raw = _NONE
    no_dollars_fp: msgspec.Raw = _NONE
    yes: msgspec.Raw = _NONE
    no: msgspec.Raw = _NONE


class Trade(msgspec.Struct, gc=False):
    """One trade; the taker bought `taker_side`."""

    trade_id: str
    market_ticker: str
    yes_price_dollars: str
    count_fp: str
    taker_side: str
    ts_ms: int


class Ticker(msgspec.Struct, gc=False):
    """Summary of a market."""

    market_ticker: str
    ts: int | datetime | None = None
    ts_ms: int | None = None
    price_dollars: str | None = None
    yes_bid_dollars: str | None = None
    yes_ask_dollars: str | None = None
    yes_bid_size_fp: str | None = None
    yes_ask_size_fp: str | None = None
    volume_fp: str | None = None
    open_interest_fp: str | None = None
    dollar_volume: msgspec.Raw = _NONE


class DeltaMessage(msgspec.Struct, gc=False, tag_field="type", tag="orderbook_delta"):
    """`orderbook_delta`."""

    sid: int
    seq: int
    msg: Delta


class SnapshotMessage(msgspec.Struct, gc=False, tag_field="type", tag="orderbook_snapshot"):
    """`orderbook_snapshot`."""

    sid: int
    seq: int
    msg: Snapshot


class TradeMessage(msgspec.Struct, gc=False, tag_field="type", tag="trade"):
    """`trade`."""

    sid: int
    msg: Trade
    seq: int | None = None


class TickerMessage(msgspec.Struct, gc=False, tag_field="type", tag="ticker"):
    """`ticker`."""

    sid: int
    msg: Ticker
    seq: int | None = None


class Unknown(msgspec.Struct, gc=False):
    """A message of a type that is not known here, or an answer to a command."""

    kind: str


Known: TypeAlias = DeltaMessage | SnapshotMessage | TradeMessage | TickerMessage
NAMES: dict[type, str] = {
    DeltaMessage: "orderbook_delta",
    SnapshotMessage: "orderbook_snapshot",
    TradeMessage: "trade",
    TickerMessage: "ticker",
}
FRAMES = typed_frames(NAMES, Known, Unknown, "Kalshi")
