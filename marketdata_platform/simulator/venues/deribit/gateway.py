"""Deribit: what the simulated exchange says over WebSocket.

Belongs here: channels, JSON-RPC methods, heartbeats. Does not: messages (messages), REST (rest),
the market, sockets.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import (
    BookChanged,
    Event,
    Marked,
    Topped,
    Traded,
)
from marketdata_platform.simulator.server.client_session import ClientSession
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.server.websocket_frames import frame
from marketdata_platform.simulator.venues.deribit.messages import (
    change,
    index_name,
    index_price,
    quote,
    snapshot,
    ticker,
    trade,
)
from marketdata_platform.simulator.venues.deribit.rest import DeribitRest
from marketdata_platform.simulator.venues.gateway import Gateway, Surroundings
from marketdata_platform.simulator.venues.simulated_venue import SimulatedVenue

_PACES = ("100ms", "raw", "agg2")
_KINDS = ("trades", "book", "quote", "ticker")
_LEAST_HEARTBEAT = 10
_Method: TypeAlias = Callable[[ClientSession, Any, dict[str, Any]], None]


class DeribitGateway(Gateway):
    """All of Deribit's markets, which one address serves."""

    def __init__(
        self,
        venue: SimulatedVenue,
        address: str,
        markets: Sequence[ListedMarket],
        around: Surroundings,
    ) -> None:
        super().__init__(venue, address, markets, around)
        self._rest = DeribitRest(self, around.now_us)
        perpetuals = sorted(markets, key=lambda one: not one.symbol.endswith("PERPETUAL"))
        self._leads = {index_name(one.symbol): one for one in reversed(perpetuals)}
        self._methods: dict[str, _Method] = {
            "public/subscribe": self._subscribe,
            "public/unsubscribe": self._unsubscribe,
            "public/unsubscribe_all": self._unsubscribe_all,
            "public/set_heartbeat": self._set_heartbeat,
            "public/disable_heartbeat": self._disable_heartbeat,
            "public/test": self._test,
            "public/hello": self._test,
            "public/get_time": self._time,
        }

    def heard(self, session: ClientSession, payload: bytes) -> None:
        """A JSON-RPC request."""
        session.notes["spoke"] = time.monotonic()
        session.notes.pop("tested", None)
        try:
            request = msgspec.json.decode(payload)
            method, params, number = (
                request["method"],
                request.get("params") or {},
                request.get("id"),
            )
            params.get("channels")
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            session.say(_error(None, -32700, "Parse error"))
            return
        known = self._methods.get(method) if isinstance(method, str) else None
        if known is None:
            session.say(_error(number, -32601, "Method not found"))
        else:
            known(session, number, params)

    def _subscribe(self, session: ClientSession, number: Any, params: dict[str, Any]) -> None:
        """The answer lists what is subscribed to; what is not known is left out of it."""
        known = [name for name in _channels(params) if self.knows(name)]
        session.say(_result(number, known))
        for name in known:
            self.hear(session, name)

    def _unsubscribe(self, session: ClientSession, number: Any, params: dict[str, Any]) -> None:
        gone = _channels(params)
        for name in gone:
            self.unsubscribe(session, name)
        session.say(_result(number, gone))

    def _unsubscribe_all(self, session: ClientSession, number: Any, _: dict[str, Any]) -> None:
        self._unsubscribe(session, number, {"channels": list(session.channels)})

    def _disable_heartbeat(self, session: ClientSession, number: Any, _: dict[str, Any]) -> None:
        session.notes.pop("heartbeat", None)
        session.say(_result(number, "ok"))

    def _test(self, session: ClientSession, number: Any, _: dict[str, Any]) -> None:
        session.say(_result(number, {"version": "1.2.26"}))

    def _time(self, session: ClientSession, number: Any, _: dict[str, Any]) -> None:
        session.say(_result(number, self._around.now_us() // 1000))

    def _set_heartbeat(self, session: ClientSession, number: Any, params: dict[str, Any]) -> None:
        interval = params.get("interval")
        if not isinstance(interval, int) or interval < _LEAST_HEARTBEAT:
            session.say(_error(number, -32602, "Invalid params: interval must be 10 or more"))
            return
        session.notes["heartbeat"], session.notes["beat"] = float(interval), time.monotonic()
        session.say(_result(number, "ok"))

    def knows(self, channel: str) -> bool:
        """True if there is such a channel, of an instrument that is listed."""
        kind, _, rest = channel.partition(".")
        if kind == "deribit_price_index":
            return rest in self._leads
        return kind in _KINDS and self.listed(rest.split(".")[0]) is not None

    def hear(self, session: ClientSession, channel: str) -> None:
        """Subscribe a client to a channel; books and tickers begin with a snapshot."""
        kind, name, *_ = [*channel.split("."), ""]
        market = self.listed(name)
        self.subscribe(session, channel, market if kind == "trades" else None)
        if market is None:
            return
        if kind == "book":
            session.take(_notice(channel, snapshot(market)))
        elif kind == "ticker":
            session.take(_notice(channel, ticker(market, market.live.publications[-1][0])))

    def tick(self, now: float) -> None:
        """Heartbeats, and the end of clients that do not answer them."""
        super().tick(now)
        for session in list(self.sessions):
            every = session.notes.get("heartbeat")
            if not every or now - session.notes["beat"] < every:
                continue
            session.notes["beat"] = now
            if "tested" in session.notes:
                session.end("heartbeat", code=1000)
            elif now - session.notes.get("spoke", session.opened) >= every:
                session.notes["tested"] = now
                session.say(_heartbeat("test_request"))
            else:
                session.say(_heartbeat("heartbeat"))

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """REST."""
        return self._rest.answer(route, query)

    def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """`trades`: those of one moment together."""
        for pace in _PACES:
            if self.hub.sessions(channel := f"trades.{market.symbol}.{pace}"):
                trades = b",".join(trade(market, e) for e in run)
                ids = run[0].trade_id, run[-1].trade_id
                self.hub.tell(channel, _envelope(channel, b"[%s]" % trades), market, *ids)

    def tell(self, market: ListedMarket, event: Event) -> None:
        """An event as Deribit's message, to who hears it."""
        match event:
            case Topped() if self.hub.sessions(channel := f"quote.{market.symbol}"):
                self.hub.tell(channel, _envelope(channel, quote(market, event)))
            case BookChanged():
                for pace in _PACES:
                    if self.hub.sessions(channel := f"book.{market.symbol}.{pace}"):
                        self.hub.tell(channel, _envelope(channel, change(market, event)))
                    if self.hub.sessions(channel := f"ticker.{market.symbol}.{pace}"):
                        self.hub.tell(channel, _envelope(channel, ticker(market, event.time_us)))
            case Marked():
                name = index_name(market.symbol)
                channel = f"deribit_price_index.{name}"
                if self._leads.get(name) is market and self.hub.sessions(channel):
                    self.hub.tell(channel, _envelope(channel, index_price(market, event)))


def _channels(params: dict[str, Any]) -> list[str]:
    given = params.get("channels")
    return [name for name in given if isinstance(name, str)] if isinstance(given, list) else []


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
