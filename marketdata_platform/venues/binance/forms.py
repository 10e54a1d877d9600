"""How Binance's frames are written, by market: which are read by the decoder of one kind, and how
the others are.

Belongs here: first bytes of frames, decoders. Does not: shapes (streams, options), rows. A frame is
`{"stream":"btcusdt@trade","data":{...}}` or the data alone: the stream's name or `e` tells the
kind. Spot's tickers have no `e`, and are told by the stream's name only.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import msgspec

from marketdata_platform.venues.binance import options, streams
from marketdata_platform.venues.binance.names import OPTIONS, SPOT
from marketdata_platform.venues.kit.kinds import UNREADABLE, Form, Frames

_STREAM, _ALONE = b'{"stream":"', b'{"e":"'
_HEAD_BYTES = 40  # the longest names of streams; a longer one is read as any frame
_NAME_BYTES = 160  # where the name of a stream ends at the latest
_NAMES = {
    "trade": streams.Trade,
    "aggTrade": streams.AggregateTrade,
    "depth": streams.DepthUpdate,
    "bookTicker": streams.FuturesBookTicker,
    "markPrice": streams.MarkPrice,
    "forceOrder": streams.Liquidation,
}


class _OfNoKind(msgspec.Struct, gc=False, tag_field="e", tag=""):
    """Beside another shape: only among several does msgspec insist on the tag. A frame that has
    this one is of no form.
    """

    def __post_init__(self) -> None:
        raise ValueError("an event without a type")


class _Combined(msgspec.Struct, gc=False):
    """A frame; streams of all symbols (`!markPrice@arr`) hold many events."""

    stream: str
    data: streams.Tagged | list[streams.Tagged]


_combined = msgspec.json.Decoder(_Combined)
_alone: msgspec.json.Decoder[streams.Tagged] = msgspec.json.Decoder(streams.Tagged)


def _within(shape: type) -> Form:
    """Events of a shape in the envelope of combined streams."""
    told_by_e = shape is not streams.SpotBookTicker
    data = shape | _OfNoKind if told_by_e else shape
    typed = msgspec.defstruct("_TypedCombined", [("stream", str), ("data", data)], gc=False)
    return Form(
        kind=shape,
        decode=msgspec.json.Decoder(typed).decode,
        events=lambda messages: [message.data for message in messages],
    )


_spot_ticker = _within(streams.SpotBookTicker)
_forms_within = {name.encode(): _within(shape) for name, shape in _NAMES.items()}
_forms_alone = {
    name.encode(): Form(kind=shape, decode=msgspec.json.Decoder(shape).decode)
    for name, shape in streams.TAGS.items()
}


@cache
def frames_of(market: str) -> Frames:
    """How a market's frames are read."""
    if market == OPTIONS:  # both forms of an option's trade have one name
        return Frames(head_bytes=0, form_of=lambda head: None, read=options.decode, kind_of=type)
    within = _forms_within | ({b"bookTicker": _spot_ticker} if market == SPOT else {})
    return Frames(
        head_bytes=_HEAD_BYTES,
        form_of=partial(_form_of, within),
        read=_read_spot if market == SPOT else _read,
        kind_of=type,
    )


def _form_of(within: Mapping[bytes, Form], head: bytes) -> Form | None:
    if head.startswith(_ALONE):
        return _forms_alone.get(head[len(_ALONE) :].partition(b'"')[0])
    stream, ends, _ = head[len(_STREAM) :].partition(b'"')
    if not ends or not head.startswith(_STREAM):
        return None
    return within.get(stream.partition(b"@")[2].partition(b"@")[0])


def _read(frame: bytes) -> Any:
    try:
        if frame.startswith(_ALONE):
            return _alone.decode(frame)
        return _combined.decode(frame).data
    except UNREADABLE:
        return streams.decode_generically(frame)


def _read_spot(frame: bytes) -> Any:
    if frame.find(b'@bookTicker"', 0, _NAME_BYTES) > 0:
        try:
            return _spot_ticker.decode(frame).data
        except UNREADABLE:
            return streams.decode_generically(frame)
    return _read(frame)
