"""Coinbase Exchange: what is asked over REST: polls, the clock, past trades.

Belongs here: which requests give a dataset, which page comes next. Does not: routes (routes), what
answers mean as rows (rest), sending (feeds). Light: a gatherer loads this.
"""

from __future__ import annotations

import msgspec

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import to_us
from marketdata_platform.venues.coinbase.moments import Time
from marketdata_platform.venues.coinbase.routes import ROUTES
from marketdata_platform.venues.kit.rest_answers import entries_at, no_book_id, whole_numbers
from marketdata_platform.venues.rest_rules import (
    Errors,
    Pages,
    Rest,
    RestRequest,
    ServerTime,
    Wanted,
    WantedIds,
)


class _Clock(msgspec.Struct):
    iso: Time


_clock = msgspec.json.Decoder(_Clock)


def polls(one: Instrument, dataset: str) -> tuple[RestRequest, ...]:
    """See `Rest.polls`. Books come whole when they are subscribed to."""
    return (ROUTES.request("product", one.symbol),) if dataset == "instruments" else ()


def server_time_us(body: bytes) -> int | None:
    """See `ServerTime.read`: `iso`; `epoch` is a float."""
    try:
        return to_us(_clock.decode(body).iso)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def pages(one: Instrument, wanted: Wanted) -> Pages:
    """See `Rest.pages`: by id, from the newest that is wanted back to the oldest."""
    if not isinstance(wanted, WantedIds):
        raise ConfigurationError(f"{one.venue} tells no trades by time")
    return _backwards(one, wanted)


def _backwards(one: Instrument, wanted: WantedIds) -> Pages:
    """A page has the trades before `after`, which is an id, the newest first."""
    after, most = wanted.last + 1, ROUTES.named("trades").most
    while True:
        limit = min(after - wanted.first, most)
        answer = yield ROUTES.request("trades", one.symbol, {"after": after, "limit": limit})
        oldest = min(whole_numbers(entries_at(answer.body, ()), "trade_id"), default=after)
        if oldest <= wanted.first or oldest >= after:
            return
        after = oldest


REST = Rest(
    routes={ROUTES.market: ROUTES},
    polls=polls,
    book_id=no_book_id,
    server_time=ServerTime(route="time", parameters={}, read=server_time_us),
    pages=pages,
    errors=Errors(
        entries=(),
        code=("message",),
        final=frozenset({"NotFound"}),
        key_needed=frozenset(),
    ),
)
