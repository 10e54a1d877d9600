"""Which channel a frame is of, and what a venue complains of, at a glance.

Belongs here: finding names in raw frames, by venue. Does not: decoding (decoders), ids and times
(marks).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

HEAD_BYTES = 400  # a channel's name stands in the first bytes of a frame
_anything = msgspec.json.Decoder().decode


def key_of(venue: str) -> Callable[[bytes], bytes | None]:
    """A function that finds the key of a frame's channel; None: it is no frame of a channel."""
    return _KEYS[venue]


def complaint(frame: bytes) -> str | None:
    """What a venue says against a message of ours; None for answers that are no complaint, and for
    all else.
    """
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
    parts = [
        str(told[name]) for name in ("code", "message", "msg", "ret_msg", "data") if told.get(name)
    ]
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
    at = frame.find(name, 0, HEAD_BYTES)
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
