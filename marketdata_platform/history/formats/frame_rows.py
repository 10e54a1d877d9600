"""Frames of a capture that are no trades to rows of the other datasets, by the decoders that
landing uses.

Belongs here: which frames are of the instrument, where each row came from. Does not: lines (frames,
kalshi_frames).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues import Venue, venue_of
from marketdata_platform.venues.binance.rest import decode_rest
from marketdata_platform.venues.decoding import decoder_of, routed, routing_key
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import WEBSOCKET, Stream
from marketdata_platform.workflows.files.import_files import OtherRows, Rejected

Int64s = npt.NDArray[np.int64]
PAYLOAD_LIMIT = 4096


def streamed_rows(
    instrument: Instrument, frames: Sequence[bytes], received_us: Int64s, lines: Int64s
) -> tuple[list[OtherRows], list[Rejected]]:
    """Rows of WebSocket frames of Binance."""
    if not frames:
        return [], []
    venue, market = _decoded_as(instrument)
    decoded = decoder_of(venue).decode(market, frames, received_us, Repeats())
    return rows_of(decoded, instrument, frames, lines)


def _decoded_as(instrument: Instrument) -> tuple[Venue, str]:
    """Under a market name of one's own only trades are stored: no other row is its own."""
    stream = Stream(instrument.venue, instrument.market, WEBSOCKET, "capture")
    known = instrument.market in venue_of(instrument).markets
    return routed(routing_key(stream) if known else instrument.venue.upper())


def whole_books(
    instrument: Instrument, answers: Sequence[bytes], received_us: Int64s, lines: Int64s
) -> tuple[list[OtherRows], list[Rejected]]:
    """Rows of the REST depth answers that recorders write among the frames."""
    if not answers:
        return [], []
    decoded = decode_rest(
        instrument.market, "depth", answers, received_us, symbol=instrument.symbol
    )
    return rows_of(decoded, instrument, answers, lines)


def rows_of(
    decoded: Decoded, instrument: Instrument, frames: Sequence[bytes], lines: Int64s
) -> tuple[list[OtherRows], list[Rejected]]:
    """What was decoded of the instrument, with the lines that it came from."""
    found = [
        OtherRows(rows.dataset.name, rows.table, lines[rows.frames].tolist())
        for rows in decoded.rows
        if rows.instrument == instrument
    ]
    rejected = [
        Rejected(
            int(lines[one.frame]),
            one.reason,
            frames[one.frame][:PAYLOAD_LIMIT].decode("utf-8", "replace"),
            None,
            one.dataset or "trades",
        )
        for one in decoded.rejected
    ]
    return found, rejected
