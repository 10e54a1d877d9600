"""Bybit v5 spot, linear and inverse: what the simulated exchange says over WebSocket.

Belongs here: topics, operations. Does not: messages (messages), REST (rest), the market, sockets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.live_market import MARK_US
from marketdata_platform.simulator.markets.market_events import (
    BookChanged,
    Event,
    Liquidated,
    Traded,
)
from marketdata_platform.simulator.markets.matching_book import ASK, BID
from marketdata_platform.simulator.server.client_session import ClientSession
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.server.websocket_frames import frame
from marketdata_platform.simulator.venues.bybit.messages import levels, liquidation, ticker, trade
from marketdata_platform.simulator.venues.bybit.rest import BybitRest
from marketdata_platform.simulator.venues.gateway import Gateway, Surroundings
from marketdata_platform.simulator.venues.simulated_venue import SimulatedVenue

_DEPTHS = ("200", "50", "500", "1000")
_KINDS = ("publicTrade", "tickers", "allLiquidation")


class BybitGateway(Gateway):
    """One of Bybit's categories."""

    def __init__(
        self,
        venue: SimulatedVenue,
        address: str,
        markets: Sequence[ListedMarket],
        around: Surroundings,
    ) -> None:
        super().__init__(venue, address, markets, around)
        self._spot = address == "spot"
        self._rest = BybitRest(self, address, around.now_us)

    def heard(self, session: ClientSession, payload: bytes) -> None:
        """subscribe, unsubscribe, ping."""
        try:
            request = msgspec.json.decode(payload)
            op, number = request["op"], request.get("req_id", "")
            topics = [name for name in request.get("args") or () if isinstance(name, str)]
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            session.say(self._said(session, False, "error:invalid request", "", ""))
            return
        if op == "ping":
            session.say(self._said(session, True, "pong", number, "ping"))
        elif op == "unsubscribe":
            for topic in topics:
                self.unsubscribe(session, topic)
            session.say(self._said(session, True, "unsubscribe", number, op))
        elif op == "subscribe":
            self._subscribe(session, topics, number)
        else:
            session.say(self._said(session, False, "error:unknown op", number, ""))

    def _subscribe(self, session: ClientSession, topics: list[str], number: Any) -> None:
        """One topic that is not known refuses the whole message, and is named."""
        wrong = next((topic for topic in topics if not self.knows(topic)), None)
        bound = self.address.arguments
        why = ""
        if wrong is not None:
            why = f"error:handler not found,topic:{wrong[:60]}"
        elif bound is not None and len(topics) > bound:
            why = f"error:args size >{bound}"
        session.say(self._said(session, not why, why or "subscribe", number, "subscribe"))
        if not why:
            for topic in topics:
                self.hear(session, topic)

    def _said(
        self, session: ClientSession, success: bool, text: str, number: Any, op: str
    ) -> bytes:
        answer = {
            "success": success,
            "ret_msg": text,
            "conn_id": session.record.name,
            "req_id": number,
            "op": op,
        }
        return frame(msgspec.json.encode(answer))

    def knows(self, topic: str) -> bool:
        """True if there is such a topic, of a symbol that is listed."""
        kind, *rest = topic.split(".")
        if kind == "orderbook":
            return len(rest) == 2 and rest[0] in _DEPTHS and self.listed(rest[1]) is not None
        return kind in _KINDS and len(rest) == 1 and self.listed(rest[0]) is not None

    def hear(self, session: ClientSession, topic: str) -> None:
        """Subscribe a client to a topic; books and tickers begin with a snapshot."""
        kind, symbol = topic.partition(".")[0], topic.rpartition(".")[2]
        market = self.markets[symbol]
        self.subscribe(session, topic, market if kind == "publicTrade" else None)
        now_us, count = market.live.publications[-1][0], market.live.publication_count
        if kind == "orderbook":
            sides = market.live.published
            session.take(frame(self._book(topic, market, "snapshot", now_us, sides, count)))
        elif kind == "tickers":
            session.take(frame(ticker(market, now_us, "snapshot", spot=self._spot, whole=True)))

    def route_name(self, path: str) -> str:
        """What follows `/v5/market/`."""
        return path.partition("/market/")[2]

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """REST."""
        return self._rest.answer(route, query)

    def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """`publicTrade`: those of one moment together."""
        topic = "publicTrade." + market.symbol
        if self.hub.sessions(topic):
            events = b",".join(trade(market, event) for event in run)
            head = b'{"topic":"%s","type":"snapshot","ts":%d,"data":[%s]}'
            payload = head % (topic.encode(), run[0].time_us // 1000, events)
            self.hub.tell(topic, payload, market, run[0].trade_id, run[-1].trade_id)

    def tell(self, market: ListedMarket, event: Event) -> None:
        """An event as Bybit's message, to who hears it."""
        match event:
            case BookChanged():
                self._tell_book(market, event)
                self._tell_ticker(market, event.time_us)
            case Liquidated() if self.hub.sessions(topic := "allLiquidation." + market.symbol):
                event_json = liquidation(market, event)
                head = b'{"topic":"%s","type":"snapshot","ts":%d,"data":[%s]}'
                self.hub.tell(topic, head % (topic.encode(), event.time_us // 1000, event_json))

    def _tell_book(self, market: ListedMarket, event: BookChanged) -> None:
        for depth in _DEPTHS:
            if self.hub.sessions(topic := f"orderbook.{depth}.{market.symbol}"):
                changed, number = event.changed, event.number
                payload = self._book(topic, market, "delta", event.time_us, changed, number)
                self.hub.tell(topic, payload)

    def _tell_ticker(self, market: ListedMarket, time_us: int) -> None:
        if self.hub.sessions(topic := "tickers." + market.symbol):
            whole = self._spot or time_us % MARK_US == 0
            kind = "snapshot" if self._spot else "delta"
            self.hub.tell(topic, ticker(market, time_us, kind, spot=self._spot, whole=whole))

    def _book(
        self,
        topic: str,
        market: ListedMarket,
        kind: str,
        time_us: int,
        sides: tuple[dict[int, int], dict[int, int]],
        number: int,
    ) -> bytes:
        ms = time_us // 1000
        data = (
            b'{"topic":"%s","type":"%s","ts":%d,"data":{"s":"%s","b":[%s],"a":[%s],"u":%d,'
            b'"seq":%d},"cts":%d}'
        )
        texts = levels(market, sides[BID]), levels(market, sides[ASK])
        head = topic.encode(), kind.encode(), ms, market.symbol.encode()
        return data % (*head, *texts, number, market.live.book.last_id, ms)
