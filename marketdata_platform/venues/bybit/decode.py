"""Bybit's WebSocket frames and REST answers to rows.

Belongs here: recognising frames and accounting for each, which route's answers are read by what.
Does not: shapes (streams), columns (rows), answers (rest, instruments).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.bybit import rest, rows, streams
from marketdata_platform.venues.bybit.instruments import add_instrument_lists
from marketdata_platform.venues.kit.answer_rows import without_rows
from marketdata_platform.venues.kit.kinds import by_kind
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import Stream

Int64s = npt.NDArray[np.int64]


def decode(market: str, frames: Sequence[bytes], received_us: Int64s, repeats: Repeats) -> Decoded:
    """Frames of Bybit v5's public topics; `market` is `spot`, `linear` or `inverse`. `repeats` is
    not looked at: equal frames are one event.
    """
    out = Decoded(received_us, partial(Instrument, "bybit", market))
    for group in by_kind(frames, streams.FRAMES, out.reject):
        out.count(group.kind, len(group.events))
        if group.kind in rows.ROWS:
            rows.ROWS[group.kind](out, group.events, group.frames)
    return out


def decode_answers(stream: Stream, bodies: Sequence[bytes], received_us: Int64s) -> Decoded:
    """See `decoding.Decoder`."""
    out = Decoded(received_us, partial(Instrument, "bybit", stream.market))
    if stream.route == "instruments":
        add_instrument_lists(out, bodies)
    elif stream.route in rest.SHAPES:
        rest.add_answers(out, stream.route, bodies, stream.symbol)
    else:
        return without_rows(out, stream, bodies)
    return out
