"""What every venue of the simulated exchange has: its markets, who hears what, its limits and
pings.

Belongs here: what is the same for all. Does not: messages (one file a venue), sockets
(server_connection).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import Aggregated, Event, Traded
from marketdata_platform.simulator.server.client_session import Hearing, Line
from marketdata_platform.simulator.server.http_messages import Request, Response
from marketdata_platform.simulator.server.hub import Hub
from marketdata_platform.simulator.server.request_weights import WeightMeter
from marketdata_platform.simulator.server.stream_faults import StreamFaults
from marketdata_platform.simulator.server.websocket_frames import PING, frame
from marketdata_platform.venues.endpoint import Endpoint
from marketdata_platform.venues.endpoints import endpoint_of

_PING = frame(b"simulated", PING)
_MOST_TOGETHER = 20
_PONG_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a venue asks of the exchange: its clock (µs), its present faults, and whether limits are
    held to.
    """

    now_us: Callable[[], int]
    faults: Callable[[], StreamFaults]
    limits: bool = True
    kalshi_public_key: bytes | None = None


class Venue:
    """One market of one venue. Subclasses put events into words and understand what clients say."""

    ping_seconds = 0.0  # 0: this venue does not ping
    websocket_path = "/"
    batches_trades = False

    def __init__(
        self, venue: str, market: str, markets: Sequence[ListedMarket], around: Surroundings
    ) -> None:
        self.endpoint: Endpoint = endpoint_of(venue, market)
        self.place = f"{venue}:{market}"
        self.markets = {one.symbol: one for one in markets}
        self.hub = Hub()
        self.lines: set[Line] = set()
        self._around = around
        self._meter = WeightMeter(self.endpoint.weight if around.limits else None)

    def admit(self, request: Request) -> Response | None:
        """An answer when this handshake is refused."""
        return None

    def opened(self, line: Line, request: Request) -> None:
        """A client connected."""
        self.lines.add(line)
        line.notes["pinged"] = line.opened

    def heard(self, line: Line, payload: bytes) -> None:
        """A client said something."""

    def too_many_messages(self, line: Line, now: float) -> bool:
        """Count a message of a client; whether it is one too many for this second."""
        if not self._around.limits:
            return False
        allowed = self.endpoint.messages
        if now - line.notes.get("window", line.opened) >= allowed.seconds:
            line.notes["window"], line.notes["messages"] = now, 0.0
        line.notes["messages"] = line.notes.get("messages", 0.0) + 1
        return line.notes["messages"] > allowed.count

    def closed(self, line: Line) -> None:
        """A client is gone."""
        for hearing in line.record.hearings:
            hearing.end = hearing.market.told_id if hearing.end is None else hearing.end
        self.hub.drop(line)
        self.lines.discard(line)

    def happened(self, market: ListedMarket, events: Sequence[Event]) -> None:
        """Tell those who listen. Trades that nobody is to hear are left out."""
        run: list[
            Traded
        ] = []  # trades that may go into one message: of one moment, one after the other
        for event in events:
            if isinstance(event, Traded):
                if not market.announce(event, self._around.faults()):
                    continue
                if run and (
                    run[-1].time_us != event.time_us or run[-1].trade_id + 1 != event.trade_id
                ):
                    self.tell_trades(market, run)
                    run = []
                run.append(event)
                if not self.batches_trades or len(run) == _MOST_TOGETHER:
                    self.tell_trades(market, run)
                    run = []
            elif not isinstance(event, Aggregated):
                if run:
                    self.tell_trades(market, run)
                    run = []
                self.tell(market, event)
            elif not market.hides(event.first_id, event.last_id):
                self.tell(market, event)
        if run:
            self.tell_trades(market, run)

    def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """Put trades of one moment into this venue's words; only one where the venue does not batch
        them.
        """

    def tell(self, market: ListedMarket, event: Event) -> None:
        """Put one event that is no trade into this venue's words."""

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
        life = self.life_seconds
        for line in list(self.lines):
            if self.ping_seconds and now - line.notes["pinged"] >= self.ping_seconds:
                line.notes["pinged"] = now
                line.notes.setdefault("unanswered", now)
                line.say(_PING)
            if now - line.notes.get("unanswered", now) > _PONG_SECONDS:
                line.end("no pong", code=1008)
            if life and now - line.opened >= life:
                line.end("life", code=1001)

    life_seconds: float | None = None

    def subscribe(self, line: Line, channel: str, trades_of: ListedMarket | None = None) -> None:
        """`line` hears the channel; of a channel of trades it is noted from which trade on."""
        if channel in line.channels:
            return
        if trades_of is not None:
            line.record.hearings.append(Hearing(trades_of, trades_of.told_id))
        self.hub.add(channel, line, trades_of.index if trades_of is not None else -1)

    def unsubscribe(self, line: Line, channel: str) -> None:
        """`line` hears the channel no more."""
        index = line.channels.get(channel, -1)
        if self.hub.remove(channel, line) and index >= 0:
            for hearing in line.record.hearings:
                if hearing.market.index == index and hearing.end is None:
                    hearing.end = hearing.market.told_id

    def weigh(self, weight: int) -> Response | None:
        """Count a request; the refusal when the limit is used up."""
        return self._meter.refuse(weight, time.monotonic())

    @property
    def used_weight(self) -> int:
        """Weight used in the present window."""
        return self._meter.used
