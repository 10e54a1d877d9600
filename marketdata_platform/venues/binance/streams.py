"""Binance's WebSocket streams: one frame to one typed event.

Belongs here: message shapes and what each is called. Does not: sockets, subscriptions, storing.

A frame is `{"stream": "btcusdt@trade", "data": {...}}` or the data alone. The stream's name says
which shape to decode at once; only what it does not settle is looked at generically. Spot
bookTicker has no event type `e`; a REST depth snapshot beside a stream has `lastUpdateId`. Numbers
stay text here: nothing is rounded before it is checked.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from marketdata_platform.venues.kit.rows import MalformedFrame

# Sides of a book stay JSON: a book has a thousand levels, and core.book_levels reads many books at
# once.
Levels: TypeAlias = msgspec.Raw


class Trade(msgspec.Struct, gc=False, tag_field="e", tag="trade"):
    """One trade. `m` true: the buyer was the maker; `X` (futures): MARKET, or how else it came
    about.
    """

    s: str
    t: int
    p: str
    q: str
    T: int
    m: bool
    E: int | None = None
    X: str | None = None


class AggregateTrade(msgspec.Struct, gc=False, tag_field="e", tag="aggTrade"):
    """Trades of one taker order at one price, first id `f` to last id `l`."""

    s: str
    a: int
    p: str
    q: str
    f: int
    l: int  # noqa: E741 - the exchange's name
    T: int
    m: bool


class DepthUpdate(msgspec.Struct, gc=False, tag_field="e", tag="depthUpdate"):
    """Changed book levels, update ids `U` to `u`; futures also give the previous `u` as `pu`."""

    s: str
    U: int
    u: int
    b: Levels
    a: Levels
    pu: int | None = None
    T: int | None = None
    E: int | None = None


class FuturesBookTicker(msgspec.Struct, gc=False, tag_field="e", tag="bookTicker"):
    """Top of the book."""

    s: str
    u: int
    b: str
    B: str
    a: str
    A: str
    T: int | None = None


class SpotBookTicker(msgspec.Struct, gc=False):
    """Top of the book; spot gives neither a type nor a time."""

    s: str
    u: int
    b: str
    B: str
    a: str
    A: str


class MarkPrice(msgspec.Struct, gc=False, tag_field="e", tag="markPriceUpdate"):
    """Mark price; perpetuals also give the index, the funding rate `r` and the next funding time
    `T`.
    """

    s: str
    p: str
    E: int
    i: str | None = None
    P: str | None = None
    r: str | None = None
    T: int | None = None


class LiquidationOrder(msgspec.Struct, gc=False):
    """The order inside a forceOrder."""

    s: str
    S: str
    q: str
    p: str
    T: int
    X: str
    ap: str | None = None
    z: str | None = None


class Liquidation(msgspec.Struct, gc=False, tag_field="e", tag="forceOrder"):
    """A liquidation."""

    o: LiquidationOrder
    E: int

    @property
    def s(self) -> str:
        """Symbol."""
        return self.o.s


class Candle(msgspec.Struct, gc=False):
    """The candle inside a kline."""

    t: int
    T: int
    i: str
    o: str
    h: str
    l: str  # noqa: E741 - the exchange's name
    c: str
    v: str
    x: bool


class Kline(msgspec.Struct, gc=False, tag_field="e", tag="kline"):
    """A candle, open or closed."""

    s: str
    k: Candle


class DepthSnapshot(msgspec.Struct, gc=False):
    """The REST answer that a capture of depth begins with; it does not say of which symbol."""

    lastUpdateId: int
    bids: Levels
    asks: Levels
    T: int | None = None
    E: int | None = None


class Unknown(msgspec.Struct, gc=False):
    """A frame of a type that is not known here: an acknowledgement, or a stream that came later."""

    kind: str


Tagged: TypeAlias = (
    Trade | AggregateTrade | DepthUpdate | FuturesBookTicker | MarkPrice | Liquidation | Kline
)
Event: TypeAlias = Tagged | SpotBookTicker | DepthSnapshot | Unknown

# What each is counted as.
NAMES: dict[type, str] = {
    Trade: "trade",
    AggregateTrade: "aggTrade",
    DepthUpdate: "depthUpdate",
    FuturesBookTicker: "bookTicker",
    SpotBookTicker: "bookTicker",
    MarkPrice: "markPriceUpdate",
    Liquidation: "forceOrder",
    Kline: "kline",
    DepthSnapshot: "depthSnapshot",
}


class _Combined(msgspec.Struct, gc=False):
    stream: str
    data: Tagged


class _CombinedSpotTicker(msgspec.Struct, gc=False):
    stream: str
    data: SpotBookTicker


TAGS = {
    "trade": Trade,
    "aggTrade": AggregateTrade,
    "depthUpdate": DepthUpdate,
    "bookTicker": FuturesBookTicker,
    "markPriceUpdate": MarkPrice,
    "forceOrder": Liquidation,
    "kline": Kline,
}
_combined = msgspec.json.Decoder(_Combined)
_combined_spot_ticker = msgspec.json.Decoder(_CombinedSpotTicker)
_alone: msgspec.json.Decoder[Tagged] = msgspec.json.Decoder(Tagged)
_anything = msgspec.json.Decoder()


def decode(frame: bytes) -> Event:
    """The event in `frame`, alone or in a combined stream's envelope.

    Raises:
        MalformedFrame: it is not JSON, or lacks or mistypes a field of its type. Unknown types are
            `Unknown`, no error.
    """
    spot_ticker = b'@bookTicker"' in frame[:160] and b'"e"' not in frame[:200]
    try:
        if frame.startswith(b'{"e"'):
            return _alone.decode(frame)
        return (
            _combined_spot_ticker.decode(frame).data
            if spot_ticker
            else _combined.decode(frame).data
        )
    except msgspec.DecodeError:  # also ValidationError: another shape, or malformed
        return decode_generically(frame)


def decode_generically(frame: bytes) -> Event:
    """The event in `frame`, alone or in a combined stream's envelope, however it is laid out.

    Raises:
        MalformedFrame: it is not JSON, or lacks or mistypes a field of its type. Unknown types are
            `Unknown`.
    """
    try:
        message = _anything.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedFrame(f"frame is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise MalformedFrame("frame is not a JSON object")
    stream = message.get("stream")
    data = message["data"] if "data" in message and isinstance(stream, str) else message
    shape = _shape(data)
    if shape is None:
        return Unknown(_kind(data, stream))
    try:
        event: Event = msgspec.json.decode(
            msgspec.json.encode(data), type=shape
        )  # sides of books stay JSON
    except msgspec.ValidationError as error:
        raise MalformedFrame(f"{NAMES[shape]} frame: {error}") from error
    return event


def _shape(data: Any) -> type | None:
    if not isinstance(data, dict):
        return None
    kind = data.get("e")
    if kind is not None:
        return TAGS.get(kind) if isinstance(kind, str) else None
    if "lastUpdateId" in data:
        return DepthSnapshot
    return SpotBookTicker if {"u", "b", "B", "a", "A"} <= data.keys() else None


def _kind(data: Any, stream: Any) -> str:
    named = data.get("e") if isinstance(data, dict) else None
    if not isinstance(named, str) and isinstance(stream, str):
        named = stream.partition("@")[2] or stream
    return named[:40] if isinstance(named, str) and named.isprintable() and named else "untyped"
