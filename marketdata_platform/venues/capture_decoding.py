"""The decoder for the frames and answers of a capture of one instrument.

Belongs here: the way from an instrument to its venue's decoder, until every venue names its own
(`Venue.decoder`). Does not: what a frame means.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.decoders import DECODERS, kalshi, route
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import WEBSOCKET, Stream
from marketdata_platform.venues.rest import decode_answers

Int64s = npt.NDArray[np.int64]


def decode_frames(
    instrument: Instrument, frames: Sequence[bytes], received_us: Int64s, repeats: Repeats
) -> Decoded:
    """Rows, refusals and counts of frames of the instrument's market.

    Raises:
        ConfigurationError: no decoder is known for the venue.
    """
    key = Stream(instrument.venue, instrument.market, WEBSOCKET, "capture").routing_key
    if key == "KALSHI":
        return kalshi(instrument.market, frames, received_us, repeats)
    decode, market = route(DECODERS, key)
    return decode(market, frames, received_us)


def decode_route(
    instrument: Instrument, route: str, bodies: Sequence[bytes], received_us: Int64s
) -> Decoded:
    """Rows, refusals and counts of a REST route's answers about the instrument."""
    stream = Stream.answer(instrument.venue, instrument.market, route, instrument.symbol)
    return decode_answers(stream, bodies, received_us)
