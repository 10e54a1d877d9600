"""What venues still tell of the past: trades by id or by time, a page at a time.

Belongs here: which route, which page next, when a history ends. Does not: waiting for limits,
retries (rest.py), what answers mean (told, venues), which trades are missing (workflows.repair).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Protocol

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.asking.history_errors import KeyNeeded, cursor, entries, numbers
from marketdata_platform.venues.continuity import numbered_trades
from marketdata_platform.venues.endpoints import endpoint_of
from marketdata_platform.venues.rest_requests import Question
from marketdata_platform.venues.rest_routes import route_of
from marketdata_platform.workflows.ports import Answer

_PAGES = 10_000  # of one gap: a venue that never comes to an end must not hold a repair for ever
_SKEW = timedelta(seconds=5)  # a hole is known by the recorder's clock, which is not the venue's


class Reply(Protocol):
    """An answer as it came over HTTP."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def body(self) -> bytes:
        """Body, decompressed."""
        ...

    @property
    def recv_ns(self) -> int:
        """Receipt by the wall clock."""
        ...

    @property
    def mono_ns(self) -> int:
        """Receipt by the monotonic clock."""
        ...


class Client(Protocol):
    """Who asks a venue's market. It keeps to the limits, and raises `VenueUnavailable` when they
    are used up.
    """

    async def get(self, request: str, *, weight: int = 1) -> Reply:
        """Ask for path and query."""
        ...

    async def close(self) -> None:
        """Give the connection back."""
        ...


@dataclass(frozen=True, slots=True)
class _Page:
    """An answer and the entries in it."""

    answer: Answer
    entries: list[dict[str, Any]]


class RestHistory:
    """`ports.History` over REST, for code without an event loop. A context manager; one thread at a
    time.
    """

    def __init__(self, client_of: Callable[[str, str], Client]) -> None:
        """`client_of` makes a client for an endpoint's venue and market."""
        self._client_of = client_of
        self._clients: dict[tuple[str, str], Client] = {}
        self._runner = asyncio.Runner()

    def __enter__(self) -> RestHistory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            for client in self._clients.values():
                self._runner.run(client.close())
        finally:
            self._clients.clear()
            self._runner.close()

    def trades(
        self, instrument: Instrument, first_id: int, last_id: int, *, aggregate: bool = False
    ) -> Iterator[Answer]:
        """See `ports.History.trades`."""
        if not numbered_trades(instrument):
            raise ConfigurationError(
                f"{instrument.venue} does not number its trades: they are asked for by time"
            )
        if instrument.venue == "deribit":
            return self._deribit(instrument, first_id, last_id)
        return self._binance(
            instrument, first_id, last_id, "aggTrades" if aggregate else "historicalTrades"
        )

    def trades_between(
        self, instrument: Instrument, start: datetime, end: datetime
    ) -> Iterator[Answer]:
        """See `ports.History.trades_between`."""
        if instrument.venue == "bybit":
            return self._bybit(instrument, start)
        if instrument.venue == "kalshi":
            return self._kalshi(instrument, start, end)
        raise ConfigurationError(f"{instrument.venue} tells no trades by time")

    def _binance(self, one: Instrument, first: int, last: int, route: str) -> Iterator[Answer]:
        """From id to id, each page beginning behind the page before."""
        most = route_of(one.venue, one.market, route).most
        for _ in range(_PAGES):
            limit = min(most, last - first + 1)
            try:
                page = self._ask(one, route, {"fromId": first, "limit": limit})
            except KeyNeeded as error:
                yield from self._binance_recent(one, first, str(error))
                return
            yield page.answer
            ids = [
                i
                for i in numbers(page.entries, "a" if route == "aggTrades" else "id")
                if i >= first
            ]
            if not ids or max(ids) >= last:
                return
            first = max(ids) + 1

    def _binance_recent(self, one: Instrument, first: int, said: str) -> Iterator[Answer]:
        """The newest trades, which need no key; futures want one for older ones."""
        most = route_of(one.venue, one.market, "trades").most
        page = self._ask(one, "trades", {"limit": most})
        yield page.answer
        ids = numbers(page.entries, "id")
        if not ids or min(ids) > first:
            raise ConfigurationError(
                f"{one.venue}:{one.market} gives trades before the newest {most} only with a key: "
                f"{said}"
            )

    def _deribit(self, one: Instrument, first: int, last: int) -> Iterator[Answer]:
        most = route_of("deribit", "any", "trades").most
        for _ in range(_PAGES):
            page = self._ask(
                one,
                "trades",
                {"start_seq": first, "end_seq": last, "count": most, "sorting": "asc"},
            )
            yield page.answer
            ids = [i for i in numbers(page.entries, "trade_seq") if i >= first]
            if not ids or max(ids) >= last:
                return
            first = max(ids) + 1

    def _bybit(self, one: Instrument, start: datetime) -> Iterator[Answer]:
        most = route_of("bybit", one.market, "trades").most
        page = self._ask(one, "trades", {"limit": most})
        yield page.answer
        oldest = min(numbers(page.entries, "time"), default=None)
        if oldest is None or oldest > start.timestamp() * 1_000:
            raise ConfigurationError(
                f"bybit tells the newest {most} trades only, and these begin after the hole"
            )

    def _kalshi(self, one: Instrument, start: datetime, end: datetime) -> Iterator[Answer]:
        """By whole seconds, which is how the route counts; a page names the next one."""
        most = route_of("kalshi", "event", "trades").most
        first, last = start - _SKEW, end + _SKEW
        asked: dict[str, str | int] = {
            "min_ts": int(first.timestamp()),
            "max_ts": int(last.timestamp()) + 1,
        }
        reached = ""
        for _ in range(_PAGES):
            page = self._ask(
                one, "trades", {"limit": most, **asked, **({"cursor": reached} if reached else {})}
            )
            yield page.answer
            before, reached = reached, cursor(page.answer.body)
            if not reached or reached == before:
                return

    def _ask(self, one: Instrument, route: str, parameters: dict[str, str | int]) -> _Page:
        market = endpoint_of(one.venue, one.market).market
        key = one.venue, market
        if key not in self._clients:
            self._clients[key] = self._runner.run(self._made(key))
        question = Question(one.venue, market, route, one.symbol, parameters)
        reply = self._runner.run(self._clients[key].get(question.request, weight=question.weight))
        found = entries(one.venue, route, reply.status, reply.body)
        return _Page(Answer(str(question.stream), reply.body, reply.recv_ns, reply.mono_ns), found)

    async def _made(self, key: tuple[str, str]) -> Client:
        """Inside the loop, for a client may bind itself to it."""
        return self._client_of(*key)
