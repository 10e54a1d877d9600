"""What a venue answers over REST, as data, and the requests that are built from it.

Belongs here: routes, requests, what a venue must state of its REST. Does not: any venue's routes
(its folder), what answers mean as rows (each venue's decode), asking (feeds). A gatherer loads
this: nothing here loads Polars or Numba. Symbols are hostile input: they are quoted wherever they
stand.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from urllib.parse import quote, urlencode

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.kit.streams import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route. Nothing has a default: a weight that is guessed too low gets an address banned,
    and a wrong name of the parameter for the symbol answers about another instrument.

    Args:
        path: below the endpoint's REST address; `{}` stands for the symbol.
        weight: what one request takes of the endpoint's allowance.
        symbol: the parameter that names the symbol; empty: the route takes none, or has it in its
            path.
        fixed: parameters of every request.
        most: entries that one answer holds at most, the value of its `limit` or `count`; 0: no such
            bound.
        weights: (limit, weight) where the weight rises with the limit, lowest first; empty: it does
            not.
    """

    path: str
    weight: int
    symbol: str
    fixed: Mapping[str, str]
    most: int
    weights: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One request: `target` goes behind the endpoint's address, the answer into `stream`."""

    venue: str
    market: str
    name: str  # of the route
    route: Route
    symbol: str
    parameters: Mapping[str, str | int]

    @property
    def target(self) -> str:
        """Path and query."""
        asked: dict[str, str | int] = {**self.route.fixed}
        if self.symbol and self.route.symbol:
            asked[self.route.symbol] = self.symbol
        asked.update(self.parameters)
        query = urlencode(asked, quote_via=quote, safe="")
        path = self.route.path.replace("{}", quote(self.symbol, safe=""))
        return f"{path}?{query}" if query else path

    @property
    def stream(self) -> Stream:
        """Where the answer is journaled."""
        return Stream.answer(self.venue, self.market, self.name, self.symbol)

    @property
    def weight(self) -> int:
        """What it takes of the endpoint's allowance; with the `limit` that it asks for."""
        limit = self.parameters.get("limit", 0)
        weights = self.route.weights
        if not weights or not isinstance(limit, int):
            return self.route.weight
        return next((weight for most, weight in weights if limit <= most), weights[-1][1])


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes of one market, by name."""

    venue: str
    market: str
    by_name: Mapping[str, Route]

    def named(self, name: str) -> Route:
        """The route of this name.

        Raises:
            ConfigurationError: there is none; the message lists those there are.
        """
        if name not in self.by_name:
            raise ConfigurationError(
                f"{self.venue}:{self.market} has no REST route {name[:40]!a}; it has "
                f"{', '.join(self.by_name)}"
            )
        return self.by_name[name]

    def request(
        self, name: str, symbol: str = "", parameters: Mapping[str, str | int] | None = None
    ) -> RestRequest:
        """A request of the route `name`.

        Raises:
            ConfigurationError: as `named`.
        """
        route = self.named(name)
        return RestRequest(self.venue, self.market, name, route, symbol, parameters or {})


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """An answer that is no error."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class WantedIds:
    """Trades `first..last`, both included, by the number that the venue counts without holes."""

    first: int
    last: int
    aggregate: bool  # aggregate trades, by their own numbers


@dataclass(frozen=True, slots=True)
class WantedTime:
    """Trades from `start` to before `end`."""

    start: datetime
    end: datetime


Wanted: TypeAlias = WantedIds | WantedTime
Pages: TypeAlias = Generator[RestRequest, RestAnswer, None]
"""Requests, one after the other: each answer is sent in. A refusal for want of a key is thrown in
as `KeyNeeded`; any other error of the venue ends the generator from outside.
"""


class KeyNeeded(Exception):
    """The venue gives this only to holders of a key; the message is what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """How an answer about the past says that it is an error.

    Args:
        entries: the fields that lead to the list of entries; empty: the answer is the list.
        code: the fields that lead to the code of an error; 0 and none are no error.
        final: codes with which asking again will not help, such as "there is no such symbol". All
            other errors may pass: limits, maintenance, a region that is shut out. One of those here
            by mistake would give a gap up for good.
        key_needed: codes that say that the route needs a key.
    """

    entries: tuple[str, ...]
    code: tuple[str, ...]
    final: frozenset[int | str]
    key_needed: frozenset[int | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTime:
    """How the venue's clock is read.

    Args:
        route: what is asked, of any market's routes.
        parameters: of that request.
        read: the venue's time in an answer's body, µs since 1970; None where it has none: then the
            answer's `Date` header gives it to the second.
    """

    route: str
    parameters: Mapping[str, str | int]
    read: Callable[[bytes], int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a venue answers over REST. Nothing has a default.

    Args:
        routes: by market; `ANY_MARKET` alone where one set serves all markets.
        polls: what to ask for a dataset that comes by REST; nothing where a channel gives it, or
            the venue has no such route. `book_snapshots` is asked when a book must begin anew.
        book_id: the update id up to which a polled whole book holds all changes; None where its
            answer has none.
        server_time: how its clock is read.
        pages: requests for past trades. Raises ConfigurationError, at once or later, where the
            venue does not answer them.
        errors: how an answer about the past says that it is an error.
    """

    routes: Mapping[str, Routes]
    polls: Callable[[Instrument, str], tuple[RestRequest, ...]]
    book_id: Callable[[bytes], int | None]
    server_time: ServerTime
    pages: Callable[[Instrument, Wanted], Pages]
    errors: Errors
