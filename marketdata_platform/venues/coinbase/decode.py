"""Coinbase Exchange's WebSocket frames and REST answers to rows.

Belongs here: telling frames apart and accounting for each, which route's answers are read by what.
Does not: shapes (streams), columns (rows), answers (rest, instruments).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.coinbase import rest, rows, streams
from marketdata_platform.venues.coinbase.instruments import add_products
from marketdata_platform.venues.kit.answer_rows import without_rows
from marketdata_platform.venues.kit.kinds import by_kind
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import Stream

Int64s = npt.NDArray[np.int64]


def decode(market: str, frames: Sequence[bytes], received_us: Int64s, repeats: Repeats) -> Decoded:
    """Frames of the channels. `repeats` is what the connection's frames before these left: without
    it, changes of one moment that a cut of the stream parts would be in no order.
    """
    out = Decoded(received_us, partial(Instrument, "coinbase", market))
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
    out = Decoded(received_us, partial(Instrument, "coinbase", stream.market))
    if stream.route in ("product", "products"):
        add_products(out, bodies)
    elif stream.route == "trades":
        rest.add_answers(out, bodies, stream.symbol)
    else:
        return without_rows(out, stream, bodies)
    return out
