"""Coinbase Exchange: which channel a frame is of, its trade's id and its time.

Belongs here: one or two fields of frames, read while they are recorded. Does not: decoding them to
rows (decode).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import to_us
from marketdata_platform.venues.coinbase.channels import BOOK, MATCHES, TICKER
from marketdata_platform.venues.coinbase.moments import Time
from marketdata_platform.venues.kit.frame_fields import (
    Id,
    many_decoder,
    no_ids,
    no_spans,
    one_decoder,
    quoted,
)
from marketdata_platform.venues.stream_rules import Count, Reading


class _Trade(msgspec.Struct, gc=False):
    trade_id: Id


class _Moment(msgspec.Struct, gc=False):
    time: Time | None = None  # snapshots have none


_trades = many_decoder(_Trade)
_moment = one_decoder(_Moment)
_CHANNEL_OF = {
    b"match": MATCHES.encode(),
    b"last_match": MATCHES.encode(),
    b"snapshot": BOOK.encode(),
    b"l2update": BOOK.encode(),
    b"ticker": TICKER.encode(),
}


def key_of(frame: bytes) -> bytes | None:
    """See `Streams.key_of`."""
    kind, product = quoted(frame, b'"type":"'), quoted(frame, b'"product_id":"')
    channel = None if kind is None else _CHANNEL_OF.get(kind)
    return None if channel is None or product is None else channel + b":" + product


def reading(instrument: Instrument, channel: str, datasets: Sequence[str]) -> Reading:
    """See `Streams.reading`. Trades count on from `last_match`, which tells the latest one at the
    subscription; books have no numbers.
    """
    trades = channel.startswith(MATCHES)
    return Reading(
        key=channel.encode(),
        count=Count.IDS if trades else Count.NOT,
        moment=_moment_of,
        ids=_ids if trades else no_ids,
        spans=no_spans,
    )


def _ids(frames: Sequence[bytes]) -> list[int]:
    return [one.trade_id for one in _trades(frames)]


def _moment_of(frame: bytes) -> int | None:
    moment = _moment(frame).time
    return None if moment is None else to_us(moment)
