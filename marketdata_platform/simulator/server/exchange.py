"""The simulated exchange, running: its clock, its server on loopback, its markets going on.

Belongs here: starting, pacing, stopping, switching faults. Does not: messages (one file a venue),
what comes out (truth).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

from marketdata_platform.core.errors import ConfigurationError, InvalidInput, MarketDataError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.ledger import ExchangeTruth
from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.live_market import DEPTH_US
from marketdata_platform.simulator.replay.recordings import Recording
from marketdata_platform.simulator.replay.replay import ReplayPlaces
from marketdata_platform.simulator.server.client_session import Line, LineRecord
from marketdata_platform.simulator.server.exchange_config import ExchangeConfig
from marketdata_platform.simulator.server.http_messages import Request, Response
from marketdata_platform.simulator.server.request_weights import refusal
from marketdata_platform.simulator.server.server_connection import ServerConnection
from marketdata_platform.simulator.server.stream_faults import StreamFaults
from marketdata_platform.simulator.venues.venue import Surroundings
from marketdata_platform.simulator.venues.venue_registry import Places, open_places

T = TypeVar("T")
_TICK_SECONDS = 0.004
_DOUBT_SECONDS = 1.0
_CATCH_UP_SECONDS = 2.0
_SLOW_BYTES = 256 << 20  # a client that is so far behind is cut, as exchanges do


class SimulatedExchange:
    """The exchange in a thread of its own; a context manager. `ExchangeProcess` is the same in its
    own process.
    """

    def __init__(
        self,
        config: ExchangeConfig | None = None,
        *,
        recording: Recording | None = None,
        replay_speed: float = 1.0,
        replay_clients: int = 1,
    ) -> None:
        """Seeded markets, or the frames of a `recording`: at `replay_speed` (0: as fast as it
        goes), once as many `replay_clients` have subscribed.
        """
        self.config = config or ExchangeConfig()
        self.faults = self.config.faults
        self.replay: ReplayPlaces | None = None
        self._start_us = (
            (self.config.start_us or time.time_ns() // 1_000) // 1_000 * 1_000
        )  # streams tell whole ms
        self._began = self._advanced = 0.0
        self._halted_us: int | None = None
        self._server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._random = random.Random(f"exchange:{self.config.seed}")
        self._lines: list[Line] = []
        self.records: list[LineRecord] = []
        self._told: deque[tuple[float, list[int]]] = deque()
        around = Surroundings(
            self.now_us, lambda: self.faults, self.config.limits, self.config.kalshi_public_key
        )
        self.replay = (
            ReplayPlaces(recording, around, replay_speed, replay_clients) if recording else None
        )
        self._places: Places = self.replay or open_places(self.config, self._start_us, around)
        for venue in self._places.venues:
            venue.life_seconds = self.config.life_seconds or venue.endpoint.life_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None
        self.port = 0
        self._ended = False
        self.failure: BaseException | None = None

    @property
    def markets(self) -> list[ListedMarket]:
        """All instruments."""
        return self._places.markets

    def now_us(self) -> int:
        """The exchange's clock."""
        if self._halted_us is not None:
            return self._halted_us
        if self.replay is not None:
            return self.replay.played_ns // 1_000
        passed = time.monotonic() - self._began if self._began else 0.0
        return self._start_us + int(passed * self.config.speed * 1_000_000)

    # ── running

    def __enter__(self) -> SimulatedExchange:
        ready: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(ready,), name="simulated-exchange", daemon=True
        )
        self._thread.start()
        ready.result(timeout=60)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every connection and the server. Truth can still be told."""
        if self._loop is not None and self._stop is not None and self._thread is not None:
            with contextlib.suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(timeout=10)
            if not self._ended and not self._thread.is_alive():
                raise MarketDataError(
                    "the simulated exchange broke down while it ran: its traceback is above"
                )

    def _run(self, ready: Future[None]) -> None:
        try:
            asyncio.run(self._serve(ready))
        except OSError as error:
            self.failure = error
            if not ready.done():
                ready.set_exception(error)

    async def _listen(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: ServerConnection(self), "127.0.0.1", port, backlog=512
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, ready: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        await self._listen(self.config.port)
        self._began = self._advanced = time.monotonic()
        ready.set_result(None)
        try:
            while not self._stop.is_set():
                self._go_on()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), _TICK_SECONDS)
        finally:
            if self._server is not None:
                self._server.close()
            for line in list(self._lines):
                line.end("exchange closed")
            await asyncio.sleep(0)
        self._ended = True

    def _go_on(self) -> None:
        """One tick: what happened since the last one is told, and written."""
        now = time.monotonic()
        if now - self._advanced > _CATCH_UP_SECONDS:
            self._began += (
                now - self._advanced - _CATCH_UP_SECONDS
            )  # else an overloaded machine would never catch up
        self._advanced = now
        if self._halted_us is None:
            self._places.advance(self.now_us())
        for venue in self._places.venues:
            venue.tick(now)
        for line in list(self._lines):
            if line.waiting_bytes > _SLOW_BYTES:
                line.end("too slow", politely=False)
            line.flush(now)
        if not self._told or now - self._told[-1][0] >= 0.1:
            self._told.append((now, [market.told_id for market in self.markets]))
            while now - self._told[0][0] > 60.0:
                self._told.popleft()

    # ── what connections ask

    def handshake(self, connection: ServerConnection, request: Request) -> Line | Response:
        """A line for this WebSocket handshake, or the answer that refuses it."""
        if self._random.random() < self.faults.handshake_429:
            return refusal(429, 1.0)
        found = self._places.of_path(request.path)
        if found is None:
            return Response.json({"error": f"there is no stream at {request.path[:80]}"}, 404)
        venue, path = found
        refused = venue.admit(request)
        if refused is not None:
            return refused
        number = len(self.records) + 1
        record = LineRecord(f"c{number}", venue.place, self.now_us())
        seed = f"line:{self.config.seed}:{number}"
        raw = venue.place.startswith("binance") and path.startswith("/ws")
        line = Line(connection, record, seed, lambda: self.faults, time.monotonic(), raw=raw)
        self.records.append(record)
        self._lines.append(line)
        venue.opened(line, replace(request, path=path))
        return line

    def said(self, line: Line, payload: bytes) -> None:
        """A client sent a message."""
        venue = self._places.venue_of(line)
        if venue.too_many_messages(line, time.monotonic()):
            line.end("too many messages", code=1008)
        else:
            venue.heard(line, payload)

    def gone(self, line: Line) -> None:
        """A client's connection has ended: what was under way to it may not have arrived."""
        line.closed = True
        line.record.closed_us = self.now_us()
        line.record.ended_by = line.record.ended_by or "lost"
        self._lines.remove(line)
        line.forget_held()
        self._places.venue_of(line).closed(line)
        since = min(line.sure_until, time.monotonic()) - _DOUBT_SECONDS
        told = next((ids for moment, ids in reversed(self._told) if moment <= since), None)
        line.record.doubt(told)

    def request(self, request: Request) -> tuple[Response, float]:
        """The answer to a REST request, and how many seconds it takes."""
        wait = self._random.random() * self.faults.rest_slow
        if self._random.random() < self.faults.rest_429:
            return refusal(429, 1.0), wait
        if request.method != "GET":
            return Response.json({"error": "only GET is understood"}, 400), wait
        found = self._places.of_path(request.path)
        if found is None:
            return Response.json({"error": f"there is nothing at {request.path[:80]}"}, 404), wait
        venue, path = found
        return venue.respond(path, request.query), wait

    # ── what the owner may do

    def endpoints(self) -> dict[str, dict[str, str]]:
        """Addresses by `venue:market`, as `[endpoints."venue:market"]` of the configuration takes
        them.
        """
        return self._places.endpoints(self.port)

    def set_faults(self, faults: StreamFaults) -> None:
        """Other faults from now on, for every connection."""
        self.call(lambda: self._switch(faults))

    def _switch(self, faults: StreamFaults) -> None:
        self.faults = faults
        now = time.monotonic()
        for line in self._lines:
            line.renew(now)

    def disconnect_all(self, *, politely: bool = False) -> int:
        """Cut every WebSocket connection now; how many there were."""

        def cut() -> int:
            lines = list(self._lines)
            for line in lines:
                line.record.faults["disconnect"] += 1
                line.end("disconnect", politely=politely)
            return len(lines)

        return self.call(cut)

    def refuse_connections(self, seconds: float) -> None:
        """Nobody listens for a while: new connections are refused by the operating system, those
        there go on.
        """

        def refuse() -> None:
            assert self._loop is not None and self._server is not None
            self._server.close()
            loop = self._loop
            loop.call_later(
                seconds, lambda: self._tasks.append(loop.create_task(self._listen(self.port)))
            )

        self.call(refuse)

    def halt(self) -> None:
        """No more happens on the markets; what did is told, connections and REST go on."""

        def stop() -> None:
            end = (self.now_us() // DEPTH_US + 1) * DEPTH_US  # so that the last diffs are told, too
            self._places.advance(end)
            self._halted_us = end
            for line in self._lines:
                line.flush(time.monotonic())

        self.call(stop)

    def truth(self) -> ExchangeTruth:
        """What really happened, up to now."""
        return self.call(lambda: ExchangeTruth.of(self.markets, self.records))

    def call(self, ask: Callable[[], T]) -> T:
        """Run `ask` where the exchange runs, between two of its ticks."""
        if self._loop is None or self._thread is None or not self._thread.is_alive():
            return ask()
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(ask())
            except (InvalidInput, ConfigurationError) as error:
                answer.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return answer.result(timeout=120)

    def instruments(self) -> Iterable[Instrument]:
        """What is listed."""
        return (market.instrument for market in self.markets)


__all__ = ["ExchangeConfig", "SimulatedExchange"]
