"""Kalshi: what is asked over REST: polls, the clock, past trades.

Belongs here: which requests give a dataset, which page comes next. Does not: routes (routes), what
answers mean as rows (rest), sending (feeds). Light: a gatherer loads this.
"""

from __future__ import annotations

from datetime import timedelta

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.kalshi.routes import ROUTES
from marketdata_platform.venues.kit.rest_answers import no_book_id, read_json, value_at
from marketdata_platform.venues.rest_rules import (
    Errors,
    Pages,
    Rest,
    RestRequest,
    ServerTime,
    Wanted,
    WantedTime,
)

_SKEW = timedelta(seconds=5)  # a hole is known by the recorder's clock, which is not the venue's


def polls(one: Instrument, dataset: str) -> tuple[RestRequest, ...]:
    """See `Rest.polls`: the market, its event and its series, by the ticker's own parts
    (series-event-market). Books come whole when they are subscribed to.
    """
    if dataset != "instruments":
        return ()
    asked = [("market", one.symbol)]
    if "-" in one.symbol:
        asked += [
            ("event", one.symbol.rpartition("-")[0]),
            ("oneSeries", one.symbol.partition("-")[0]),
        ]
    return tuple(ROUTES.request(name, symbol) for name, symbol in asked)


def no_time(body: bytes) -> None:
    """See `ServerTime.read`: no route answers the time, but any answer has a `Date`."""
    return


def pages(one: Instrument, wanted: Wanted) -> Pages:
    """See `Rest.pages`: by whole seconds, which is how the route counts."""
    if not isinstance(wanted, WantedTime):
        raise ConfigurationError(
            f"{one.venue} does not number its trades: they are asked for by time"
        )
    return _by_time(one, wanted)


def _by_time(one: Instrument, wanted: WantedTime) -> Pages:
    """A page names the next one."""
    asked: dict[str, str | int] = {
        "limit": ROUTES.named("trades").most,
        "min_ts": int((wanted.start - _SKEW).timestamp()),
        "max_ts": int((wanted.end + _SKEW).timestamp()) + 1,
    }
    cursor = ""
    while True:
        more: dict[str, str | int] = {"cursor": cursor} if cursor else {}
        answer = yield ROUTES.request("trades", one.symbol, {**asked, **more})
        before, cursor = cursor, _cursor(answer.body)
        if not cursor or cursor == before:
            return


def _cursor(body: bytes) -> str:
    """The name of the next page; empty on the last one."""
    found = value_at(read_json(body), ("cursor",))
    return found if isinstance(found, str) else ""


REST = Rest(
    routes={ROUTES.market: ROUTES},
    polls=polls,
    book_id=no_book_id,
    server_time=ServerTime(route="series", parameters={"limit": 1}, read=no_time),
    pages=pages,
    errors=Errors(
        entries=("trades",),
        code=("error", "code"),
        final=frozenset({"not_found", "bad_request", "invalid_parameters"}),
        key_needed=frozenset(),
    ),
)
