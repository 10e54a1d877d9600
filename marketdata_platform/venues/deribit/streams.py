"""Deribit's JSON-RPC notifications: message shapes, and one frame to one typed event.

Belongs here: message shapes. Does not: columns (rows), subscriptions (channels). Deribit
writes numbers as JSON numbers; they stay raw JSON here, for a float would round them.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from marketdata_platform.venues.kit.kinds import Form, Frames
from marketdata_platform.venues.kit.rows import MalformedFrame

Raw: TypeAlias = msgspec.Raw
_NONE = msgspec.Raw()


class Trade(msgspec.Struct, gc=False):
    """One trade. `direction` is the taker's; `liquidation` (`T`, `M`, `MT`) says whose side was
    liquidated.
    """

    timestamp: int
    instrument_name: str
    trade_id: str
    trade_seq: int
    price: Raw
    amount: Raw
    direction: str
    liquidation: str | None = None
    block_trade_id: str | None = None
    combo_trade_id: str | int | None = None


class Book(msgspec.Struct, gc=False):
    """A whole book (`type` snapshot, or none in grouped channels) or what changed since
    `prev_change_id`.
    """

    timestamp: int
    instrument_name: str
    change_id: int
    bids: Raw
    asks: Raw
    type: str = "snapshot"
    prev_change_id: int | None = None


class Quote(msgspec.Struct, gc=False):
    """Top of the book."""

    timestamp: int
    instrument_name: str
    best_bid_price: Raw = _NONE
    best_bid_amount: Raw = _NONE
    best_ask_price: Raw = _NONE
    best_ask_amount: Raw = _NONE


class Greeks(msgspec.Struct, gc=False):
    """Greeks of an option."""

    delta: float | None = None
    gamma: float | None = None
    vega: float | None = None
    theta: float | None = None
    rho: float | None = None


class Stats(msgspec.Struct, gc=False):
    """Of the last 24 hours."""

    volume: Raw = _NONE
    high: Raw = _NONE
    low: Raw = _NONE


class Ticker(msgspec.Struct, gc=False):
    """State of an instrument; options have `mark_iv` and greeks, perpetuals `funding_8h`."""

    timestamp: int
    instrument_name: str
    best_bid_price: Raw = _NONE
    best_bid_amount: Raw = _NONE
    best_ask_price: Raw = _NONE
    best_ask_amount: Raw = _NONE
    mark_price: Raw = _NONE
    index_price: Raw = _NONE
    last_price: Raw = _NONE
    open_interest: Raw = _NONE
    settlement_price: Raw = _NONE
    estimated_delivery_price: Raw = _NONE
    current_funding: Raw = _NONE
    funding_8h: Raw = _NONE
    mark_iv: Raw = _NONE
    bid_iv: Raw = _NONE
    ask_iv: Raw = _NONE
    underlying_price: Raw = _NONE
    underlying_index: str | None = None
    interest_rate: Raw = _NONE
    greeks: Greeks | None = None
    stats: Stats | None = None


class Index(msgspec.Struct, gc=False):
    """A price index, e.g. `btc_usd`."""

    timestamp: int
    index_name: str
    price: Raw


class Unknown(msgspec.Struct, gc=False):
    """A notification of a channel that is not known here, an answer to a request, a heartbeat."""

    kind: str


Event: TypeAlias = list[Trade] | Book | Quote | Ticker | Index | Unknown

# The first part of a channel's name, and the shape of its data.
CHANNELS: dict[str, Any] = {
    "trades": list[Trade],
    "book": Book,
    "quote": Quote,
    "ticker": Ticker,
    "incremental_ticker": Ticker,
    "deribit_price_index": Index,
}
NAMES: dict[type, str] = {
    Trade: "trade",
    Book: "book",
    Quote: "quote",
    Ticker: "ticker",
    Index: "price_index",
}


class _Params(msgspec.Struct, gc=False):
    channel: str = ""
    data: Raw = _NONE
    type: str = ""


class _Message(msgspec.Struct, gc=False):
    method: str = ""
    params: _Params | None = None
    id: int | str | None = None


_message = msgspec.json.Decoder(_Message)
_data = {name: msgspec.json.Decoder(shape) for name, shape in CHANNELS.items()}


def _form(kind: type, shape: Any) -> Form:
    """Notifications whose data has this shape, in one pass."""
    params = msgspec.defstruct("_TypedParams", [("data", shape)], gc=False)
    typed = msgspec.defstruct("_TypedMessage", [("params", params)], gc=False)
    return Form(
        kind=kind,
        decode=msgspec.json.Decoder(typed).decode,
        events=lambda messages: [message.params.data for message in messages],
    )


# Where a notification as Deribit writes it names its channel.
_PREFIX = b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"'
_forms = {
    name.encode(): _form(Trade if name == "trades" else shape, shape)
    for name, shape in CHANNELS.items()
}


def _form_of(head: bytes) -> Form | None:
    name, dot, _ = head[len(_PREFIX) :].partition(b".")
    return _forms.get(name) if dot and head.startswith(_PREFIX) else None


def decode(frame: bytes) -> Event:
    """The event in `frame`, however it is laid out; a `trades` notification holds several.

    Raises:
        MalformedFrame: it is not JSON, or lacks or mistypes a field of its channel. Unknown
            channels are `Unknown`.
    """
    try:
        message = _message.decode(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(f"frame is not a JSON-RPC message: {error}") from error
    params = message.params
    if message.method != "subscription" or params is None:
        kind = message.method or ("answer" if message.id is not None else "untyped")
        return Unknown(f"{kind} {params.type}".strip()[:40] if params else kind[:40])
    name = params.channel.partition(".")[0]
    if name not in _data:
        return Unknown(name[:40] if name.isprintable() and name else "untyped")
    try:
        event: Event = _data[name].decode(params.data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(f"{name} frame: {error}") from error
    return event


FRAMES = Frames(
    head_bytes=len(_PREFIX + max(_forms, key=len)) + 1,
    form_of=_form_of,
    read=decode,
    kind_of=type,
)
