"""Bybit: which topic a frame is of, its ids and its time.

Belongs here: one or two fields of frames, read while they are recorded. Does not: decoding them to
rows (decode).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.kit.frame_fields import (
    Id,
    count_of,
    many_decoder,
    no_ids,
    one_decoder,
    quoted,
)
from marketdata_platform.venues.stream_rules import Reading, Span


class _Book(msgspec.Struct, gc=False):
    u: Id


class _BookFrame(msgspec.Struct, gc=False):
    type: str
    data: _Book


class _Moment(msgspec.Struct, gc=False):
    ts: int | None = None


_books = many_decoder(_BookFrame)
_moment = one_decoder(_Moment)


def key_of(frame: bytes) -> bytes | None:
    """See `Streams.key_of`."""
    return quoted(frame, b'"topic":"')


def reading(instrument: Instrument, channel: str, datasets: Sequence[str]) -> Reading:
    """See `Streams.reading`. Ids of trades are UUIDs; a book's `u` rises by one."""
    return Reading(
        key=channel.encode(),
        count=count_of(datasets, numbered_trades=False),
        moment=_moment_of,
        ids=no_ids,
        spans=_spans,
    )


def _spans(frames: Sequence[bytes]) -> list[Span]:
    return [(one.data.u, one.data.u, None, one.type == "snapshot") for one in _books(frames)]


def _moment_of(frame: bytes) -> int | None:
    moment = _moment(frame).ts
    return None if moment is None else moment * 1_000
