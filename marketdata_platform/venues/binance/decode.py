"""Binance's WebSocket frames and REST answers to rows, a batch at a time.

Belongs here: recognising frames and accounting for each, which route's answers are read by what.
Does not: shapes (streams, options), columns (rows), answers (rest, options_rest).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.binance import options as binance_options
from marketdata_platform.venues.binance import options_rest, rest, rows
from marketdata_platform.venues.binance import streams as binance_streams
from marketdata_platform.venues.binance.forms import frames_of
from marketdata_platform.venues.binance.names import OPTIONS
from marketdata_platform.venues.kit.answer_rows import without_rows
from marketdata_platform.venues.kit.kinds import by_kind
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import Stream

Int64s = npt.NDArray[np.int64]
_NAMES = binance_streams.NAMES | binance_options.NAMES
_ROWS = rows.ROWS | binance_options.ROWS


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
    for group in by_kind(frames, frames_of(market), out.reject):
        _add(out, group.kind, group.events, group.frames)
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


def _add(out: Decoded, kind: type, events: list[Any], frames: Int64s) -> None:
    if kind is binance_streams.Unknown:
        for event in events:
            out.count(f"unknown {event.kind}")
        return
    out.count(_NAMES[kind], len(events))
    if kind in _ROWS:
        _ROWS[kind](out, events, frames)
