"""Kalshi: what the simulated exchange says over WebSocket.

Belongs here: channels, commands, envelopes. Does not: messages (messages), signed handshakes
(signed_handshakes), REST (rest), the market, sockets.

Every subscription `sid` counts its messages by `seq`, over all its markets, for one connection: so
a message is made for each connection. A market is a book of bids for YES and bids for NO; an offer
of YES at p is a bid for NO at 1 − p.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import BookChanged, Event, Marked, Traded
from marketdata_platform.simulator.server.client_session import ClientSession
from marketdata_platform.simulator.server.http_messages import Request, Response
from marketdata_platform.simulator.server.websocket_frames import frame
from marketdata_platform.simulator.venues.gateway import Gateway, Surroundings
from marketdata_platform.simulator.venues.kalshi.messages import KalshiMessages
from marketdata_platform.simulator.venues.kalshi.rest import KalshiRest
from marketdata_platform.simulator.venues.simulated_venue import SimulatedVenue

_BOOK, _TRADE, _TICKER = "orderbook_delta", "trade", "ticker"
_CHANNELS = (_BOOK, _TRADE, _TICKER)


class _Counter:
    """The `sid` of each channel of a connection, and how far its `seq` has come."""

    def __init__(self) -> None:
        self.sids: dict[str, int] = {}
        self._sequence: dict[int, int] = {}

    def next(self, channel: str) -> tuple[int, int]:
        """`sid` and `seq` of the next message."""
        sid = self.sids[channel]
        self._sequence[sid] = self._sequence.get(sid, 0) + 1
        return sid, self._sequence[sid]


class KalshiGateway(Gateway):
    """Kalshi's event markets."""

    def __init__(
        self,
        venue: SimulatedVenue,
        address: str,
        markets: Sequence[ListedMarket],
        around: Surroundings,
    ) -> None:
        super().__init__(venue, address, markets, around)
        self._rest = KalshiRest(self)
        self._counters: dict[ClientSession, _Counter] = {}
        self._messages = {symbol: KalshiMessages(one) for symbol, one in self.markets.items()}

    def opened(self, session: ClientSession, request: Request) -> None:
        """A client connected."""
        super().opened(session, request)
        self._counters[session] = _Counter()

    def closed(self, session: ClientSession) -> None:
        """A client is gone."""
        super().closed(session)
        self._counters.pop(session, None)

    def heard(self, session: ClientSession, payload: bytes) -> None:
        """subscribe, update_subscription, unsubscribe."""
        try:
            request = msgspec.json.decode(payload)
            command, number, params = request["cmd"], request.get("id"), request.get("params") or {}
            if command == "subscribe":
                self._subscribe(session, number, params)
            elif command == "unsubscribe":
                self._unsubscribe(session, number, params.get("sids") or ())
            else:
                session.say(_refused(number, 5, "Unknown command"))
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            session.say(_refused(None, 1, "Unable to process message"))

    def _subscribe(self, session: ClientSession, number: Any, params: dict[str, Any]) -> None:
        """One market that is not known refuses the whole command."""
        chosen = self.chosen(params)
        if chosen is None:
            session.say(_refused(number, 16, "Market not found"))
            return
        counter = self._counters[session]
        for channel in params.get("channels") or ():
            if channel not in _CHANNELS:
                session.say(_refused(number, 8, "Unknown channel name"))
                continue
            sid = counter.sids.setdefault(channel, len(counter.sids) + 1)
            message = {"channel": channel, "sid": sid}
            session.say(_say({"id": number, "type": "subscribed", "msg": message}))
            for name in chosen:
                self.hear_market(session, channel, name)

    def chosen(self, params: dict[str, Any]) -> list[str] | None:
        """The markets that a command means, all of them where it names none; None: one of those
        that it names is not listed.
        """
        one = params.get("market_ticker")
        tickers = params.get("market_tickers") or ([one] if one else list(self.markets))
        return tickers if all(self.listed(name) is not None for name in tickers) else None

    def hear_market(self, session: ClientSession, channel: str, name: str) -> None:
        """Subscribe a client to a channel of one market; books begin with a snapshot."""
        trades_of = self.listed(name) if channel == _TRADE else None
        self.subscribe(session, f"{channel}.{name}", trades_of)
        if channel == _BOOK:
            self._send(session, channel, "orderbook_snapshot", self._messages[name].snapshot())

    def _unsubscribe(self, session: ClientSession, number: Any, sids: Sequence[Any]) -> None:
        counter = self._counters[session]
        for channel in [name for name, sid in counter.sids.items() if sid in sids]:
            sid = counter.sids.pop(channel)
            for name in [c for c in session.channels if c.startswith(channel + ".")]:
                self.unsubscribe(session, name)
            session.say(_say({"id": number, "sid": sid, "seq": 0, "type": "unsubscribed"}))

    def route_name(self, path: str) -> str:
        """What follows `/trade-api/v2/`, `{}` in place of a ticker: `markets/{}/orderbook`."""
        first, _, rest = path.partition("/trade-api/v2/")[2].partition("/")
        ticker, _, more = rest.partition("/")
        if not ticker or (first, ticker) == ("markets", "trades"):
            return "/".join(filter(None, (first, ticker)))
        return "/".join(filter(None, (first, "{}", more)))

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """REST."""
        return self._rest.answer(route, query)

    def _send(
        self,
        session: ClientSession,
        channel: str,
        kind: str,
        body: bytes,
        market: ListedMarket | None = None,
        number: int = 0,
    ) -> None:
        sid, seq = self._counters[session].next(channel)
        session.take(
            frame(b'{"type":"%s","sid":%d,"seq":%d,"msg":%s}' % (kind.encode(), sid, seq, body)),
            market,
            number,
            number,
        )

    def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """`trade`, one per message."""
        sessions = self.hub.sessions(f"{_TRADE}.{market.symbol}")
        if sessions:
            for event in run:
                body = self._messages[market.symbol].trade(event)
                for session in sessions:
                    self._send(session, _TRADE, "trade", body, market, event.trade_id)

    def tell(self, market: ListedMarket, event: Event) -> None:
        """An event as Kalshi's messages, to who hears it."""
        match event:
            case BookChanged():
                self._tell_book(market, event)
            case Marked():
                for session in self.hub.sessions(f"{_TICKER}.{market.symbol}"):
                    body = self._messages[market.symbol].ticker(event)
                    self._send(session, _TICKER, "ticker", body)

    def _tell_book(self, market: ListedMarket, event: BookChanged) -> None:
        sessions = self.hub.sessions(f"{_BOOK}.{market.symbol}")
        if not sessions:
            return
        for body in self._messages[market.symbol].deltas(event):
            for session in sessions:
                self._send(session, _BOOK, "orderbook_delta", body)


def _say(value: Any) -> bytes:
    return frame(msgspec.json.encode(value))


def _refused(number: Any, code: int, why: str) -> bytes:
    message = {"type": "error", "msg": {"code": code, "msg": why}}
    return _say(message if number is None else {"id": number, **message})
