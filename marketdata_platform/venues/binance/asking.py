"""Binance: what is asked over REST: polls, the clock, past trades.

Belongs here: which requests give a dataset, which page comes next. Does not: routes (routes), what
answers mean as rows (rest), sending (feeds). Light: a gatherer loads this.
"""

from __future__ import annotations

import msgspec

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.binance.names import OPTIONS, SPOT
from marketdata_platform.venues.binance.routes import ROUTES
from marketdata_platform.venues.kit.rest_answers import (
    entries_at,
    read_json,
    us_of_ms,
    value_at,
    whole_numbers,
)
from marketdata_platform.venues.rest_rules import (
    Errors,
    KeyNeeded,
    Pages,
    Rest,
    RestRequest,
    ServerTime,
    Wanted,
    WantedIds,
)


class _Book(msgspec.Struct):
    lastUpdateId: int


_book = msgspec.json.Decoder(_Book)


def polls(one: Instrument, dataset: str) -> tuple[RestRequest, ...]:
    """See `Rest.polls`."""
    routes = ROUTES[one.market]
    if dataset == "book_snapshots":
        limit = 5_000 if one.market == SPOT else 1_000
        return (routes.request("depth", one.symbol, {"limit": limit}),)
    if dataset == "instruments":
        return (routes.request("exchangeInfo", one.symbol),)
    return _interest(one) if dataset == "open_interest" else ()


def _interest(one: Instrument) -> tuple[RestRequest, ...]:
    routes = ROUTES[one.market]
    if one.market == SPOT:
        return ()
    if one.market == OPTIONS:
        underlying, expiration = ([*one.symbol.split("-"), ""])[:2]
        of = {"underlyingAsset": underlying, "expiration": expiration}
        return (routes.request("openInterest", one.symbol, of),)
    now = routes.request("openInterest", one.symbol)
    if "openInterestHist" not in routes.by_name:
        return (now,)
    return now, routes.request("openInterestHist", one.symbol, {"limit": 2})  # this has the value


def book_id(body: bytes) -> int | None:
    """See `Rest.book_id`."""
    try:
        return _book.decode(body).lastUpdateId
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def server_time_us(body: bytes) -> int | None:
    """See `ServerTime.read`."""
    return us_of_ms(value_at(read_json(body), ("serverTime",)))


def pages(one: Instrument, wanted: Wanted) -> Pages:
    """See `Rest.pages`: from id to id, each page beginning behind the page before."""
    if not isinstance(wanted, WantedIds):
        raise ConfigurationError(f"{one.venue} answers no trades by time")
    if one.market not in ROUTES:
        known = ", ".join(ROUTES)
        raise ConfigurationError(f"{one.venue} has no REST market {one.market!a}; only {known}")
    return _by_id(one, wanted)


def _by_id(one: Instrument, wanted: WantedIds) -> Pages:
    name, field = ("aggTrades", "a") if wanted.aggregate else ("historicalTrades", "id")
    routes, first = ROUTES[one.market], wanted.first
    most = routes.named(name).most
    while True:
        limit = min(most, wanted.last - first + 1)
        try:
            answer = yield routes.request(name, one.symbol, {"fromId": first, "limit": limit})
        except KeyNeeded as error:
            yield from _newest(one, first, str(error))
            return
        ids = [i for i in whole_numbers(entries_at(answer.body, ()), field) if i >= first]
        if not ids or max(ids) >= wanted.last:
            return
        first = max(ids) + 1


def _newest(one: Instrument, first: int, refusal: str) -> Pages:
    """The newest trades, which need no key; futures want one for older ones."""
    routes = ROUTES[one.market]
    most = routes.named("trades").most
    answer = yield routes.request("trades", one.symbol, {"limit": most})
    ids = whole_numbers(entries_at(answer.body, ()), "id")
    if not ids or min(ids) > first:
        raise ConfigurationError(
            f"{one.venue}:{one.market} gives trades before the newest {most} only with a key: "
            f"{refusal}"
        )


REST = Rest(
    routes=ROUTES,
    polls=polls,
    book_id=book_id,
    server_time=ServerTime(route="time", parameters={}, read=server_time_us),
    pages=pages,
    errors=Errors(
        entries=(),
        code=("code",),
        final=frozenset({-1100, -1121, -1128}),
        key_needed=frozenset({-2014, -2015}),
    ),
)
