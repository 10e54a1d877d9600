"""Bybit v5's public topics: message shapes, and one frame to one typed message.

Belongs here: message shapes. Does not: columns (rows), subscriptions (channels). A topic's name
is `<kind>.<depth or interval>.<symbol>` or `<kind>.<symbol>`; the kind says what `data` is.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from marketdata_platform.venues.kit.kinds import Form, Frames
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


def _form(kind: str, shape: Any) -> Form:
    """Messages of a kind in one pass and one object each: a `Message` but for its class."""
    typed = msgspec.defstruct(
        "_TypedData",
        [("data", shape)],
        bases=(_Typed,),
        namespace={"kind": kind},
        kw_only=True,
        gc=False,
    )
    return Form(kind=kind, decode=msgspec.json.Decoder(typed).decode)


_envelope = msgspec.json.Decoder(_Envelope)
_data = {kind: msgspec.json.Decoder(shape) for kind, shape in DATA.items()}
_forms = {kind.encode(): _form(kind, shape) for kind, shape in DATA.items()}
_TOPIC = b'{"topic":"'


def _form_of(head: bytes) -> Form | None:
    kind, dot, _ = head[len(_TOPIC) :].partition(b".")
    return _forms.get(kind) if dot and head.startswith(_TOPIC) else None


def _kind_of(event: Event) -> str:
    return f"unknown {event.kind}" if isinstance(event, Unknown) else event.kind


def decode(frame: bytes) -> Event:
    """The message in `frame`, however it is laid out.

    Raises:
        MalformedFrame: it is not JSON, or lacks or mistypes a field of its topic. Unknown topics
            are `Unknown`.
    """
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


FRAMES = Frames(
    head_bytes=len(_TOPIC + max(_forms, key=len)) + 1,
    form_of=_form_of,
    read=decode,
    kind_of=_kind_of,
)
