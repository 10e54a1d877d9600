"""Binance spot, USD-M and COIN-M: what the simulated exchange says over WebSocket.

Belongs here: stream names, commands. Does not: messages (messages), REST (rest), the market,
sockets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import (
    Aggregated,
    BookChanged,
    Event,
    Liquidated,
    Marked,
    Topped,
    Traded,
)
from marketdata_platform.simulator.server.client_session import ClientSession
from marketdata_platform.simulator.server.http_messages import Request, Response
from marketdata_platform.simulator.server.websocket_frames import frame
from marketdata_platform.simulator.venues.binance.messages import BinanceMessages
from marketdata_platform.simulator.venues.binance.rest import BinanceRest
from marketdata_platform.simulator.venues.gateway import Gateway, Surroundings
from marketdata_platform.simulator.venues.simulated_venue import SimulatedVenue

_DEPTHS = ("depth@100ms", "depth", "depth@0ms", "depth@250ms", "depth@500ms", "depth@1000ms")
_MARKS = ("markPrice@1s", "markPrice")
_RAW = "raw "
_STREAM = re.compile(r"!?[\w.-]+(@[\w.+-]+)+|![\w@]+")


class BinanceGateway(Gateway):
    """One of Binance's markets."""

    def __init__(
        self,
        venue: SimulatedVenue,
        address: str,
        markets: Sequence[ListedMarket],
        around: Surroundings,
    ) -> None:
        super().__init__(venue, address, markets, around)
        self._spot = address == "spot"
        self._rest = BinanceRest(self, address, around.now_us)
        self._messages = BinanceMessages(spot=self._spot, markets=self.markets)
        self._by_stream = {symbol.lower(): one for symbol, one in self.markets.items()}
        self._raw: set[ClientSession] = set()  # without the envelope of combined streams
        self._methods: dict[str, Callable[[ClientSession, list[str], Any], None]] = {
            "SUBSCRIBE": self._subscribe,
            "UNSUBSCRIBE": self._unsubscribe,
            "LIST_SUBSCRIPTIONS": self._list,
        }

    def opened(self, session: ClientSession, request: Request) -> None:
        """`/stream?streams=a/b` is combined, `/ws/a` is not; both may subscribe to more."""
        super().opened(session, request)
        if request.path.startswith("/ws"):
            self._raw.add(session)
        named = request.query.get("streams", "").split("/")
        _, _, single = request.path.partition("/ws/")
        for channel in filter(None, (*named, *single.split("/"))):
            self.hear(session, channel)

    def closed(self, session: ClientSession) -> None:
        """A client is gone."""
        super().closed(session)
        self._raw.discard(session)

    def heard(self, session: ClientSession, payload: bytes) -> None:
        """SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS."""
        try:
            request = msgspec.json.decode(payload)
            method, params, number = (
                request["method"],
                request.get("params") or [],
                request.get("id"),
            )
            names = [name for name in params if isinstance(name, str)]
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            session.say(_text({"error": _invalid("it is no command")}))
            return
        known = self._methods.get(method) if isinstance(method, str) else None
        if known is None:
            session.say(_text({"error": _invalid("unknown method"), "id": number}))
        else:
            known(session, names, number)

    def _subscribe(self, session: ClientSession, names: list[str], number: Any) -> None:
        """Streams of symbols that are not listed are subscribed to with success, and stay silent;
        what is no stream's name at all refuses the whole message.
        """
        bound = self.address.streams
        if bound is not None and len(session.channels) + len(names) > bound:
            session.say(_text({"error": _invalid("too many streams"), "id": number}))
        elif not all(map(_STREAM.fullmatch, names)):
            session.say(_text({"error": _invalid("invalid stream"), "id": number}))
        else:
            session.say(_text({"result": None, "id": number}))
            for name in names:
                self.hear(session, name)

    def _unsubscribe(self, session: ClientSession, names: list[str], number: Any) -> None:
        for name in names:
            self.unsubscribe(session, self.key(session, name))
        session.say(_text({"result": None, "id": number}))

    def _list(self, session: ClientSession, names: list[str], number: Any) -> None:
        listed = [channel.removeprefix(_RAW) for channel in session.channels]
        session.say(_text({"result": listed, "id": number}))

    def key(self, session: ClientSession, channel: str) -> str:
        """The hub's name of a stream, in the form in which this client wants it."""
        return _RAW + channel if session in self._raw else channel

    def hear(self, session: ClientSession, channel: str) -> None:
        """Subscribe a client to a stream, whether or not there is one."""
        symbol, _, kind = channel.partition("@")
        trades_of = self._by_stream.get(symbol) if kind == "trade" else None
        self.subscribe(session, self.key(session, channel), trades_of)

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """REST."""
        return self._rest.answer(route, query)

    def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """`trade`, one per message."""
        channel = market.symbol.lower() + "@trade"
        if self._wanted(channel):
            for event in run:
                data, number = self._messages.trade(market, event), event.trade_id
                self._send(channel, data, market, number, number)

    def tell(self, market: ListedMarket, event: Event) -> None:
        """An event as Binance's message, to who hears it."""
        lower = market.symbol.lower()
        match event:
            case Topped():
                if self._wanted(channel := lower + "@bookTicker"):
                    self._send(channel, self._messages.top(market, event))
            case Aggregated():
                if self._wanted(channel := lower + "@aggTrade"):
                    self._send(channel, self._messages.aggregate(market, event))
            case BookChanged():
                self._send_each(lower, _DEPTHS, market, event)
            case Marked() if not self._spot:
                self._send_each(lower, _MARKS, market, event)
            case Liquidated() if not self._spot:
                if self._wanted(channel := lower + "@forceOrder"):
                    self._send(channel, self._messages.liquidation(market, event))

    def _send_each(
        self, lower: str, kinds: Sequence[str], market: ListedMarket, event: Any
    ) -> None:
        wanted = [channel for kind in kinds if self._wanted(channel := f"{lower}@{kind}")]
        if wanted:
            data = (
                self._messages.depth(market, event)
                if isinstance(event, BookChanged)
                else self._messages.mark(market, event)
            )
            for channel in wanted:
                self._send(channel, data)

    def _wanted(self, channel: str) -> bool:
        return bool(self.hub.sessions(channel) or self.hub.sessions(_RAW + channel))

    def _send(
        self,
        channel: str,
        data: bytes,
        market: ListedMarket | None = None,
        first: int = 0,
        last: int = 0,
    ) -> None:
        if self.hub.sessions(channel):
            self.hub.tell(
                channel,
                b'{"stream":"%s","data":%s}' % (channel.encode(), data),
                market,
                first,
                last,
            )
        if self.hub.sessions(_RAW + channel):
            self.hub.tell(_RAW + channel, data, market, first, last)


def _text(value: Any) -> bytes:
    return frame(msgspec.json.encode(value))


def _invalid(why: str) -> dict[str, Any]:
    return {"code": 2, "msg": f"Invalid request: {why}"}
