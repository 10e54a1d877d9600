"""Bybit v5's public topics: message shapes, and one frame to one typed message.

Belongs here: message shapes. Does not: columns (rows), subscriptions (channels). A topic's name
is `<kind>.<depth or interval>.<symbol>` or `<kind>.<symbol>`; the kind says what `data` is.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from marketdata_platform.venues.kit.rows import MalformedFrame


class Trade(msgspec.Struct, gc=False):
    """One trade; `i` is its UUID, `S` the taker's side, `seq` orders it against books. `BT`: a
    block trade.
    """

    T: int
    s: str
    S: str
    v: str
    p: str
    i: str
    BT: bool = False
    seq: int | None = None


class Book(msgspec.Struct, gc=False):
    """Levels of a book; `u` rises by one per message of a topic, and is 1 after a restart of the
    service.
    """

    s: str
    b: msgspec.Raw
    a: msgspec.Raw
    u: int
    seq: int | None = None


class Ticker(msgspec.Struct, gc=False):
    """Summary of an instrument. After the first message only what changed is given."""

    symbol: str
    lastPrice: str | None = None
    highPrice24h: str | None = None
    lowPrice24h: str | None = None
    markPrice: str | None = None
    indexPrice: str | None = None
    openInterest: str | None = None
    openInterestValue: str | None = None
    turnover24h: str | None = None
    volume24h: str | None = None
    nextFundingTime: str | None = None
    fundingRate: str | None = None
    bid1Price: str | None = None
    bid1Size: str | None = None
    ask1Price: str | None = None
    ask1Size: str | None = None


class Liquidation(msgspec.Struct, gc=False):
    """A liquidated position: `S` is the position's side, `Buy` a long."""

    T: int
    s: str
    S: str
    v: str
    p: str


class Message(msgspec.Struct, gc=False):
    """A topic's message with its data decoded; `kind` is the first part of the topic."""

    kind: str
    type: str
    ts: int
    data: Any
    cs: int | None = None
    cts: int | None = None


class Unknown(msgspec.Struct, gc=False):
    """A topic that is not known here, or an answer to a request."""

    kind: str


Event: TypeAlias = Message | Unknown

DATA: dict[str, Any] = {
    "publicTrade": list[Trade],
    "orderbook": Book,
    "tickers": Ticker,
    "allLiquidation": list[Liquidation],
}


class _Envelope(msgspec.Struct, gc=False):
    topic: str = ""
    type: str = ""
    ts: int = 0
    data: msgspec.Raw = msgspec.Raw()
    cs: int | None = None
    cts: int | None = None
    op: str = ""


class _Typed(msgspec.Struct, gc=False):
    ts: int
    type: str
    cs: int | None = None
    cts: int | None = None


def _whole(kind: str, shape: Any) -> msgspec.json.Decoder[Any]:
    """A decoder of a whole message whose data has this shape, to what is a `Message` but for its
    class: one pass instead of two, and one object.
    """
    return msgspec.json.Decoder(
        msgspec.defstruct(
            "_TypedData",
            [("data", shape)],
            bases=(_Typed,),
            namespace={"kind": kind},
            kw_only=True,
            gc=False,
        )
    )


_envelope = msgspec.json.Decoder(_Envelope)
_data = {kind: msgspec.json.Decoder(shape) for kind, shape in DATA.items()}
_AT = len(b'{"topic":"')
_KIND_BYTES = 7
_fast = {
    kind.encode()[:_KIND_BYTES]: (b'{"topic":"' + kind.encode() + b".", _whole(kind, shape))
    for kind, shape in DATA.items()
}


def decode(frame: bytes) -> Event:
    """The message in `frame`.

    Raises:
        MalformedFrame: it is not JSON, or lacks or mistypes a field of its topic. Unknown topics
            are `Unknown`.
    """
    known = _fast.get(frame[_AT : _AT + _KIND_BYTES])
    if known is not None and frame.startswith(known[0]):
        try:
            message: Message = known[1].decode(frame)
            return message
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            pass  # malformed: the slow way says how
    return _decode_in_two(frame)


def _decode_in_two(frame: bytes) -> Event:
    try:
        envelope = _envelope.decode(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(f"frame is not a Bybit message: {error}") from error
    kind = envelope.topic.partition(".")[0]
    if kind not in _data:
        name = kind or envelope.op or "untyped"
        return Unknown(name[:40] if name.isprintable() else "untyped")
    try:
        data = _data[kind].decode(envelope.data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(f"{kind} frame: {error}") from error
    return Message(kind, envelope.type, envelope.ts, data, envelope.cs, envelope.cts)
