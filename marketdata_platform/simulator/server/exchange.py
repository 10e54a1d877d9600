"""The simulated exchange, running: its clock, its server on loopback, its markets going on.

Belongs here: serving, switching faults. Does not: messages (each venue's gateway), what comes out
(ledger), its clock (exchange_clock), its thread (loop_thread).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.ledger import Ledger
from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.live_market import DEPTH_US
from marketdata_platform.simulator.replay.recorded import Recording
from marketdata_platform.simulator.replay.replay import ReplayRegistry
from marketdata_platform.simulator.server.client_session import ClientSession, SessionRecord
from marketdata_platform.simulator.server.exchange_clock import ExchangeClock
from marketdata_platform.simulator.server.exchange_config import ExchangeConfig
from marketdata_platform.simulator.server.http_messages import Request, Response
from marketdata_platform.simulator.server.loop_thread import LoopThread
from marketdata_platform.simulator.server.request_weights import refusal
from marketdata_platform.simulator.server.server_connection import ServerConnection
from marketdata_platform.simulator.server.stream_faults import StreamFaults
from marketdata_platform.simulator.venues.gateway import Surroundings
from marketdata_platform.simulator.venues.venue_registry import VenueRegistry, open_registry

T = TypeVar("T")
_TICK_SECONDS = 0.004
_DOUBT_SECONDS = 1.0
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
        self.replay: ReplayRegistry | None = None
        start_us = (self.config.start_us or time.time_ns() // 1_000) // 1_000 * 1_000  # whole ms
        self._clock = ExchangeClock(start_us, self.config.speed)
        self._server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._random = random.Random(f"exchange:{self.config.seed}")
        self._sessions: list[ClientSession] = []
        self.records: list[SessionRecord] = []
        self._published: deque[tuple[float, list[int]]] = deque()
        around = Surroundings(
            self.now_us, lambda: self.faults, self.config.limits, self.config.credentials
        )
        self.replay = (
            ReplayRegistry(recording, around, replay_speed, replay_clients) if recording else None
        )
        self._registry: VenueRegistry = self.replay or open_registry(self.config, start_us, around)
        self._registry.delist(self.faults.dead)
        for gateway in self._registry.gateways:
            gateway.life_seconds = self.config.life_seconds or gateway.life_seconds
        self._thread = LoopThread("simulated-exchange", self._serve)
        self.port = 0

    @property
    def markets(self) -> list[ListedMarket]:
        """All instruments."""
        return self._registry.markets

    def now_us(self) -> int:
        """The exchange's clock."""
        if self.replay is not None and not self._clock.halted:
            return self.replay.played_ns // 1_000
        return self._clock.now_us()

    # ── running

    def __enter__(self) -> SimulatedExchange:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every connection and the server. The ledger can still be asked for.

        Raises:
            MarketDataError: the exchange broke down while it ran.
        """
        self._thread.stop()

    async def _listen(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: ServerConnection(self), "127.0.0.1", port, backlog=512
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, ready: Callable[[], None], stop: asyncio.Event) -> None:
        await self._listen(self.config.port)
        self._clock.start()
        ready()
        try:
            while not stop.is_set():
                self._go_on()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_TICK_SECONDS):
                        await stop.wait()
        finally:
            if self._server is not None:
                self._server.close()
            for session in list(self._sessions):
                session.end("exchange closed")
            await asyncio.sleep(0)

    def _go_on(self) -> None:
        """One tick: what happened since the last one is published, and written."""
        now = time.monotonic()
        self._clock.advance(now)
        if not self._clock.halted:
            self._registry.advance(self.now_us())
        for gateway in self._registry.gateways:
            gateway.tick(now)
        for session in list(self._sessions):
            if session.waiting_bytes > _SLOW_BYTES:
                session.end("too slow", politely=False)
            session.flush(now)
        if not self._published or now - self._published[-1][0] >= 0.1:
            self._published.append((now, [market.next_id for market in self.markets]))
            while now - self._published[0][0] > 60.0:
                self._published.popleft()

    # ── what connections ask

    def handshake(self, connection: ServerConnection, request: Request) -> ClientSession | Response:
        """A session for this WebSocket handshake, or the answer that refuses it."""
        if self._random.random() < self.faults.handshake_429:
            return refusal(429, 1.0)
        found = self._registry.of_path(request.path)
        if found is None:
            return Response.json({"error": f"there is no stream at {request.path[:80]}"}, 404)
        gateway, path = found
        refused = gateway.admit(request)
        if refused is not None:
            return refused
        number = len(self.records) + 1
        record = SessionRecord(f"c{number}", gateway.place, self.now_us())
        seed = f"line:{self.config.seed}:{number}"  # the text decides which messages are lost
        session = ClientSession(connection, record, seed, lambda: self.faults, time.monotonic())
        self.records.append(record)
        self._sessions.append(session)
        gateway.opened(session, replace(request, path=path))
        return session

    def said(self, session: ClientSession, payload: bytes) -> None:
        """A client sent a message."""
        gateway = self._registry.gateway_of(session)
        if gateway.too_many_messages(session, time.monotonic()):
            session.end("too many messages", code=1008)
        else:
            gateway.heard(session, payload)

    def gone(self, session: ClientSession) -> None:
        """A client's connection has ended: what was under way to it may not have arrived."""
        session.closed = True
        session.record.closed_us = self.now_us()
        session.record.ended_by = session.record.ended_by or "lost"
        self._sessions.remove(session)
        session.forget_held()
        self._registry.gateway_of(session).closed(session)
        since = min(session.sure_until, time.monotonic()) - _DOUBT_SECONDS
        published = next(
            (ids for moment, ids in reversed(self._published) if moment <= since), None
        )
        session.record.doubt(published)

    def request(self, request: Request) -> tuple[Response, float]:
        """The answer to a REST request, and how many seconds it takes."""
        wait = self._random.random() * self.faults.rest_slow
        if self._random.random() < self.faults.rest_429:
            return refusal(429, 1.0), wait
        if request.method != "GET":
            return Response.json({"error": "only GET is understood"}, 400), wait
        found = self._registry.of_path(request.path)
        if found is None:
            return Response.json({"error": f"there is nothing at {request.path[:80]}"}, 404), wait
        gateway, path = found
        return gateway.respond(path, request.query), wait

    # ── what the owner may do

    def endpoints(self) -> dict[str, dict[str, str]]:
        """Addresses by `venue:market`, as `[endpoints."venue:market"]` of the configuration takes
        them.
        """
        return self._registry.endpoints(self.port)

    def set_faults(self, faults: StreamFaults) -> None:
        """Other faults from now on, for every connection.

        Raises:
            ConfigurationError: one of those that are to be dead is not listed here.
        """
        self.call(lambda: self._switch(faults))

    def _switch(self, faults: StreamFaults) -> None:
        self._registry.delist(faults.dead)
        self.faults = faults
        now = time.monotonic()
        for session in self._sessions:
            session.renew(now)

    def disconnect_all(self, *, politely: bool = False) -> int:
        """Cut every WebSocket connection now; how many there were."""

        def cut() -> int:
            sessions = list(self._sessions)
            for session in sessions:
                session.record.faults["disconnect"] += 1
                session.end("disconnect", politely=politely)
            return len(sessions)

        return self.call(cut)

    def delist(self, symbol: str) -> None:
        """An instrument (its symbol, or `venue:market:symbol`) is no more: its streams fall silent,
        its market stands, and who subscribes to it is refused as its venue refuses what it does not
        know.

        Raises:
            ConfigurationError: there is none of that name.
        """
        self.call(lambda: self._registry.delist((symbol,)))

    def refuse_connections(self, seconds: float) -> None:
        """Nobody listens for a while: new connections are refused by the operating system, those
        there go on.
        """

        def refuse() -> None:
            assert self._server is not None
            self._server.close()
            loop = asyncio.get_running_loop()

            def listen_again() -> None:
                self._tasks.append(loop.create_task(self._listen(self.port)))

            loop.call_later(seconds, listen_again)

        self.call(refuse)

    def halt(self) -> None:
        """No more happens on the markets; what did is published; connections and REST go on."""

        def stop() -> None:
            # So that the last diffs are published, too.
            end = (self.now_us() // DEPTH_US + 1) * DEPTH_US
            self._registry.advance(end)
            self._clock.halt(end)
            for session in self._sessions:
                session.flush(time.monotonic())

        self.call(stop)

    def ledger(self) -> Ledger:
        """What really happened, up to now."""
        return self.call(lambda: Ledger.of(self.markets, self.records))

    def call(self, ask: Callable[[], T]) -> T:
        """Run `ask` where the exchange runs, between two of its ticks."""
        return self._thread.call(ask)

    def instruments(self) -> Iterable[Instrument]:
        """What is listed."""
        return (market.instrument for market in self.markets)


__all__ = ["ExchangeConfig", "SimulatedExchange"]
