"""Binance: which channel a frame is of, its ids and its time.

Belongs here: one or two fields of frames, read while they are recorded. Does not: decoding them to
rows (decode).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.kit.frame_fields import (
    HEAD_BYTES,
    Id,
    count_of,
    many_decoder,
    one_decoder,
    quoted,
)
from marketdata_platform.venues.stream_rules import Reading, Span

_CHANNEL_OF_EVENT = {
    b"trade": b"@trade",
    b"bookTicker": b"@bookTicker",
    b"depthUpdate": b"@depth@100ms",
    b"markPriceUpdate": b"@markPrice@1s",
    b"forceOrder": b"@forceOrder",
}


class _Trade(msgspec.Struct, gc=False):
    t: Id


class _Aggregate(msgspec.Struct, gc=False):
    a: Id


class _Depth(msgspec.Struct, gc=False):
    U: Id
    u: Id
    pu: int | None = None


class _Moment(msgspec.Struct, gc=False):
    E: int | None = None


def _enveloped(shape: Any) -> Any:
    return msgspec.defstruct("_Envelope", [("data", shape)], gc=False)


_trades = many_decoder(_enveloped(_Trade))
_trades_alone = many_decoder(_Trade)
_aggregates = many_decoder(_enveloped(_Aggregate))
_aggregates_alone = many_decoder(_Aggregate)
_depths = many_decoder(_enveloped(_Depth))
_depths_alone = many_decoder(_Depth)
_moment = one_decoder(_enveloped(_Moment | list[_Moment]))
_moment_alone = one_decoder(_Moment)


def key_of(frame: bytes) -> bytes | None:
    """See `Streams.key_of`."""
    if frame.startswith(b'{"stream":"'):
        return frame[11 : frame.find(b'"', 11)]
    return quoted(frame, b'"stream":"') or _key_alone(frame)


def reading(instrument: Instrument, channel: str, datasets: Sequence[str]) -> Reading:
    """See `Streams.reading`. Ids of trades count without holes, those of aggregate ones, too."""
    return Reading(
        key=channel.encode(),
        count=count_of(datasets, numbered_trades=True),
        moment=_moment_of,
        ids=_aggregate_ids if channel.endswith("@aggTrade") else _trade_ids,
        spans=_spans,
    )


def _key_alone(frame: bytes) -> bytes | None:
    """Of a frame without the envelope of combined streams."""
    kind, symbol = quoted(frame, b'"e":"'), quoted(frame, b'"s":"')
    if symbol is None:
        return None
    channel = _CHANNEL_OF_EVENT.get(kind or b"bookTicker")
    return None if channel is None else symbol.lower() + channel


def _in_envelope(frame: bytes) -> bool:
    """True if a frame has the envelope of combined streams; those of one connection all have it, or
    none.
    """
    return frame.find(b'"data"', 0, HEAD_BYTES) >= 0


def _trade_ids(frames: Sequence[bytes]) -> list[int]:
    if _in_envelope(frames[0]):
        return [one.data.t for one in _trades(frames)]
    return [one.t for one in _trades_alone(frames)]


def _aggregate_ids(frames: Sequence[bytes]) -> list[int]:
    if _in_envelope(frames[0]):
        return [one.data.a for one in _aggregates(frames)]
    return [one.a for one in _aggregates_alone(frames)]


def _spans(frames: Sequence[bytes]) -> list[Span]:
    if _in_envelope(frames[0]):
        return [(one.data.U, one.data.u, one.data.pu, False) for one in _depths(frames)]
    return [(one.U, one.u, one.pu, False) for one in _depths_alone(frames)]


def _moment_of(frame: bytes) -> int | None:
    found = _moment(frame).data if _in_envelope(frame) else _moment_alone(frame)
    if isinstance(found, list):
        found = found[-1] if found else _Moment()
    return None if found.E is None else found.E * 1_000
