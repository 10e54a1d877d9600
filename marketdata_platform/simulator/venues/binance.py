"""Binance spot, USD-M and COIN-M: what the simulated exchange says over WebSocket.

Belongs here: stream names, messages, commands. Does not: REST (binance_rest), the market, sockets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from marketdata_platform.simulator.markets.flow_blocks import INSURANCE_FUND
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
from marketdata_platform.simulator.markets.matching_book import ASK, BID, Side
from marketdata_platform.simulator.markets.number_texts import NumberText
from marketdata_platform.simulator.server.client_session import Line
from marketdata_platform.simulator.server.http_messages import Request, Response
from marketdata_platform.simulator.server.websocket_frames import frame
from marketdata_platform.simulator.venues.binance_rest import BinanceRest
from marketdata_platform.simulator.venues.venue import Surroundings, Venue

_DEPTHS = ("depth@100ms", "depth", "depth@0ms", "depth@250ms", "depth@500ms", "depth@1000ms")
_MARKS = ("markPrice@1s", "markPrice")
_RAW = "raw "
_NO, _YES = b"false", b"true"


class Binance(Venue):
    """One of Binance's markets."""

    websocket_path = "/stream"

    def __init__(self, market: str, markets: Sequence[ListedMarket], around: Surroundings) -> None:
        super().__init__("binance", market, markets, around)
        self._spot = market == "spot"
        self.ping_seconds = 20.0 if self._spot else 180.0
        self._rest = BinanceRest(self, market, around.now_us)
        self._by_stream = {symbol.lower(): one for symbol, one in self.markets.items()}
        self._long = {s: NumberText(one.live.model.tick, 8) for s, one in self.markets.items()}

    def opened(self, line: Line, request: Request) -> None:
        """`/stream?streams=a/b` is combined, `/ws/a` is not; both may subscribe to more."""
        super().opened(line, request)
        named = request.query.get("streams", "").split("/")
        _, _, single = request.path.partition("/ws/")
        for channel in filter(None, (*named, *single.split("/"))):
            self._hear(line, channel)

    def heard(self, line: Line, payload: bytes) -> None:
        """SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS."""
        try:
            told = msgspec.json.decode(payload)
            method, params, number = told["method"], told.get("params") or [], told.get("id")
            names = [name for name in params if isinstance(name, str)]
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            line.say(_text({"error": {"code": 2, "msg": "Invalid request: it is no command"}}))
            return
        result: Any = None
        if method == "SUBSCRIBE":
            if len(line.channels) + len(names) > self.endpoint.streams:
                line.say(
                    _text(
                        {
                            "error": {"code": 2, "msg": "Invalid request: too many streams"},
                            "id": number,
                        }
                    )
                )
                return
            line.say(_text({"result": None, "id": number}))
            for name in names:
                self._hear(line, name)
            return
        if method == "UNSUBSCRIBE":
            for name in names:
                self.unsubscribe(line, self._key(line, name))
        elif method == "LIST_SUBSCRIPTIONS":
            result = [channel.removeprefix(_RAW) for channel in line.channels]
        else:
            line.say(
                _text(
                    {"error": {"code": 2, "msg": "Invalid request: unknown method"}, "id": number}
                )
            )
            return
        line.say(_text({"result": result, "id": number}))

    def _key(self, line: Line, channel: str) -> str:
        return _RAW + channel if line.raw else channel

    def _hear(self, line: Line, channel: str) -> None:
        symbol, _, kind = channel.partition("@")
        self.subscribe(
            line, self._key(line, channel), self._by_stream.get(symbol) if kind == "trade" else None
        )

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """REST."""
        return self._rest.answer(route, query)

    def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """`trade`, one a message."""
        channel = market.symbol.lower() + "@trade"
        if self._wanted(channel):
            for event in run:
                self._send(
                    channel, self._trade(market, event), market, event.trade_id, event.trade_id
                )

    def tell(self, market: ListedMarket, event: Event) -> None:
        """An event in Binance's words, to who hears it."""
        lower = market.symbol.lower()
        match event:
            case Topped():
                if self._wanted(channel := lower + "@bookTicker"):
                    self._send(channel, self._top(market, event))
            case Aggregated():
                if self._wanted(channel := lower + "@aggTrade"):
                    self._send(channel, self._aggregate(market, event))
            case BookChanged():
                self._send_each(lower, _DEPTHS, market, event)
            case Marked() if not self._spot:
                self._send_each(lower, _MARKS, market, event)
            case Liquidated() if not self._spot:
                if self._wanted(channel := lower + "@forceOrder"):
                    self._send(channel, self._liquidation(market, event))

    def _send_each(
        self, lower: str, kinds: Sequence[str], market: ListedMarket, event: Any
    ) -> None:
        wanted = [channel for kind in kinds if self._wanted(channel := f"{lower}@{kind}")]
        if wanted:
            data = (
                self._depth(market, event)
                if isinstance(event, BookChanged)
                else self._mark(market, event)
            )
            for channel in wanted:
                self._send(channel, data)

    def _wanted(self, channel: str) -> bool:
        return bool(self.hub.lines(channel) or self.hub.lines(_RAW + channel))

    def _send(
        self,
        channel: str,
        data: bytes,
        market: ListedMarket | None = None,
        first: int = 0,
        last: int = 0,
    ) -> None:
        if self.hub.lines(channel):
            self.hub.tell(
                channel,
                b'{"stream":"%s","data":%s}' % (channel.encode(), data),
                market,
                first,
                last,
            )
        if self.hub.lines(_RAW + channel):
            self.hub.tell(_RAW + channel, data, market, first, last)

    def _trade(self, market: ListedMarket, e: Traded) -> bytes:
        ms = e.time_us // 1000
        symbol, price, size = market.symbol.encode(), market.price(e.price), market.size(e.lots)
        maker = _NO if e.buy else _YES
        if self._spot:
            head = b'{"e":"trade","E":%d,"s":"%s","t":%d,"p":"%s","q":"%s","T":%d,"m":%s,"M":true}'
            return head % (ms, symbol, e.trade_id, price, size, ms, maker)
        kind = b"INSURANCE_FUND" if e.mark == INSURANCE_FUND else b"MARKET"
        head = b'{"e":"trade","E":%d,"T":%d,"s":"%s","t":%d,"p":"%s","q":"%s","X":"%s","m":%s}'
        return head % (ms, ms, symbol, e.trade_id, price, size, kind, maker)

    def _aggregate(self, market: ListedMarket, e: Aggregated) -> bytes:
        ms = e.time_us // 1000
        head = (
            b'{"e":"aggTrade","E":%d,"s":"%s","a":%d,"p":"%s","q":"%s","f":%d,"l":%d,"T":%d,'
            b'"m":%s%s}'
        )
        numbers = market.price(e.price), market.size(e.lots), e.first_id, e.last_id, ms
        more = b',"M":true' if self._spot else b""
        return head % (
            ms,
            market.symbol.encode(),
            e.aggregate_id,
            *numbers,
            _NO if e.buy else _YES,
            more,
        )

    def _top(self, market: ListedMarket, e: Topped) -> bytes:
        price, size = market.price, market.size
        numbers = price(e.bid), size(e.bid_lots), price(e.ask), size(e.ask_lots)
        if self._spot:
            head = b'{"u":%d,"s":"%s","b":"%s","B":"%s","a":"%s","A":"%s"}'
            return head % (e.update_id, market.symbol.encode(), *numbers)
        ms = e.time_us // 1000
        head = (
            b'{"e":"bookTicker","u":%d,"s":"%s","b":"%s","B":"%s","a":"%s","A":"%s","T":%d,"E":%d}'
        )
        return head % (e.update_id, market.symbol.encode(), *numbers, ms, ms)

    def _depth(self, market: ListedMarket, e: BookChanged) -> bytes:
        ms = e.time_us // 1000
        sides = _levels(market, e.changed[BID]), _levels(market, e.changed[ASK])
        symbol = market.symbol.encode()
        if self._spot:
            head = b'{"e":"depthUpdate","E":%d,"s":"%s","U":%d,"u":%d,"b":[%s],"a":[%s]}'
            return head % (ms, symbol, e.first_id, e.last_id, *sides)
        head = b'{"e":"depthUpdate","E":%d,"T":%d,"s":"%s","U":%d,"u":%d,"pu":%d,"b":[%s],"a":[%s]}'
        return head % (ms, ms, symbol, e.first_id, e.last_id, e.previous_id, *sides)

    def _mark(self, market: ListedMarket, e: Marked) -> bytes:
        long = self._long[market.symbol]
        sign, rate = ("-", -e.rate_e8) if e.rate_e8 < 0 else ("", e.rate_e8)
        told = b'{"e":"markPriceUpdate","E":%d,"s":"%s","p":"%s","i":"%s","P":"%s","r":"%s","T":%d}'
        prices = long(e.mark), long(e.index), long(e.index)
        return told % (
            e.time_us // 1000,
            market.symbol.encode(),
            *prices,
            f"{sign}0.{rate:08d}".encode(),
            e.next_funding_us // 1000,
        )

    def _liquidation(self, market: ListedMarket, e: Liquidated) -> bytes:
        ms, size, price = e.time_us // 1000, market.size(e.lots), market.price(e.price)
        order = b'{"s":"%s","S":"%s","o":"LIMIT","f":"IOC","q":"%s","p":"%s",'
        order += b'"ap":"%s","X":"FILLED","l":"%s","z":"%s","T":%d}'
        side = b"BUY" if e.buy else b"SELL"
        told = order % (market.symbol.encode(), side, size, price, price, size, size, ms)
        return b'{"e":"forceOrder","E":%d,"o":%s}' % (ms, told)


def _levels(market: ListedMarket, side: Side) -> bytes:
    price, size = market.price, market.size
    return b",".join([b'["%s","%s"]' % (price(p), size(q)) for p, q in side.items()])


def _text(value: Any) -> bytes:
    return frame(msgspec.json.encode(value))
