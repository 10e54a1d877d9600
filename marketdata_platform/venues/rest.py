"""Every venue's REST answers to rows, by one signature; what a poll of a dataset asks.

Belongs here: which decoder a stream of answers leads to, which questions give a dataset. Does not: what an answer means
(one file a venue), paths and weights (rest_routes), asking (feeds).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues import (
    binance_options_rest,
    binance_rest,
    bybit_rest,
    deribit_rest,
    kalshi,
    kalshi_rest,
    listings,
)
from marketdata_platform.venues.binance import OPTIONS
from marketdata_platform.venues.deribit import market_of
from marketdata_platform.venues.rest_routes import ROUTES, rest_request, weight_of
from marketdata_platform.venues.rows import Decoded
from marketdata_platform.venues.streams import Stream

__all__ = ["Question", "clock_question", "decode_answers", "polls", "rest_request", "server_time_us", "weight_of"]

Int64s = npt.NDArray[np.int64]
_LISTINGS = ("series", "events", "markets", "oneSeries", "event", "market")


def decode_answers(stream: Stream, bodies: Sequence[bytes], received_us: Sequence[int] | Int64s) -> Decoded:
    """Rows, refusals and counts of the answers on one REST stream.

    Errors that a venue answers with are refused with what they say. An unknown route's answers are refused, too: they
    stay in quarantine with their bodies, nothing is raised.
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
    route = {"historicalTrades": "trades", "openInterestHist": "openInterest"}.get(stream.route, stream.route)
    if route not in binance_rest.ANSWERS:
        return None
    return binance_rest.decode_rest(stream.market, route, bodies, received, symbol=stream.symbol)


def _deribit(stream: Stream, bodies: Sequence[bytes], received: Int64s) -> Decoded | None:
    if stream.route in ("instruments", "instrument"):
        return listings.deribit_instruments(bodies, received)
    if stream.route not in deribit_rest.RESULTS:
        return None
    out = _new(stream, received)
    deribit_rest.add_answers(out, stream.route, bodies)
    return out


def _bybit(stream: Stream, bodies: Sequence[bytes], received: Int64s) -> Decoded | None:
    if stream.route == "instruments":
        return listings.bybit_instruments(stream.market, bodies, received)
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


@dataclass(frozen=True, slots=True)
class Question:
    """One REST question: `request` goes behind the endpoint's address, the answer into `stream`."""

    venue: str
    market: str
    route: str
    symbol: str = ""
    parameters: dict[str, str | int] = field(default_factory=dict)

    @property
    def request(self) -> str:
        """Path and query."""
        return rest_request(self.venue, self.market, self.route, self.symbol, **self.parameters)

    @property
    def stream(self) -> Stream:
        """Where the answer is journaled."""
        return Stream.answer(self.venue, self.market, self.route, self.symbol)

    @property
    def weight(self) -> int:
        """What it takes of the endpoint's allowance."""
        return weight_of(self.venue, self.market, self.route, **self.parameters)


def polls(instrument: Instrument, dataset: str) -> tuple[Question, ...]:
    """What to ask for a dataset that comes by REST; nothing where a channel gives it, or the venue has no such route.

    `book_snapshots` is asked once a book must begin anew; Deribit, Bybit and Kalshi send theirs when subscribed.
    """
    build = _POLLS.get((instrument.venue, dataset))
    return build(instrument) if build is not None else ()


def _binance_book(one: Instrument) -> tuple[Question, ...]:
    limit = 5_000 if one.market == "spot" else 1_000
    return (Question(one.venue, one.market, "depth", one.symbol, {"limit": limit}),)


def _binance_interest(one: Instrument) -> tuple[Question, ...]:
    if one.market == "spot":
        return ()
    if one.market == OPTIONS:
        underlying, expiration = ([*one.symbol.split("-"), ""])[:2]
        told: dict[str, str | int] = {"underlyingAsset": underlying, "expiration": expiration}
        return (Question(one.venue, one.market, "openInterest", one.symbol, told),)
    now = Question(one.venue, one.market, "openInterest", one.symbol)
    if "openInterestHist" not in ROUTES[one.venue, one.market]:
        return (now,)
    return now, Question(one.venue, one.market, "openInterestHist", one.symbol, {"limit": 2})  # this one has the value


def _kalshi_listing(one: Instrument) -> tuple[Question, ...]:
    """The market, its event and its series, by the ticker's own parts: series-event-market."""
    asked = [("market", one.symbol)]
    if "-" in one.symbol:
        asked += [("event", one.symbol.rpartition("-")[0]), ("oneSeries", one.symbol.partition("-")[0])]
    return tuple(Question("kalshi", "event", route, symbol) for route, symbol in asked)


_POLLS: dict[tuple[str, str], Callable[[Instrument], tuple[Question, ...]]] = {
    ("binance", "book_snapshots"): _binance_book,
    ("binance", "open_interest"): _binance_interest,
    ("binance", "instruments"): lambda one: (Question(one.venue, one.market, "exchangeInfo", one.symbol),),
    ("deribit", "instruments"): lambda one: (Question("deribit", "any", "instrument", one.symbol),),
    ("bybit", "instruments"): lambda one: (Question("bybit", one.market, "instruments", one.symbol),),
    ("kalshi", "instruments"): _kalshi_listing,
}


def clock_question(venue: str, market: str) -> Question | None:
    """What to ask for the venue's time; None where no route tells it (Kalshi: an answer's `Date`)."""
    routes = ROUTES.get((venue, market)) or ROUTES.get((venue, "any"), {})
    if "time" not in routes:
        return None
    return Question(venue, market if (venue, market) in ROUTES else "any", "time")


def server_time_us(venue: str, body: bytes) -> int | None:
    """The venue's time in an answer of its `time` route, µs since 1970; None where there is none."""
    try:
        answer: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if not isinstance(answer, dict):
        return None
    if venue == "bybit" and isinstance(answer.get("result"), dict):
        text = str(answer["result"].get("timeNano", ""))
        return int(text) // 1_000 if text.isascii() and text.isdecimal() and len(text) < 20 else None
    told = answer.get("serverTime" if venue == "binance" else "result")
    return told * 1_000 if isinstance(told, int) and not isinstance(told, bool) and 0 < told < 10**15 else None
