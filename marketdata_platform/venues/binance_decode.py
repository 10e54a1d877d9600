"""Binance's WebSocket frames to rows, a batch at a time.

Belongs here: telling frames apart and accounting for each. Does not: shapes (binance_streams), columns (binance_rows).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import compress
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues import binance_options, binance_streams
from marketdata_platform.venues.binance import OPTIONS, SPOT
from marketdata_platform.venues.binance_rows import ROWS
from marketdata_platform.venues.rows import Decoded, read_all

Int64s = npt.NDArray[np.int64]
_STREAM_BYTES = 160  # the stream's name is at the front: {"stream":"btcusdt@bookTicker",…


class _Combined(msgspec.Struct, gc=False):
    """A frame; streams of all symbols (`!markPrice@arr`) hold many events."""

    stream: str
    data: binance_streams.Tagged | list[binance_streams.Tagged]


Events: TypeAlias = binance_streams.Event | list[binance_streams.Tagged]
_combined = msgspec.json.Decoder(_Combined)


def decode(market: str, frames: Sequence[bytes], received_us: Int64s) -> Decoded:
    """Rows, refusals and counts of `frames` of one market's streams, combined (`{"stream":…,"data":…}`) or bare.

    A frame that holds many events (`!markPrice@arr`) is counted once for each.

    Args:
        market: `spot`, `futures` (USD-M), `coin_futures` or `options`.
        frames: the messages as received.
        received_us: when, µs since 1970, shape (len(frames),).
    """
    out = Decoded(received_us, partial(Instrument, "binance", market))
    for kind, (numbers, events) in _by_type(out, market, frames).items():
        _add(out, kind, np.array(numbers, np.int64), events)
    return out


def _by_type(out: Decoded, market: str, frames: Sequence[bytes]) -> dict[type, tuple[Sequence[int], list[Any]]]:
    """Events of each type with the numbers of their frames."""
    numbers, events = read_all(_reader(market), frames, out.reject)
    kinds = list(map(type, events))
    if list in kinds:
        numbers = [n for n, e in zip(numbers, events, strict=True) for _ in (e if type(e) is list else (e,))]
        events = [one for e in events for one in (e if type(e) is list else (e,))]
        kinds = list(map(type, events))
    if len(set(kinds)) == 1:
        return {kinds[0]: (numbers, events)}
    return {
        kind: (list(compress(numbers, chosen)), list(compress(events, chosen)))
        for kind in dict.fromkeys(kinds)
        for chosen in ([k is kind for k in kinds],)
    }


def _add(out: Decoded, kind: type, frames: Int64s, events: list[Any]) -> None:
    if kind is binance_streams.Unknown:
        for event in events:
            out.count(f"unknown {event.kind}")
        return
    if kind in binance_options.ROWS:
        out.count(binance_options.NAMES[kind], len(events))
        binance_options.ROWS[kind](out, events, frames)
        return
    out.count(binance_streams.NAMES[kind], len(events))
    if kind in ROWS:
        ROWS[kind](out, events, frames)


def _reader(market: str) -> Callable[[bytes], Any]:
    if market == OPTIONS:
        return binance_options.decode
    return _read_spot if market == SPOT else _read


def _read(frame: bytes) -> Events:
    try:
        return _combined.decode(frame).data
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return binance_streams.decode_generically(frame)


def _read_spot(frame: bytes) -> Events:
    try:
        if frame.find(b'@bookTicker"', 0, _STREAM_BYTES) > 0:
            return binance_streams.combined_spot_ticker.decode(frame).data
        return _combined.decode(frame).data
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return binance_streams.decode_generically(frame)
