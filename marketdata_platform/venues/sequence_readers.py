"""Where frames stand in their channel: just enough of them for a gatherer to notice that something
is missing.

Belongs here: the ids and the time in frames, by venue. Does not: which channel a frame is of
(frame_keys), decoding it (decoders), what a gatherer does about a gap (feeds). These readers look
at every frame while it is recorded, so they take a channel's frames together, read one or two
fields and skip the rest. A frame that they cannot read is recorded all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.channel_keys import HEAD_BYTES
from marketdata_platform.venues.lookups import numbered_trades

T = TypeVar("T")
Span: TypeAlias = tuple[int, int, int | None, bool]
"""First id, last id, id before the first (where the venue gives it), whether it is a whole book.

Of Kalshi: the subscription, the number within it, None, whether it is a whole book.
"""


class Count(Enum):
    """How a channel's ids follow each other."""

    NOT = "not"
    IDS = "ids"  # each one more than the one before
    BOOK = "book"  # as IDS, or by the id before; a whole book begins anew
    SUBSCRIPTION = "subscription"  # Kalshi: over all markets of a subscription


@dataclass(frozen=True, slots=True)
class Reading:
    """How one channel's frames are read. `key` is what `frame_keys.key_of` finds; `moment` the
    exchange's time, µs.
    """

    key: bytes
    count: Count
    moment: Callable[[bytes], int | None]
    ids: Callable[[Sequence[bytes]], list[int]]
    spans: Callable[[Sequence[bytes]], list[Span]]


def reading(instrument: Instrument, channel: str, datasets: Sequence[str]) -> Reading:
    """How to read the frames of a channel that gives these datasets."""
    venue = instrument.venue
    if venue == "kalshi":
        key = f"{channel}:{instrument.symbol}".encode()
        return Reading(key, Count.SUBSCRIPTION, _kalshi_moment, _no_ids, _kalshi_spans)
    ids = _binance_aggregates if channel.endswith("@aggTrade") else _IDS[venue]
    return Reading(
        channel.encode(), _count(instrument, datasets), _MOMENTS[venue], ids, _SPANS[venue]
    )


def _count(instrument: Instrument, datasets: Sequence[str]) -> Count:
    if "book_deltas" in datasets or "book_snapshots" in datasets:
        return Count.BOOK
    if numbered_trades(instrument) and "trades" in datasets:
        return Count.IDS
    return Count.NOT


def _decoder(shape: Any) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(shape).decode


def _all(shape: type[T]) -> Callable[[Sequence[bytes]], list[T]]:
    """A decoder of several frames at once: half of the time of one each."""
    decode: Callable[[bytes], list[T]] = msgspec.json.Decoder(list[shape]).decode  # type: ignore[valid-type]
    return lambda frames: decode(b"[" + b",".join(frames) + b"]")


def _no_ids(frames: Sequence[bytes]) -> list[int]:
    return []


def _no_spans(frames: Sequence[bytes]) -> list[Span]:
    return []


Id: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _BinanceTrade(msgspec.Struct, gc=False):
    t: Id


class _BinanceAggregate(msgspec.Struct, gc=False):
    a: Id


class _BinanceDepth(msgspec.Struct, gc=False):
    U: Id
    u: Id
    pu: int | None = None


class _BinanceMoment(msgspec.Struct, gc=False):
    E: int | None = None


def _enveloped(shape: Any) -> Any:
    return msgspec.defstruct("_Envelope", [("data", shape)], gc=False)


_binance_trades = _all(_enveloped(_BinanceTrade))
_binance_alone_trades = _all(_BinanceTrade)
_binance_aggregate_trades = _all(_enveloped(_BinanceAggregate))
_binance_alone_aggregates = _all(_BinanceAggregate)
_binance_depths = _all(_enveloped(_BinanceDepth))
_binance_alone_depths = _all(_BinanceDepth)
_binance_told = _decoder(_enveloped(_BinanceMoment | list[_BinanceMoment]))
_binance_alone_told = _decoder(_BinanceMoment)


def _enclosed(frame: bytes) -> bool:
    """Whether a frame has the envelope of combined streams; those of one connection all have it, or
    none.
    """
    return frame.find(b'"data"', 0, HEAD_BYTES) >= 0


