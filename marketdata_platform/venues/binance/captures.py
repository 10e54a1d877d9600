"""Binance's frames as recorders captured them: trades separated from what its decoder reads.

Belongs here: what each frame of a capture is. Does not: message shapes (streams), lines (history).
"""

from __future__ import annotations

from marketdata_platform.venues.binance.streams import (
    NAMES,
    AggregateTrade,
    DepthSnapshot,
    Kline,
    Trade,
    Unknown,
    decode,
)
from marketdata_platform.venues.kit.file_formats import CapturedFrame, CapturedTrade, Sorted

# An aggregate beside its trades would count them twice.
_NOT_STORED = (Unknown, AggregateTrade, Kline)
_ORDINARY = (None, "", "MARKET")


def sort(frame: bytes) -> Sorted:
    """What a frame is; REST answers of depth are written among the frames and say no symbol.

    Raises:
        MalformedFrame: it is not JSON, or not what its type promises.
    """
    event = decode(frame)
    if isinstance(event, Trade):
        return CapturedTrade(
            event.s,
            event.t,
            event.p,
            event.q,
            event.T,
            event.m,
            None if event.X in _ORDINARY else str(event.X).lower()[:40],
        )
    return CapturedFrame(
        f"unknown type {event.kind}" if isinstance(event, Unknown) else NAMES[type(event)],
        getattr(event, "s", None),
        not isinstance(event, _NOT_STORED),
        "depth" if isinstance(event, DepthSnapshot) else None,
    )
