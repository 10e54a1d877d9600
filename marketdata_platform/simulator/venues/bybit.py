"""Bybit v5 spot, linear and inverse: what the simulated exchange says over WebSocket.

Belongs here: topics, messages, operations. Does not: REST (bybit_rest), the market, sockets.
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
from marketdata_platform.simulator.server.client_session import Line
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.server.websocket_frames import frame
from marketdata_platform.simulator.venues.bybit_messages import levels, ticker
from marketdata_platform.simulator.venues.bybit_rest import BybitRest
from marketdata_platform.simulator.venues.venue import Surroundings, Venue

_DEPTHS = ("200", "50", "500", "1000")
_KINDS = ("publicTrade", "tickers", "allLiquidation")


class Bybit(Venue):
    """One of Bybit's categories."""

    batches_trades = True

    def __init__(self, market: str, markets: Sequence[ListedMarket], around: Surroundings) -> None:
        super().__init__("bybit", market, markets, around)
        self.websocket_path = f"/v5/public/{market}"
        self._spot = market == "spot"
        self._rest = BybitRest(self, market, around.now_us)

    def heard(self, line: Line, payload: bytes) -> None:
        """subscribe, unsubscribe, ping."""
        try:
            told = msgspec.json.decode(payload)
            op, number = told["op"], told.get("req_id", "")
            topics = [name for name in told.get("args") or () if isinstance(name, str)]
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            line.say(self._said(line, False, "error:invalid request", "", ""))
            return
        if op == "ping":
            line.say(self._said(line, True, "pong", number, "ping"))
        elif op == "unsubscribe":
            for topic in topics:
                self.unsubscribe(line, topic)
            line.say(self._said(line, True, "unsubscribe", number, op))
        elif op == "subscribe":
            wrong = [topic for topic in topics if not self._knows(topic)]
            if wrong or (self._spot and len(topics) > self.endpoint.arguments):
                why = (
                    f"error:handler not found,topic:{wrong[0][:60]}"
                    if wrong
                    else "error:args size >10"
                )
                line.say(self._said(line, False, why, number, op))
                return
            line.say(self._said(line, True, "subscribe", number, op))
            for topic in topics:
                self._hear(line, topic)
        else:
            line.say(self._said(line, False, "error:unknown op", number, ""))

    def _said(self, line: Line, success: bool, text: str, number: Any, op: str) -> bytes:
        told = {
            "success": success,
            "ret_msg": text,
            "conn_id": line.record.name,
            "req_id": number,
            "op": op,
        }
        return frame(msgspec.json.encode(told))

    def _knows(self, topic: str) -> bool:
        kind, *rest = topic.split(".")
        if kind == "orderbook":
            return len(rest) == 2 and rest[0] in _DEPTHS and rest[1] in self.markets
        return kind in _KINDS and len(rest) == 1 and rest[0] in self.markets

    def _hear(self, line: Line, topic: str) -> None:
        kind, symbol = topic.partition(".")[0], topic.rpartition(".")[2]
        market = self.markets[symbol]
        self.subscribe(line, topic, market if kind == "publicTrade" else None)
        now_us = market.live.publications[-1][0]
        if kind == "orderbook":
            bids, asks = market.live.published
            line.take(
                frame(
                    self._book(
                        topic,
                        market,
                        "snapshot",
                        now_us,
                        (bids, asks),
                        market.live.publication_count,
                    )
                )
            )
        elif kind == "tickers":
            line.take(frame(ticker(market, now_us, "snapshot", spot=self._spot, whole=True)))

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """REST."""
        return self._rest.answer(route, query)

    def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """`publicTrade`: those of one moment together."""
        topic = "publicTrade." + market.symbol
        if self.hub.lines(topic):
            name_of, symbol = market.numbering.name_of, market.symbol.encode()
            assert name_of is not None  # UUIDs
            entry = (
                b'{"T":%d,"s":"%s","S":"%s","v":"%s","p":"%s","L":"%s","i":"%s","BT":false,'
                b'"RPI":false,"seq":%d}'
            )
            told = b",".join(
                entry
                % (
                    e.time_us // 1000,
                    symbol,
                    b"Buy" if e.buy else b"Sell",
                    market.size(e.lots),
                    market.price(e.price),
                    b"PlusTick" if e.buy else b"MinusTick",
                    name_of(e.trade_id).encode(),
                    e.trade_id,
                )
                for e in run
            )
            head = b'{"topic":"%s","type":"snapshot","ts":%d,"data":[%s]}'
            payload = head % (topic.encode(), run[0].time_us // 1000, told)
            self.hub.tell(topic, payload, market, run[0].trade_id, run[-1].trade_id)

    def tell(self, market: ListedMarket, event: Event) -> None:
        """An event in Bybit's words, to who hears it."""
        symbol = market.symbol
        match event:
            case BookChanged():
                for depth in _DEPTHS:
                    if self.hub.lines(topic := f"orderbook.{depth}.{symbol}"):
                        told = self._book(
                            topic, market, "delta", event.time_us, event.changed, event.number
                        )
                        self.hub.tell(topic, told)
                if self.hub.lines(topic := "tickers." + symbol):
                    whole = self._spot or event.time_us % MARK_US == 0
                    kind = "snapshot" if self._spot else "delta"
                    self.hub.tell(
                        topic, ticker(market, event.time_us, kind, spot=self._spot, whole=whole)
                    )
            case Liquidated() if self.hub.lines(topic := "allLiquidation." + symbol):
                ms = event.time_us // 1000
                entry = b'{"T":%d,"s":"%s","S":"%s","v":"%s","p":"%s"}'
                position = b"Sell" if event.buy else b"Buy"  # what was closed: a short by buying
                sized = market.size(event.lots), market.price(event.price)
                told = entry % (ms, symbol.encode(), position, *sized)
                head = b'{"topic":"%s","type":"snapshot","ts":%d,"data":[%s]}'
                self.hub.tell(topic, head % (topic.encode(), ms, told))

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
        told = (
            b'{"topic":"%s","type":"%s","ts":%d,"data":{"s":"%s","b":[%s],"a":[%s],"u":%d,'
            b'"seq":%d},"cts":%d}'
        )
        texts = levels(market, sides[BID]), levels(market, sides[ASK])
        head = topic.encode(), kind.encode(), ms, market.symbol.encode()
        return told % (*head, *texts, number, market.live.book.last_id, ms)
