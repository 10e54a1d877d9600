"""What to ask a venue by REST for a dataset, and for its time.

Belongs here: which questions give a dataset. Does not: paths and weights (rest_routes), what
answers mean (rest), asking (feeds). A gatherer loads this: nothing here loads Polars or Numba.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.binance.names import OPTIONS
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform.venues.rest_routes import ROUTES, rest_request, weight_of


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
    """What to ask for a dataset that comes by REST; nothing where a channel gives it, or the venue
    has no such route.

    `book_snapshots` is asked once a book must begin anew; Deribit, Bybit and Kalshi send theirs
    when subscribed.
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
    return now, Question(
        one.venue, one.market, "openInterestHist", one.symbol, {"limit": 2}
    )  # this one has the value


def _kalshi_listing(one: Instrument) -> tuple[Question, ...]:
    """The market, its event and its series, by the ticker's own parts: series-event-market."""
    asked = [("market", one.symbol)]
    if "-" in one.symbol:
        asked += [
            ("event", one.symbol.rpartition("-")[0]),
            ("oneSeries", one.symbol.partition("-")[0]),
        ]
    return tuple(Question("kalshi", "event", route, symbol) for route, symbol in asked)


_POLLS: dict[tuple[str, str], Callable[[Instrument], tuple[Question, ...]]] = {
    ("binance", "book_snapshots"): _binance_book,
    ("binance", "open_interest"): _binance_interest,
    ("binance", "instruments"): lambda one: (
        Question(one.venue, one.market, "exchangeInfo", one.symbol),
    ),
    ("deribit", "instruments"): lambda one: (Question("deribit", "any", "instrument", one.symbol),),
    ("bybit", "instruments"): lambda one: (
        Question("bybit", one.market, "instruments", one.symbol),
    ),
    ("kalshi", "instruments"): _kalshi_listing,
}


def clock_question(venue: str, market: str) -> Question | None:
    """What to ask for the venue's time; None where no route tells it (Kalshi: an answer's
    `Date`).
    """
    routes = ROUTES.get((venue, market)) or ROUTES.get((venue, "any"), {})
    if "time" not in routes:
        return None
    return Question(venue, market if (venue, market) in ROUTES else "any", "time")


def server_time_us(venue: str, body: bytes) -> int | None:
    """The venue's time in an answer of its `time` route, µs since 1970; None where there is
    none.
    """
    try:
        answer: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if not isinstance(answer, dict):
        return None
    if venue == "bybit" and isinstance(answer.get("result"), dict):
        text = str(answer["result"].get("timeNano", ""))
        return (
            int(text) // 1_000 if text.isascii() and text.isdecimal() and len(text) < 20 else None
        )
    told = answer.get("serverTime" if venue == "binance" else "result")
    return (
        told * 1_000
        if isinstance(told, int) and not isinstance(told, bool) and 0 < told < 10**15
        else None
    )
