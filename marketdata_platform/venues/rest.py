"""Every venue's REST answers to rows, by one signature.

Belongs here: which decoder a stream of answers leads to. Does not: what an answer means (one file a
venue), what to ask (questions), paths and weights (rest_routes), asking (feeds).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues import instrument_lists
from marketdata_platform.venues.binance import options_rest as binance_options_rest
from marketdata_platform.venues.binance import rest as binance_rest
from marketdata_platform.venues.binance.names import OPTIONS
from marketdata_platform.venues.bybit import rest as bybit_rest
from marketdata_platform.venues.deribit import rest as deribit_rest
from marketdata_platform.venues.deribit.names import market_of
from marketdata_platform.venues.kalshi import names as kalshi
from marketdata_platform.venues.kalshi import rest as kalshi_rest
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform.venues.rest_requests import Question, clock_question, polls, server_time_us
from marketdata_platform.venues.rest_routes import rest_request, weight_of

__all__ = [
    "Question",
    "clock_question",
    "decode_answers",
    "polls",
    "rest_request",
    "server_time_us",
    "weight_of",
]

Int64s = npt.NDArray[np.int64]
_LISTINGS = ("series", "events", "markets", "oneSeries", "event", "market")


def decode_answers(
    stream: Stream, bodies: Sequence[bytes], received_us: Sequence[int] | Int64s
) -> Decoded:
    """Rows, refusals and counts of the answers on one REST stream.

    Errors that a venue answers with are refused with what they say. An unknown route's answers are
    refused, too: they stay in quarantine with their bodies, nothing is raised.
    """
    received = np.asarray(received_us, np.int64)
    if stream.route == "time":
        out = _new(stream, received)
        out.count("time", len(bodies))
        return out
    decode = _DECODERS.get(stream.venue)
    decoded = decode(stream, bodies, received) if decode is not None else None
    if decoded is not None:
        return decoded
    unknown = _new(stream, received)
    for number in range(len(bodies)):
        unknown.reject(number, f"no decoder is known for answers of {str(stream)[:120]!a}")
    return unknown


def _new(stream: Stream, received: Int64s) -> Decoded:
    if stream.venue == "deribit":
        return Decoded(received, lambda symbol: Instrument("deribit", market_of(symbol), symbol))
    return Decoded(received, lambda symbol: Instrument(stream.venue, stream.market, symbol))


def _binance(stream: Stream, bodies: Sequence[bytes], received: Int64s) -> Decoded | None:
    if stream.market == OPTIONS and stream.route in binance_options_rest.SHAPES:
        out = _new(stream, received)
        binance_options_rest.add_answers(out, stream.route, bodies, stream.symbol)
        return out
    route = {"historicalTrades": "trades", "openInterestHist": "openInterest"}.get(
        stream.route, stream.route
    )
    if route not in binance_rest.ANSWERS:
        return None
    return binance_rest.decode_rest(stream.market, route, bodies, received, symbol=stream.symbol)


def _deribit(stream: Stream, bodies: Sequence[bytes], received: Int64s) -> Decoded | None:
    if stream.route in ("instruments", "instrument"):
        return instrument_lists.deribit_instruments(bodies, received)
    if stream.route not in deribit_rest.RESULTS:
        return None
    out = _new(stream, received)
    deribit_rest.add_answers(out, stream.route, bodies)
    return out


def _bybit(stream: Stream, bodies: Sequence[bytes], received: Int64s) -> Decoded | None:
    if stream.route == "instruments":
        return instrument_lists.bybit_instruments(stream.market, bodies, received)
    if stream.route not in bybit_rest.SHAPES:
        return None
    out = _new(stream, received)
    bybit_rest.add_answers(out, stream.route, bodies, stream.symbol)
    return out


def _kalshi(stream: Stream, bodies: Sequence[bytes], received: Int64s) -> Decoded | None:
    if stream.route in _LISTINGS:
        return kalshi.decode_rest(bodies, received)
    if stream.route not in kalshi_rest.SHAPES:
        return None
    out = _new(stream, received)
    kalshi_rest.add_answers(out, stream.route, bodies, stream.symbol)
    return out


_DECODERS: dict[str, Callable[[Stream, Sequence[bytes], Int64s], Decoded | None]] = {
    "binance": _binance,
    "deribit": _deribit,
    "bybit": _bybit,
    "kalshi": _kalshi,
}
