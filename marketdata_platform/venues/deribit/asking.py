"""Deribit: what is asked over REST: polls, the clock, past trades.

Belongs here: which requests give a dataset, which page comes next. Does not: routes (routes), what
answers mean as rows (rest), sending (feeds). Light: a gatherer loads this.
"""

from __future__ import annotations

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.deribit.routes import ROUTES
from marketdata_platform.venues.kit.rest_answers import (
    entries_at,
    no_book_id,
    read_json,
    us_of_ms,
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
    WantedIds,
)

_ENTRIES = ("result", "trades")


def polls(one: Instrument, dataset: str) -> tuple[RestRequest, ...]:
    """See `Rest.polls`. Books come whole when they are subscribed to."""
    return (ROUTES.request("instrument", one.symbol),) if dataset == "instruments" else ()


def server_time_us(body: bytes) -> int | None:
    """See `ServerTime.read`."""
    return us_of_ms(value_at(read_json(body), ("result",)))


def pages(one: Instrument, wanted: Wanted) -> Pages:
    """See `Rest.pages`: by `trade_seq`, each page beginning behind the page before."""
    if not isinstance(wanted, WantedIds):
        raise ConfigurationError(f"{one.venue} answers no trades by time")
    return _by_number(one, wanted)


def _by_number(one: Instrument, wanted: WantedIds) -> Pages:
    first, most = wanted.first, ROUTES.named("trades").most
    while True:
        span: dict[str, str | int] = {"start_seq": first, "end_seq": wanted.last}
        request = ROUTES.request("trades", one.symbol, {**span, "count": most, "sorting": "asc"})
        answer = yield request
        found = entries_at(answer.body, _ENTRIES)
        numbers = [i for i in whole_numbers(found, "trade_seq") if i >= first]
        if not numbers or max(numbers) >= wanted.last:
            return
        first = max(numbers) + 1


REST = Rest(
    routes={ROUTES.market: ROUTES},
    polls=polls,
    book_id=no_book_id,
    server_time=ServerTime(route="time", parameters={}, read=server_time_us),
    pages=pages,
    errors=Errors(
        entries=_ENTRIES,
        code=("error", "code"),
        final=frozenset({-32602, 11050, 13020}),
        key_needed=frozenset(),
    ),
)
