"""Kalshi's WebSocket frames and REST answers to rows.

Belongs here: recognising frames and accounting for each, which route's answers are read by what.
Does not: shapes (streams), columns (rows), answers (rest, names).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.kalshi import names, rest, rows, streams
from marketdata_platform.venues.kit.answer_rows import without_rows
from marketdata_platform.venues.kit.kinds import by_kind
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import Stream

Int64s = npt.NDArray[np.int64]
_LISTS = ("series", "events", "markets", "oneSeries", "event", "market")


def decode(market: str, frames: Sequence[bytes], received_us: Int64s, repeats: Repeats) -> Decoded:
    """Frames of Kalshi's channels. `repeats` is what the connection's frames before these left:
    without it, two equal changes of one microsecond that a cut of the stream parts would become
    one.
    """
    out = Decoded(received_us, partial(Instrument, "kalshi", market))
    for group in by_kind(frames, streams.FRAMES, out.reject):
        if group.kind is streams.Unknown:
            for event in group.events:
                out.count(f"unknown {event.kind}")
        else:
            out.count(streams.NAMES[group.kind], len(group.events))
            rows.ROWS[group.kind](out, group.events, group.frames, repeats)
    return out


def decode_answers(stream: Stream, bodies: Sequence[bytes], received_us: Int64s) -> Decoded:
    """See `decoding.Decoder`."""
    if stream.route in _LISTS:
        return names.decode_rest(bodies, received_us)
    out = Decoded(received_us, partial(Instrument, "kalshi", stream.market))
    if stream.route in rest.SHAPES:
        rest.add_answers(out, stream.route, bodies, stream.symbol)
        return out
    return without_rows(out, stream, bodies)
