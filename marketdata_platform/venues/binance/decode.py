"""Binance's WebSocket frames and REST answers to rows, a batch at a time.

Belongs here: recognising frames and accounting for each, which route's answers are read by what.
Does not: shapes (streams, options), columns (rows), answers (rest, options_rest).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import compress
from typing import Any, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.core.templates import TEXT
from marketdata_platform.venues.binance import options as binance_options
from marketdata_platform.venues.binance import options_rest, rest
from marketdata_platform.venues.binance import streams as binance_streams
from marketdata_platform.venues.binance.names import OPTIONS, SPOT
from marketdata_platform.venues.binance.rows import DECIMALS, ROWS, TOLD
from marketdata_platform.venues.kit.answer_rows import without_rows
from marketdata_platform.venues.kit.field_reader import OfEvents, OfFrames
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform.venues.kit.templated import Layouts, parted

Int64s = npt.NDArray[np.int64]
_STREAM_BYTES = 160  # the stream's name is at the front: {"stream":"btcusdt@bookTicker",…
_TICKER = {"s", "u", "b", "B", "a", "A"}


class _Combined(msgspec.Struct, gc=False):
    """A frame; streams of all symbols (`!markPrice@arr`) hold many events."""

    stream: str
    data: binance_streams.Tagged | list[binance_streams.Tagged]


Events: TypeAlias = binance_streams.Event | list[binance_streams.Tagged]
_combined = msgspec.json.Decoder(_Combined)


def decode(market: str, frames: Sequence[bytes], received_us: Int64s, repeats: Repeats) -> Decoded:
    """Rows, refusals and counts of `frames` of one market's streams, combined
    (`{"stream":…,"data":…}`) or bare.

    A frame that holds many events (`!markPrice@arr`) is counted once for each.

    Args:
        market: `spot`, `futures` (USD-M), `coin_futures` or `options`.
        frames: the messages as received.
        received_us: when, µs since 1970, shape (len(frames),).
        repeats: not looked at: equal frames are one event.
    """
    out = Decoded(received_us, partial(Instrument, "binance", market))
    for kind, numbers, values in parted(frames, _layouts(market), out.reject, _by_type):
        _add(out, kind, numbers, values)
    return out


def decode_answers(stream: Stream, bodies: Sequence[bytes], received_us: Int64s) -> Decoded:
    """See `decoding.Decoder`."""
    if stream.market == OPTIONS and stream.route in options_rest.SHAPES:
        out = Decoded(received_us, partial(Instrument, "binance", OPTIONS))
        options_rest.add_answers(out, stream.route, bodies, stream.symbol)
        return out
    route = _SAME_SHAPE.get(stream.route, stream.route)
    if route in rest.ANSWERS:
        return rest.decode_rest(stream.market, route, bodies, received_us, symbol=stream.symbol)
    out = Decoded(received_us, partial(Instrument, "binance", stream.market))
    return without_rows(out, stream, bodies)


_SAME_SHAPE = {"historicalTrades": "trades", "openInterestHist": "openInterest"}


def _by_type(
    numbers: Sequence[int], events: list[Any]
) -> dict[type, tuple[Sequence[int], list[Any]]]:
    """Events of each type with the numbers of their frames."""
    kinds = list(map(type, events))
    if list in kinds:
        numbers = [
            n
            for n, e in zip(numbers, events, strict=True)
            for _ in (e if type(e) is list else (e,))
        ]
        events = [one for e in events for one in (e if type(e) is list else (e,))]
        kinds = list(map(type, events))
    if len(set(kinds)) == 1:
        return {kinds[0]: (numbers, events)}
    return {
        kind: (list(compress(numbers, chosen)), list(compress(events, chosen)))
        for kind in dict.fromkeys(kinds)
        for chosen in ([k is kind for k in kinds],)
    }


def _add(out: Decoded, kind: type, frames: Int64s, values: OfFrames | list[Any]) -> None:
    if kind in TOLD:
        out.count(binance_streams.NAMES[kind], len(values))
        TOLD[kind](out, OfEvents(values) if isinstance(values, list) else values, frames)
        return
    events = list(values) if isinstance(values, list) else []
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


@cache
def _layouts(market: str) -> Layouts:
    return Layouts(_reader(market), {} if market == OPTIONS else DECIMALS, partial(_layout, market))


def _layout(
    market: str, kind: type, frame: bytes
) -> tuple[str, Sequence[str], dict[str, int]] | None:
    """Where a frame has its fields, and whether all frames of its layout are of its kind: spot's
    tickers have no `e`, and a spot frame that could be one is recognised by its stream's name.
    """
    try:
        message = msgspec.json.decode(frame)
    except (
        msgspec.DecodeError,
        RecursionError,
        UnicodeDecodeError,
    ):  # in what the typed decoder passes over
        return None
    within = isinstance(message.get("stream"), str) and isinstance(message.get("data"), dict)
    if not within and ("stream" in message or "data" in message):
        return None
    prefix, data = ("data.", message["data"]) if within else ("", message)
    typed = "e" in data
    if typed == (kind is binance_streams.SpotBookTicker) or (
        typed and market == SPOT and data.keys() >= _TICKER
    ):
        return None
    return prefix, [prefix + "e"] if typed else [], {"stream": TEXT} if within else {}


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
