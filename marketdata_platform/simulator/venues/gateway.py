"""What every venue of the simulated exchange has: its markets, who hears what, its limits and
pings.

Belongs here: what is the same for all. Does not: messages (each venue's file or folder), sockets
(server_connection).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import Aggregated, Event, Traded
from marketdata_platform.simulator.server.client_session import ClientSession, Hearing
from marketdata_platform.simulator.server.http_messages import Request, Response
from marketdata_platform.simulator.server.hub import Hub
from marketdata_platform.simulator.server.request_weights import WeightMeter
from marketdata_platform.simulator.server.stream_faults import StreamFaults
from marketdata_platform.simulator.server.websocket_frames import PING, frame

if TYPE_CHECKING:
    from marketdata_platform.simulator.venues.simulated_venue import SimulatedVenue

_PING = frame(b"simulated", PING)
_MOST_TOGETHER = 20
_PONG_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a venue asks of the exchange: its clock (µs), its present faults, whether limits are
    held to, and the credentials that it checks, by venue.
    """

    now_us: Callable[[], int]
    faults: Callable[[], StreamFaults]
    limits: bool
    credentials: Mapping[str, bytes]


class Gateway:
    """One address of one venue. Subclasses put events into the venue's messages and understand what
    clients say.
    """

    def __init__(
        self,
        venue: SimulatedVenue,
        address: str,
        markets: Sequence[ListedMarket],
        around: Surroundings,
    ) -> None:
        self.venue = venue
        self.address = venue.addresses[address]
        self.place = f"{venue.name}:{address}"
        self.hub = Hub()
        self.sessions: set[ClientSession] = set()
        self.life_seconds = self.address.life_seconds
        self._all_markets = {one.symbol: one for one in markets}
        self._around = around
        self._meter = WeightMeter(self.address.rest.allowed if around.limits else None)

    @property
    def markets(self) -> dict[str, ListedMarket]:
        """What is listed now, by symbol: without what was delisted while the exchange ran."""
        return {name: one for name, one in self._all_markets.items() if not one.delisted}

    def listed(self, symbol: str) -> ListedMarket | None:
        """The market of a symbol; None for what is not listed, or no more."""
        market = self._all_markets.get(symbol)
        return None if market is None or market.delisted else market

    def admit(self, request: Request) -> Response | None:
        """An answer when this handshake is refused."""
        known, check = self._around.credentials.get(self.venue.name), self.venue.credentials
        if known is None or check is None or check.accepts(known, request):
            return None
        return check.refused

    def opened(self, session: ClientSession, request: Request) -> None:
        """A client connected."""
        self.sessions.add(session)
        session.notes["pinged"] = session.opened

    def heard(self, session: ClientSession, payload: bytes) -> None:
        """A client said something."""

    def too_many_messages(self, session: ClientSession, now: float) -> bool:
        """Count a message of a client; whether it is one too many for this second."""
        if not self._around.limits:
            return False
        allowed = self.address.messages
        if now - session.notes.get("window", session.opened) >= allowed.seconds:
            session.notes["window"], session.notes["messages"] = now, 0.0
        session.notes["messages"] = session.notes.get("messages", 0.0) + 1
        return session.notes["messages"] > allowed.count

    def closed(self, session: ClientSession) -> None:
        """A client is gone."""
        for hearing in session.record.hearings:
            hearing.end = hearing.market.next_id if hearing.end is None else hearing.end
        self.hub.drop(session)
        self.sessions.discard(session)

    def happened(self, market: ListedMarket, events: Sequence[Event]) -> None:
        """Send it to those who listen. Trades that nobody is to hear are left out."""
        run: list[Traded] = []  # may go into one message: of one moment, one after the other
        for event in events:
            if isinstance(event, Traded):
                if market.announce(event, self._around.faults()):
                    run = self._gathered(market, run, event)
            elif isinstance(event, Aggregated):
                # An aggregate comes after its trades, which may still wait for others beside them.
                if not market.hides(event.first_id, event.last_id):
                    self.tell(market, event)
            else:
                if run:
                    self.tell_trades(market, run)
                    run = []
                self.tell(market, event)
        if run:
            self.tell_trades(market, run)

    def _gathered(self, market: ListedMarket, run: list[Traded], trade: Traded) -> list[Traded]:
        """The trades that wait for others of their moment, now with `trade`; full runs are sent."""
        if run and (run[-1].time_us != trade.time_us or run[-1].trade_id + 1 != trade.trade_id):
            self.tell_trades(market, run)
            run = []
        run.append(trade)
        if self.venue.batches_trades and len(run) < _MOST_TOGETHER:
            return run
        self.tell_trades(market, run)
        return []

    def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """Send trades of one moment; only one where the venue does not batch them."""

    def tell(self, market: ListedMarket, event: Event) -> None:
        """Send one event that is no trade."""

    def respond(self, route: str, query: dict[str, str]) -> Response:
        """`answer`, or 400 where the question has numbers that nothing can be done with."""
        try:
            return self.answer(route, query)
        except (
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
            pl.exceptions.PolarsError,
        ) as error:
            return Response.json({"error": f"{type(error).__name__}: {error}"[:200]}, 400)

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """Answer a REST request; `route` is the path below the venue's REST address."""
        return Response.json({"error": "no such route"}, 404)

    def tick(self, now: float) -> None:
        """Time has passed (monotonic seconds): pings, heartbeats, connections that lived long
        enough.
        """
        life, every = self.life_seconds, self.address.ping_seconds
        for session in list(self.sessions):
            if every and now - session.notes["pinged"] >= every:
                session.notes["pinged"] = now
                session.notes.setdefault("unanswered", now)
                session.say(_PING)
            if now - session.notes.get("unanswered", now) > _PONG_SECONDS:
                session.end("no pong", code=1008)
            if life and now - session.opened >= life:
                session.end("life", code=1001)

    def subscribe(
        self, session: ClientSession, channel: str, trades_of: ListedMarket | None = None
    ) -> None:
        """`session` hears the channel; of a channel of trades it is noted from which trade on."""
        if channel in session.channels:
            return
        if trades_of is not None:
            session.record.hearings.append(Hearing(trades_of, trades_of.next_id))
        self.hub.add(channel, session, trades_of.index if trades_of is not None else -1)

    def unsubscribe(self, session: ClientSession, channel: str) -> None:
        """`session` hears the channel no more."""
        index = session.channels.get(channel, -1)
        if self.hub.remove(channel, session) and index >= 0:
            for hearing in session.record.hearings:
                if hearing.market.index == index and hearing.end is None:
                    hearing.end = hearing.market.next_id

    def route_name(self, path: str) -> str:
        """What a REST path, below the venue's address, is called in the table of weights."""
        return path.rsplit("/", 1)[-1]

    def weigh(self, route: str, query: Mapping[str, str]) -> Response | None:
        """Count a request for a route; the refusal when the limit is used up."""
        return self._meter.refuse(self.address.rest.weight_of(route, query), time.monotonic())

    @property
    def used_weight(self) -> int:
        """Weight used in the present window."""
        return self._meter.used
