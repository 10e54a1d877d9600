"""Kalshi: which channel a frame is of, its place in its subscription, and its time.

Belongs here: one or two fields of frames, read while they are recorded. Does not: decoding them to
rows (decode).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.kit.frame_fields import (
    Id,
    many_decoder,
    no_ids,
    one_decoder,
    quoted,
)
from marketdata_platform.venues.stream_rules import Count, Reading, Span


class _Number(msgspec.Struct, gc=False):
    type: str
    sid: Id
    seq: Id = 0  # tickers and trades have none


class _Message(msgspec.Struct, gc=False):
    ts_ms: int | None = None


class _Moment(msgspec.Struct, gc=False):
    msg: _Message


_numbers = many_decoder(_Number)
_moment = one_decoder(_Moment)


def key_of(frame: bytes) -> bytes | None:
    """See `Streams.key_of`."""
    kind, symbol = quoted(frame, b'"type":"'), quoted(frame, b'"market_ticker":"')
    if kind is None or symbol is None:
        return None
    return (b"orderbook_delta" if kind == b"orderbook_snapshot" else kind) + b":" + symbol


def reading(instrument: Instrument, channel: str, datasets: Sequence[str]) -> Reading:
    """See `Streams.reading`. `seq` counts over all channels of a subscription `sid`."""
    return Reading(
        key=channel.encode(),
        count=Count.SUBSCRIPTION,
        moment=_moment_of,
        ids=no_ids,
        spans=_spans,
    )


def _spans(frames: Sequence[bytes]) -> list[Span]:
    return [(one.sid, one.seq, None, one.type == "orderbook_snapshot") for one in _numbers(frames)]


def _moment_of(frame: bytes) -> int | None:
    moment = _moment(frame).msg.ts_ms
    return None if moment is None else moment * 1_000
