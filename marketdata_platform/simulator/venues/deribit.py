"""Deribit: what the simulated exchange says over WebSocket.

Belongs here: channels, notifications, JSON-RPC methods, heartbeats. Does not: REST (deribit_rest),
the market, sockets.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import (
    BookChanged,
    Event,
    Marked,
    Topped,
    Traded,
)
from marketdata_platform.simulator.markets.matching_book import ASK, BID, Side
from marketdata_platform.simulator.server.client_session import Line
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.server.websocket_frames import frame
from marketdata_platform.simulator.venues.deribit_messages import index_name, levels, ticker, trade
from marketdata_platform.simulator.venues.deribit_rest import DeribitRest
from marketdata_platform.simulator.venues.venue import Surroundings, Venue

_PACES = ("100ms", "raw", "agg2")
_LEAST_HEARTBEAT = 10


class Deribit(Venue):
    """All of Deribit's markets, which one address serves."""

    websocket_path = "/ws/api/v2"
    batches_trades = True

    def __init__(self, market: str, markets: Sequence[ListedMarket], around: Surroundings) -> None:
        super().__init__("deribit", market, markets, around)
        self._rest = DeribitRest(self, around.now_us)
        perpetuals = sorted(markets, key=lambda one: not one.symbol.endswith("PERPETUAL"))
        self._leads = {index_name(one.symbol): one for one in reversed(perpetuals)}

    def heard(self, line: Line, payload: bytes) -> None:
        """A JSON-RPC request."""
        line.notes["spoke"] = time.monotonic()
        line.notes.pop("tested", None)
        try:
            told = msgspec.json.decode(payload)
            method, params, number = told["method"], told.get("params") or {}, told.get("id")
            channels = [name for name in params.get("channels", ()) if isinstance(name, str)]
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            line.say(_error(None, -32700, "Parse error"))
            return
        if method == "public/subscribe":
            known = [name for name in channels if self._knows(name)]
            line.say(_result(number, known))
            for name in known:
                self._hear(line, name)
        elif method in ("public/unsubscribe", "public/unsubscribe_all"):
            gone = list(line.channels) if method.endswith("_all") else channels
            for name in gone:
                self.unsubscribe(line, name)
            line.say(_result(number, gone))
        elif method == "public/set_heartbeat":
            self._set_heartbeat(line, number, params.get("interval"))
        elif method == "public/disable_heartbeat":
            line.notes.pop("heartbeat", None)
            line.say(_result(number, "ok"))
        elif method in ("public/test", "public/hello"):
            line.say(_result(number, {"version": "1.2.26"}))
        elif method == "public/get_time":
            line.say(_result(number, self._around.now_us() // 1000))
        else:
            line.say(_error(number, -32601, "Method not found"))

    def _set_heartbeat(self, line: Line, number: Any, interval: Any) -> None:
        if not isinstance(interval, int) or interval < _LEAST_HEARTBEAT:
            line.say(_error(number, -32602, "Invalid params: interval must be 10 or more"))
            return
        line.notes["heartbeat"], line.notes["beat"] = float(interval), time.monotonic()
        line.say(_result(number, "ok"))

    def _knows(self, channel: str) -> bool:
        kind, _, rest = channel.partition(".")
        if kind == "deribit_price_index":
            return rest in self._leads
        return kind in ("trades", "book", "quote", "ticker") and rest.split(".")[0] in self.markets

    def _hear(self, line: Line, channel: str) -> None:
        kind, name, *_ = [*channel.split("."), ""]
        market = self.markets.get(name)
        self.subscribe(line, channel, market if kind == "trades" else None)
        if market is None:
            return
        if kind == "book":
            now_us, change_id = market.live.publications[-1]
            bids, asks = market.live.published
            told = (
                b'{"type":"snapshot","timestamp":%d,"instrument_name":"%s","change_id":%d,'
                b'"bids":[%s],"asks":[%s]}'
            )
            sides = levels(market, bids, {}), levels(market, asks, {})
            line.take(_notice(channel, told % (now_us // 1000, name.encode(), change_id, *sides)))
        elif kind == "ticker":
            line.take(_notice(channel, ticker(market, market.live.publications[-1][0])))

    def tick(self, now: float) -> None:
        """Heartbeats, and the end of clients that do not answer them."""
        super().tick(now)
        for line in list(self.lines):
            every = line.notes.get("heartbeat")
            if not every or now - line.notes["beat"] < every:
                continue
            line.notes["beat"] = now
            if "tested" in line.notes:
                line.end("heartbeat", code=1000)
            elif now - line.notes.get("spoke", line.opened) >= every:
                line.notes["tested"] = now
                line.say(_heartbeat("test_request"))
            else:
                line.say(_heartbeat("heartbeat"))

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """REST."""
        return self._rest.answer(route, query)

    def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """`trades`: those of one moment together."""
        for pace in _PACES:
            if self.hub.lines(channel := f"trades.{market.symbol}.{pace}"):
                told = b",".join(trade(market, e) for e in run)
                ids = run[0].trade_id, run[-1].trade_id
                self.hub.tell(channel, _envelope(channel, b"[%s]" % told), market, *ids)

    def tell(self, market: ListedMarket, event: Event) -> None:
        """An event in Deribit's words, to who hears it."""
        match event:
            case Topped() if self.hub.lines(channel := f"quote.{market.symbol}"):
                self.hub.tell(channel, _envelope(channel, _quote(market, event)))
            case BookChanged():
                for pace in _PACES:
                    if self.hub.lines(channel := f"book.{market.symbol}.{pace}"):
                        self.hub.tell(channel, _envelope(channel, _change(market, event)))
                    if self.hub.lines(channel := f"ticker.{market.symbol}.{pace}"):
                        self.hub.tell(channel, _envelope(channel, ticker(market, event.time_us)))
            case Marked():
                name = index_name(market.symbol)
                channel = f"deribit_price_index.{name}"
                if self._leads.get(name) is market and self.hub.lines(channel):
                    told = b'{"timestamp":%d,"price":%s,"index_name":"%s"}'
                    data = told % (event.time_us // 1000, market.price(event.index), name.encode())
                    self.hub.tell(channel, _envelope(channel, data))


def _quote(market: ListedMarket, e: Topped) -> bytes:
    told = b'{"timestamp":%d,"instrument_name":"%s",'
    told += b'"best_bid_price":%s,"best_bid_amount":%s,"best_ask_price":%s,"best_ask_amount":%s}'
    price, size = market.price, market.size
    numbers = price(e.bid), size(e.bid_lots), price(e.ask), size(e.ask_lots)
    return told % (e.time_us // 1000, market.symbol.encode(), *numbers)


def _change(market: ListedMarket, e: BookChanged) -> bytes:
    told = (
        b'{"type":"change","timestamp":%d,"prev_change_id":%d,"instrument_name":"%s",'
        b'"change_id":%d,'
    )
    told += b'"bids":[%s],"asks":[%s]}'
    sides: tuple[Side, Side] = e.changed
    texts = levels(market, sides[BID], e.was[BID]), levels(market, sides[ASK], e.was[ASK])
    return told % (e.time_us // 1000, e.previous_id, market.symbol.encode(), e.last_id, *texts)


def _envelope(channel: str, data: bytes) -> bytes:
    head = b'{"jsonrpc":"2.0","method":"subscription","params":{"channel":"%s","data":%s}}'
    return head % (channel.encode(), data)


def _notice(channel: str, data: bytes) -> bytes:
    return frame(_envelope(channel, data))


def _heartbeat(kind: str) -> bytes:
    return frame(
        msgspec.json.encode({"jsonrpc": "2.0", "method": "heartbeat", "params": {"type": kind}})
    )


def _result(number: Any, result: Any) -> bytes:
    return frame(
        msgspec.json.encode({"jsonrpc": "2.0", "id": number, "result": result, "testnet": False})
    )


def _error(number: Any, code: int, text: str) -> bytes:
    return frame(
        msgspec.json.encode(
            {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": text}}
        )
    )
