"""Where a frame stands in its channel: just enough of it for a gatherer to notice that something is missing.

Belongs here: which channel a frame is of, the ids and the time in it, by venue. Does not: decoding it (decoders), what
a gatherer does about a gap (feeds). These readers look at each frame of every stream while it is recorded, so they read
a handful of fields and skip the rest. A frame that they cannot read is recorded all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, TypeVar

import msgspec

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.continuity import numbered_trades

Mark: TypeAlias = tuple[int | None, int | None, int | None, int | None, bool]
"""First id, last id, id before the first (where the venue gives it), exchange time in µs, whether a whole book."""


class Count(Enum):
    """How a channel's ids follow each other."""

    NOT = "not"
    IDS = "ids"  # each one more than the one before
    BOOK = "book"  # as IDS, or by the id before; a whole book begins anew
    SUBSCRIPTION = "subscription"  # Kalshi: a mark's first id is its subscription, its last one counts within that


@dataclass(frozen=True, slots=True)
class Reading:
    """How one channel's frames are read: `key` is what `key_of` finds in them."""

    key: bytes
    count: Count
    mark: Callable[[bytes], Mark]


class _BinanceTrade(msgspec.Struct, gc=False):
    t: int
    E: int | None = None


class _BinanceAggregate(msgspec.Struct, gc=False):
    a: int
    E: int | None = None


class _BinanceDepth(msgspec.Struct, gc=False):
    U: int
    u: int
    pu: int | None = None
    E: int | None = None


class _BinanceMoment(msgspec.Struct, gc=False):
    E: int | None = None


class _DeribitTrade(msgspec.Struct, gc=False):
    trade_seq: int
    timestamp: int


class _DeribitState(msgspec.Struct, gc=False):
    timestamp: int | None = None
    change_id: int | None = None
    prev_change_id: int | None = None
    type: str = "snapshot"


class _DeribitTradesParams(msgspec.Struct, gc=False):
    data: list[_DeribitTrade]


class _DeribitStateParams(msgspec.Struct, gc=False):
    data: _DeribitState


class _DeribitTrades(msgspec.Struct, gc=False):
    params: _DeribitTradesParams


class _DeribitFrame(msgspec.Struct, gc=False):
    params: _DeribitStateParams


class _BybitBook(msgspec.Struct, gc=False):
    u: int


class _BybitBookFrame(msgspec.Struct, gc=False):
    ts: int
    type: str
    data: _BybitBook


class _BybitFrame(msgspec.Struct, gc=False):
    ts: int | None = None


class _KalshiMessage(msgspec.Struct, gc=False):
    ts_ms: int | None = None


class _KalshiFrame(msgspec.Struct, gc=False):
    type: str
    sid: int
    seq: int | None = None
    msg: _KalshiMessage | None = None


_T = TypeVar("_T")


def _binance(shape: type[_T]) -> Callable[[bytes], _T]:
    """A decoder of what is in a combined stream's envelope, or stands alone."""
    envelope: Any = msgspec.defstruct("_Envelope", [("data", shape)], gc=False)
    inside = msgspec.json.Decoder(envelope).decode
    alone = msgspec.json.Decoder(shape).decode

    def decode(frame: bytes) -> _T:
        if b'"data"' in frame[:_HEAD]:
            data: _T = inside(frame).data
            return data
        return alone(frame)

    return decode


_HEAD = 400  # a channel's name stands in the first bytes of a frame
_binance_trade = _binance(_BinanceTrade)
_binance_aggregate = _binance(_BinanceAggregate)
_binance_depth = _binance(_BinanceDepth)
_binance_moment = _binance(_BinanceMoment | list[_BinanceMoment])  # type: ignore[arg-type]
_deribit_trades = msgspec.json.Decoder(_DeribitTrades).decode
_deribit = msgspec.json.Decoder(_DeribitFrame).decode
_bybit_book = msgspec.json.Decoder(_BybitBookFrame).decode
_bybit = msgspec.json.Decoder(_BybitFrame).decode
_kalshi = msgspec.json.Decoder(_KalshiFrame).decode
_anything = msgspec.json.Decoder().decode


def reading(instrument: Instrument, channel: str, datasets: tuple[str, ...]) -> Reading:
    """How to read the frames of a channel that gives these datasets."""
    venue = instrument.venue
    book = "book_deltas" in datasets or "book_snapshots" in datasets
    if venue == "kalshi":
        return Reading(f"{channel}:{instrument.symbol}".encode(), Count.SUBSCRIPTION, _kalshi_mark)
    trades = "trades" in datasets or (venue == "deribit" and "liquidations" in datasets)
    count = Count.BOOK if book else Count.IDS if trades and numbered_trades(instrument) else Count.NOT
    return Reading(channel.encode(), count, _marks(venue, channel, trades, book))


def _marks(venue: str, channel: str, trades: bool, book: bool) -> Callable[[bytes], Mark]:
    if venue == "deribit":
        return _deribit_trades_mark if trades else _deribit_mark
    if venue == "bybit":
        return _bybit_book_mark if book else _bybit_mark
    if book:
        return _binance_depth_mark
    if channel.endswith("@aggTrade"):
        return _binance_aggregate_mark
    return _binance_trade_mark if trades else _binance_moment_mark


