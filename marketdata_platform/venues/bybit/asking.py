"""Bybit: what is asked over REST: polls, the clock, past trades.

Belongs here: which requests give a dataset, which page comes next. Does not: routes (routes), what
answers mean as rows (rest), sending (feeds). Light: a gatherer loads this.
"""

from __future__ import annotations

from datetime import datetime

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.bybit.routes import ROUTES
from marketdata_platform.venues.kit.rest_answers import (
    entries_at,
    no_book_id,
    read_json,
    value_at,
    whole_numbers,
)
from marketdata_platform.venues.rest_rules import (
    Errors,
    Pages,
    Rest,
    RestRequest,
    ServerTime,
    Wanted,
    WantedTime,
)

_ENTRIES = ("result", "list")


def polls(one: Instrument, dataset: str) -> tuple[RestRequest, ...]:
    """See `Rest.polls`. Books come whole when they are subscribed to."""
    if dataset != "instruments":
        return ()
    return (ROUTES[one.market].request("instruments", one.symbol),)


def server_time_us(body: bytes) -> int | None:
    """See `ServerTime.read`: `timeNano` is text."""
    text = str(value_at(read_json(body), ("result", "timeNano")) or "")
    return int(text) // 1_000 if text.isascii() and text.isdecimal() and len(text) < 20 else None


def pages(one: Instrument, wanted: Wanted) -> Pages:
    """See `Rest.pages`: the newest trades, in one answer."""
    if not isinstance(wanted, WantedTime):
        raise ConfigurationError(
            f"{one.venue} does not number its trades: they are asked for by time"
        )
    if one.market not in ROUTES:
        known = ", ".join(ROUTES)
        raise ConfigurationError(f"{one.venue} has no REST market {one.market!a}; only {known}")
    return _newest(one, wanted.start)


def _newest(one: Instrument, start: datetime) -> Pages:
    routes = ROUTES[one.market]
    most = routes.named("trades").most
    answer = yield routes.request("trades", one.symbol, {"limit": most})
    oldest = min(whole_numbers(entries_at(answer.body, _ENTRIES), "time"), default=None)
    if oldest is None or oldest > start.timestamp() * 1_000:
        raise ConfigurationError(
            f"{one.venue} tells the newest {most} trades only, and these begin after the hole"
        )


REST = Rest(
    routes=ROUTES,
    polls=polls,
    book_id=no_book_id,
    server_time=ServerTime(route="time", parameters={}, read=server_time_us),
    pages=pages,
    errors=Errors(
        entries=_ENTRIES, code=("retCode",), final=frozenset({10001}), key_needed=frozenset()
    ),
)
