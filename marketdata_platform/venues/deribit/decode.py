"""Deribit's WebSocket frames and REST answers to rows.

Belongs here: recognising frames and accounting for each, which route's answers are read by what.
Does not: shapes (streams), columns (rows), answers (rest, instruments).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.deribit import rest, rows, streams
from marketdata_platform.venues.deribit.instruments import add_instrument_lists
from marketdata_platform.venues.deribit.names import market_of
from marketdata_platform.venues.kit.answer_rows import without_rows
from marketdata_platform.venues.kit.kinds import by_kind
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import Stream

Int64s = npt.NDArray[np.int64]


def decode(market: str, frames: Sequence[bytes], received_us: Int64s, repeats: Repeats) -> Decoded:
    """Frames of Deribit's channels. One connection carries all markets, so `market` is not looked
    at; nor is `repeats`: equal frames are one event.
    """
    out = Decoded(received_us, _instrument)
    for group in by_kind(frames, streams.FRAMES, out.reject):
        if group.kind is streams.Unknown:
            for event in group.events:
                out.count(f"unknown {event.kind}")
        else:
            out.count(streams.NAMES[group.kind], len(group.events))
            rows.ROWS[group.kind](out, group.events, group.frames)
    return out


def decode_answers(stream: Stream, bodies: Sequence[bytes], received_us: Int64s) -> Decoded:
    """See `decoding.Decoder`."""
    out = Decoded(received_us, _instrument)
    if stream.route in ("instruments", "instrument"):
        add_instrument_lists(out, bodies)
    elif stream.route in rest.RESULTS:
        rest.add_answers(out, stream.route, bodies)
    else:
        return without_rows(out, stream, bodies)
    return out


def _instrument(symbol: str) -> Instrument:
    return Instrument("deribit", market_of(symbol), symbol)