def _binance_ids(frames: Sequence[bytes]) -> list[int]:
    if _enclosed(frames[0]):
        return [one.data.t for one in _binance_trades(frames)]
    return [one.t for one in _binance_alone_trades(frames)]


def _binance_aggregates(frames: Sequence[bytes]) -> list[int]:
    if _enclosed(frames[0]):
        return [one.data.a for one in _binance_aggregate_trades(frames)]
    return [one.a for one in _binance_alone_aggregates(frames)]


def _binance_spans(frames: Sequence[bytes]) -> list[Span]:
    if _enclosed(frames[0]):
        return [(one.data.U, one.data.u, one.data.pu, False) for one in _binance_depths(frames)]
    return [(one.U, one.u, one.pu, False) for one in _binance_alone_depths(frames)]


def _binance_moment(frame: bytes) -> int | None:
    told = _binance_told(frame).data if _enclosed(frame) else _binance_alone_told(frame)
    if isinstance(told, list):
        told = told[-1] if told else _BinanceMoment()
    return None if told.E is None else told.E * 1_000


class _DeribitTrade(msgspec.Struct, gc=False):
    trade_seq: Id


class _DeribitBook(msgspec.Struct, gc=False):
    change_id: Id
    prev_change_id: int | None = None
    type: str = "snapshot"


class _DeribitMoment(msgspec.Struct, gc=False):
    timestamp: int | None = None


def _notification(shape: Any) -> Any:
    params = msgspec.defstruct("_Params", [("data", shape)], gc=False)
    return msgspec.defstruct("_Notification", [("params", params)], gc=False)


_deribit_trades = _all(_notification(list[_DeribitTrade]))
_deribit_books = _all(_notification(_DeribitBook))
_deribit_told = _decoder(_notification(_DeribitMoment | list[_DeribitMoment]))


def _deribit_ids(frames: Sequence[bytes]) -> list[int]:
    return [trade.trade_seq for one in _deribit_trades(frames) for trade in one.params.data]


def _deribit_spans(frames: Sequence[bytes]) -> list[Span]:
    found = [one.params.data for one in _deribit_books(frames)]
    return [
        (one.change_id, one.change_id, one.prev_change_id, one.type == "snapshot") for one in found
    ]


def _deribit_moment(frame: bytes) -> int | None:
    told = _deribit_told(frame).params.data
    if isinstance(told, list):
        told = told[-1] if told else _DeribitMoment()
    return None if told.timestamp is None else told.timestamp * 1_000


class _BybitBook(msgspec.Struct, gc=False):
    u: Id


class _BybitBookFrame(msgspec.Struct, gc=False):
    type: str
    data: _BybitBook


class _BybitMoment(msgspec.Struct, gc=False):
    ts: int | None = None


_bybit_books = _all(_BybitBookFrame)
_bybit_told = _decoder(_BybitMoment)


def _bybit_spans(frames: Sequence[bytes]) -> list[Span]:
    return [(one.data.u, one.data.u, None, one.type == "snapshot") for one in _bybit_books(frames)]


def _bybit_moment(frame: bytes) -> int | None:
    moment = _bybit_told(frame).ts
    return None if moment is None else moment * 1_000


class _KalshiNumber(msgspec.Struct, gc=False):
    type: str
    sid: Id
    seq: Id = 0  # tickers and trades have none


class _KalshiMessage(msgspec.Struct, gc=False):
    ts_ms: int | None = None


class _KalshiMoment(msgspec.Struct, gc=False):
    msg: _KalshiMessage


_kalshi_numbers = _all(_KalshiNumber)
_kalshi_told = _decoder(_KalshiMoment)


def _kalshi_spans(frames: Sequence[bytes]) -> list[Span]:
    return [
        (one.sid, one.seq, None, one.type == "orderbook_snapshot")
        for one in _kalshi_numbers(frames)
    ]


def _kalshi_moment(frame: bytes) -> int | None:
    moment = _kalshi_told(frame).msg.ts_ms
    return None if moment is None else moment * 1_000


_IDS = {"binance": _binance_ids, "deribit": _deribit_ids, "bybit": _no_ids}
_SPANS = {"binance": _binance_spans, "deribit": _deribit_spans, "bybit": _bybit_spans}
_MOMENTS = {"binance": _binance_moment, "deribit": _deribit_moment, "bybit": _bybit_moment}
