"""The decoder for the frames and answers of a capture of one instrument.

Belongs here: the way from an instrument to its venue's decoder. Does not: what a frame means.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.decoding import decode_answers, decoder_of, routed, routing_key
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import WEBSOCKET, Stream

Int64s = npt.NDArray[np.int64]


def decode_frames(
    instrument: Instrument, frames: Sequence[bytes], received_us: Int64s, repeats: Repeats
) -> Decoded:
    """Rows, refusals and counts of frames of the instrument's market.

    Raises:
        ConfigurationError: nothing is known of the venue, or of its market.
    """
    stream = Stream(instrument.venue, instrument.market, WEBSOCKET, "capture")
    venue, market = routed(routing_key(stream))
    return decoder_of(venue).decode(market, frames, received_us, repeats)


def decode_route(
    instrument: Instrument, route: str, bodies: Sequence[bytes], received_us: Int64s
) -> Decoded:
    """Rows, refusals and counts of a REST route's answers about the instrument.

    Raises:
        ConfigurationError: nothing is known of the venue.
    """
    stream = Stream.answer(instrument.venue, instrument.market, route, instrument.symbol)
    return decode_answers(stream, bodies, received_us)