def key_of(venue: str) -> Callable[[bytes], bytes | None]:
    """A function that finds the key of a frame's channel; None: it is no frame of a channel."""
    return _KEYS[venue]


def complaint(frame: bytes) -> str | None:
    """What a venue says against a message of ours; None for answers that are no complaint, and for all else."""
    if len(frame) > 4_096:
        return None
    try:
        told = _anything(frame)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if not isinstance(told, dict):
        return None
    if isinstance(told.get("error"), dict):
        return _said(told["error"])
    if told.get("success") is False or (told.get("type") == "error" and "msg" in told):
        return _said(told["msg"] if isinstance(told.get("msg"), dict) else told)
    return _said(told) if "code" in told and "msg" in told and "data" not in told else None


def _said(told: dict[str, Any]) -> str:
    parts = [str(told[name]) for name in ("code", "message", "msg", "ret_msg", "data") if told.get(name)]
    return "".join(c if c.isprintable() else " " for c in " ".join(parts))[:160]


def _binance_key(frame: bytes) -> bytes | None:
    if frame.startswith(b'{"stream":"'):
        return frame[11 : frame.find(b'"', 11)]
    return _quoted(frame, b'"stream":"') or _binance_alone_key(frame)


def _binance_alone_key(frame: bytes) -> bytes | None:
    """Of a frame without the envelope of combined streams."""
    kind, symbol = _quoted(frame, b'"e":"'), _quoted(frame, b'"s":"')
    if symbol is None:
        return None
    channel = _BINANCE_CHANNELS.get(kind or b"bookTicker")
    return None if channel is None else symbol.lower() + channel


_BINANCE_CHANNELS = {
    b"trade": b"@trade",
    b"bookTicker": b"@bookTicker",
    b"depthUpdate": b"@depth@100ms",
    b"markPriceUpdate": b"@markPrice@1s",
    b"forceOrder": b"@forceOrder",
}


def _deribit_key(frame: bytes) -> bytes | None:
    return _quoted(frame, b'"channel":"')


def _bybit_key(frame: bytes) -> bytes | None:
    return _quoted(frame, b'"topic":"')


def _kalshi_key(frame: bytes) -> bytes | None:
    kind, symbol = _quoted(frame, b'"type":"'), _quoted(frame, b'"market_ticker":"')
    if kind is None or symbol is None:
        return None
    return (b"orderbook_delta" if kind == b"orderbook_snapshot" else kind) + b":" + symbol


def _quoted(frame: bytes, name: bytes) -> bytes | None:
    at = frame.find(name, 0, _HEAD)
    if at < 0:
        return None
    at += len(name)
    end = frame.find(b'"', at)
    return frame[at:end] if end >= 0 else None


_KEYS: dict[str, Callable[[bytes], bytes | None]] = {
    "binance": _binance_key,
    "deribit": _deribit_key,
    "bybit": _bybit_key,
    "kalshi": _kalshi_key,
}


def _binance_trade_mark(frame: bytes) -> Mark:
    data = _binance_trade(frame)
    return data.t, data.t, None, None if data.E is None else data.E * 1_000, False


def _binance_aggregate_mark(frame: bytes) -> Mark:
    data = _binance_aggregate(frame)
    return data.a, data.a, None, None if data.E is None else data.E * 1_000, False


def _binance_depth_mark(frame: bytes) -> Mark:
    data = _binance_depth(frame)
    return data.U, data.u, data.pu, None if data.E is None else data.E * 1_000, False


def _binance_moment_mark(frame: bytes) -> Mark:
    data = _binance_moment(frame)
    last = (data[-1] if data else None) if isinstance(data, list) else data
    return None, None, None, None if last is None or last.E is None else last.E * 1_000, False


def _deribit_trades_mark(frame: bytes) -> Mark:
    trades = _deribit_trades(frame).params.data
    return trades[0].trade_seq, trades[-1].trade_seq, None, trades[-1].timestamp * 1_000, False


def _deribit_mark(frame: bytes) -> Mark:
    data = _deribit(frame).params.data
    moment = None if data.timestamp is None else data.timestamp * 1_000
    return data.change_id, data.change_id, data.prev_change_id, moment, data.type == "snapshot"


def _bybit_book_mark(frame: bytes) -> Mark:
    told = _bybit_book(frame)
    return told.data.u, told.data.u, None, told.ts * 1_000, told.type == "snapshot"


def _bybit_mark(frame: bytes) -> Mark:
    moment = _bybit(frame).ts
    return None, None, None, None if moment is None else moment * 1_000, False


def _kalshi_mark(frame: bytes) -> Mark:
    told = _kalshi(frame)
    moment = told.msg.ts_ms if told.msg is not None else None
    return told.sid, told.seq, None, None if moment is None else moment * 1_000, told.type == "orderbook_snapshot"
