"""What venues still tell of the past: trades by id or by time, a page at a time.

Belongs here: which route, which page next, when a history ends. Does not: waiting for limits, retries (rest.py), what
answers mean (venues), which trades are missing (workflows.repair).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Protocol

import msgspec

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.continuity import numbered_trades
from marketdata_platform.venues.endpoints import endpoint_of
from marketdata_platform.venues.rest import Question
from marketdata_platform.venues.rest_routes import route_of
from marketdata_platform.workflows.ports import Answer

_PAGES = 10_000  # of one gap: a venue that never comes to an end must not hold a repair for ever
_SECOND = timedelta(seconds=1)


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
    """Who asks a venue's market. It keeps to the limits, and raises `VenueUnavailable` when they are used up."""

    async def get(self, request: str, *, weight: int = 1) -> Reply:
        """Ask for path and query."""
        ...

    async def close(self) -> None:
        """Give the connection back."""
        ...


class RestHistory:
    """`ports.History` over REST, for code without an event loop. A context manager; one thread at a time."""

    def __init__(self, client_of: Callable[[str, str], Client]) -> None:
        """`client_of` makes a client for an endpoint's venue and market."""
        self._client_of = client_of
        self._clients: dict[tuple[str, str], Client] = {}
        self._runner = asyncio.Runner()

    def __enter__(self) -> RestHistory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
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
            raise ConfigurationError(f"{instrument.venue} does not number its trades: they are asked for by time")
        if instrument.venue == "deribit":
            return self._deribit(instrument, first_id, last_id)
        return self._binance(instrument, first_id, last_id, "aggTrades" if aggregate else "historicalTrades")

    def trades_between(self, instrument: Instrument, start: datetime, end: datetime) -> Iterator[Answer]:
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
            told = Question(one.venue, one.market, route, one.symbol, {"fromId": first, "limit": limit})
            reply = self._ask(told)
            if reply.status in (400, 401, 403) and route == "historicalTrades":
                yield from self._binance_recent(one, first, _said(reply.body))
                return
            _require_ok(told, reply)
            yield _answer(told, reply)
            ids = [i for i in _numbers(reply.body, "a" if route == "aggTrades" else "id") if i >= first]
            if not ids or max(ids) >= last:
                return
            first = max(ids) + 1

    def _binance_recent(self, one: Instrument, first: int, said: str) -> Iterator[Answer]:
        """The newest trades, which need no key; futures want one for older ones."""
        most = route_of(one.venue, one.market, "trades").most
        told = Question(one.venue, one.market, "trades", one.symbol, {"limit": most})
        reply = self._ask(told)
        _require_ok(told, reply)
        yield _answer(told, reply)
        ids = _numbers(reply.body, "id")
        if not ids or min(ids) > first:
            raise ConfigurationError(
                f"{one.venue}:{one.market} gives trades before the newest {most} only with a key: {said}"
            )

    def _deribit(self, one: Instrument, first: int, last: int) -> Iterator[Answer]:
        most = route_of("deribit", "any", "trades").most
        for _ in range(_PAGES):
            asked: dict[str, str | int] = {"start_seq": first, "end_seq": last, "count": most, "sorting": "asc"}
            told = Question("deribit", "any", "trades", one.symbol, asked)
            reply = self._ask(told)
            _require_ok(told, reply)
            yield _answer(told, reply)
            ids = [i for i in _numbers(reply.body, "trade_seq", "result", "trades") if i >= first]
            if not ids or max(ids) >= last:
                return
            first = max(ids) + 1

    def _bybit(self, one: Instrument, start: datetime) -> Iterator[Answer]:
        most = route_of("bybit", one.market, "trades").most
        told = Question("bybit", one.market, "trades", one.symbol, {"limit": most})
        reply = self._ask(told)
        _require_ok(told, reply)
        yield _answer(told, reply)
        oldest = min(_numbers(reply.body, "time", "result", "list"), default=None)
        if oldest is not None and oldest > start.timestamp() * 1_000:
            raise ConfigurationError(f"bybit tells the newest {most} trades only, and these begin after the hole")

    def _kalshi(self, one: Instrument, start: datetime, end: datetime) -> Iterator[Answer]:
        """By whole seconds, which is how the route counts; a page names the next one."""
        most = route_of("kalshi", "event", "trades").most
        asked: dict[str, str | int] = {"min_ts": int(start.timestamp()), "max_ts": int((end + _SECOND).timestamp())}
        cursor = ""
        for _ in range(_PAGES):
            page: dict[str, str | int] = {"limit": most, **asked, **({"cursor": cursor} if cursor else {})}
            told = Question("kalshi", "event", "trades", one.symbol, page)
            reply = self._ask(told)
            _require_ok(told, reply)
            yield _answer(told, reply)
            before, cursor = cursor, _cursor(reply.body)
            if not cursor or cursor == before:
                return

    def _ask(self, question: Question) -> Reply:
        market = endpoint_of(question.venue, question.market).market
        key = question.venue, market
        if key not in self._clients:
            self._clients[key] = self._runner.run(self._made(key))
        return self._runner.run(self._clients[key].get(question.request, weight=question.weight))

    async def _made(self, key: tuple[str, str]) -> Client:
        """Inside the loop, for a client may bind itself to it."""
        return self._client_of(*key)


def _answer(question: Question, reply: Reply) -> Answer:
    return Answer(str(question.stream), reply.body, reply.recv_ns, reply.mono_ns)


def _require_ok(question: Question, reply: Reply) -> None:
    if reply.status != 200:
        raise ConfigurationError(
            f"{question.venue}:{question.market} answers {reply.status} to {question.route}: {_said(reply.body)}"
        )


def _said(body: bytes) -> str:
    return ascii(body[:160].decode("utf-8", "replace"))


def _read(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _numbers(body: bytes, field: str, *path: str) -> list[int]:
    """The whole numbers `field` of the list at `path`, whatever else is there."""
    found = _read(body)
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    entries = found if isinstance(found, list) else []
    values = [entry.get(field) for entry in entries if isinstance(entry, dict)]
    return [
        int(v) for v in values if (isinstance(v, int) or (isinstance(v, str) and v.isdecimal())) and len(str(v)) < 20
    ]


def _cursor(body: bytes) -> str:
    answer = _read(body)
    cursor = answer.get("cursor") if isinstance(answer, dict) else None
    return cursor if isinstance(cursor, str) else ""
