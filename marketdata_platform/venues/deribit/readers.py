"""Deribit: which channel a frame is of, its ids and its time.

Belongs here: one or two fields of frames, read while they are recorded. Does not: decoding them to
rows (decode).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.kit.frame_fields import (
    Id,
    count_of,
    many_decoder,
    one_decoder,
    quoted,
)
from marketdata_platform.venues.stream_rules import Reading, Span


class _Trade(msgspec.Struct, gc=False):
    trade_seq: Id


class _Book(msgspec.Struct, gc=False):
    change_id: Id
    prev_change_id: int | None = None
    type: str = "snapshot"


class _Moment(msgspec.Struct, gc=False):
    timestamp: int | None = None


def _notification(shape: Any) -> Any:
    params = msgspec.defstruct("_Params", [("data", shape)], gc=False)
    return msgspec.defstruct("_Notification", [("params", params)], gc=False)


_trades = many_decoder(_notification(list[_Trade]))
_books = many_decoder(_notification(_Book))
_moment = one_decoder(_notification(_Moment | list[_Moment]))


def key_of(frame: bytes) -> bytes | None:
    """See `Streams.key_of`."""
    return quoted(frame, b'"channel":"')


def reading(instrument: Instrument, channel: str, datasets: Sequence[str]) -> Reading:
    """See `Streams.reading`. `trade_seq` counts without holes; a book's change names the one
    before.
    """
    return Reading(
        key=channel.encode(),
        count=count_of(datasets, numbered_trades=True),
        moment=_moment_of,
        ids=_trade_ids,
        spans=_spans,
    )


def _trade_ids(frames: Sequence[bytes]) -> list[int]:
    return [trade.trade_seq for one in _trades(frames) for trade in one.params.data]


def _spans(frames: Sequence[bytes]) -> list[Span]:
    books = [one.params.data for one in _books(frames)]
    return [
        (one.change_id, one.change_id, one.prev_change_id, one.type == "snapshot") for one in books
    ]


def _moment_of(frame: bytes) -> int | None:
    found = _moment(frame).params.data
    if isinstance(found, list):
        found = found[-1] if found else _Moment()
    return None if found.timestamp is None else found.timestamp * 1_000
