"""Kalshi: what the simulated exchange says over WebSocket.

Belongs here: channels, messages, commands, the signed handshake. Does not: REST (kalshi_rest), the
market, sockets. Every subscription `sid` counts its messages by `seq`, over all its markets, for
one connection: so a message is made for each connection. A market is a book of bids for YES and
bids for NO; an offer of YES at p is a bid for NO at 1 − p.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import BookChanged, Event, Marked, Traded
from marketdata_platform.simulator.markets.matching_book import ASK, BID
from marketdata_platform.simulator.server.client_session import Line
from marketdata_platform.simulator.server.http_messages import Request, Response
from marketdata_platform.simulator.server.websocket_frames import frame
from marketdata_platform.simulator.venues.kalshi_messages import Words
from marketdata_platform.simulator.venues.kalshi_rest import KalshiRest
from marketdata_platform.simulator.venues.venue import Surroundings, Venue

_BOOK, _TRADE, _TICKER = "orderbook_delta", "trade", "ticker"
_CHANNELS = (_BOOK, _TRADE, _TICKER)
_KEY, _TIME, _SIGNATURE = "kalshi-access-key", "kalshi-access-timestamp", "kalshi-access-signature"
_CLOCK_SECONDS = 3_700  # tests step the client's clock by an hour; the real exchange is stricter


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


class Kalshi(Venue):
    """Kalshi's event markets."""

    websocket_path = "/trade-api/ws/v2"
    ping_seconds = 10.0

    def __init__(self, market: str, markets: Sequence[ListedMarket], around: Surroundings) -> None:
        super().__init__("kalshi", market, markets, around)
        self._rest = KalshiRest(self)
        self._counters: dict[Line, _Counter] = {}
        self._words = {symbol: Words(one) for symbol, one in self.markets.items()}

    def admit(self, request: Request) -> Response | None:
        """401 where a public key is given and the handshake is not signed with its private key."""
        pem = self._around.kalshi_public_key
        if pem is None or _signed(pem, request):
            return None
        return Response.json(
            {"error": {"code": "authentication_error", "message": "authentication_error"}}, 401
        )

    def opened(self, line: Line, request: Request) -> None:
        """A client connected."""
        super().opened(line, request)
        self._counters[line] = _Counter()

    def closed(self, line: Line) -> None:
        """A client is gone."""
        super().closed(line)
        self._counters.pop(line, None)

    def heard(self, line: Line, payload: bytes) -> None:
        """subscribe, update_subscription, unsubscribe."""
        try:
            told = msgspec.json.decode(payload)
            command, number, params = told["cmd"], told.get("id"), told.get("params") or {}
            if command == "subscribe":
                self._subscribe(line, number, params)
            elif command == "unsubscribe":
                self._unsubscribe(line, number, params.get("sids") or ())
            else:
                line.say(
                    _say(
                        {
                            "id": number,
                            "type": "error",
                            "msg": {"code": 5, "msg": "Unknown command"},
                        }
                    )
                )
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            line.say(
                _say({"type": "error", "msg": {"code": 1, "msg": "Unable to process message"}})
            )

    def _subscribe(self, line: Line, number: Any, params: dict[str, Any]) -> None:
        chosen = self._chosen(params)
        counter = self._counters[line]
        for channel in params.get("channels") or ():
            if channel not in _CHANNELS:
                line.say(
                    _say(
                        {
                            "id": number,
                            "type": "error",
                            "msg": {"code": 8, "msg": "Unknown channel name"},
                        }
                    )
                )
                continue
            sid = counter.sids.setdefault(channel, len(counter.sids) + 1)
            line.say(
                _say({"id": number, "type": "subscribed", "msg": {"channel": channel, "sid": sid}})
            )
            for name in chosen:
                self._hear_market(line, channel, name)

    def _chosen(self, params: dict[str, Any]) -> list[str]:
        tickers = params.get("market_tickers") or [t for t in (params.get("market_ticker"),) if t]
        return [name for name in tickers if name in self.markets] if tickers else list(self.markets)

    def _hear_market(self, line: Line, channel: str, name: str) -> None:
        self.subscribe(line, f"{channel}.{name}", self.markets[name] if channel == _TRADE else None)
        if channel == _BOOK:
            self._send(line, channel, "orderbook_snapshot", self._words[name].snapshot())

    def _unsubscribe(self, line: Line, number: Any, sids: Sequence[Any]) -> None:
        counter = self._counters[line]
        for channel in [name for name, sid in counter.sids.items() if sid in sids]:
            sid = counter.sids.pop(channel)
            for name in [c for c in line.channels if c.startswith(channel + ".")]:
                self.unsubscribe(line, name)
            line.say(_say({"id": number, "sid": sid, "seq": 0, "type": "unsubscribed"}))

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """REST."""
        return self._rest.answer(route, query)

    def _send(
        self,
        line: Line,
        channel: str,
        kind: str,
        body: bytes,
        market: ListedMarket | None = None,
        number: int = 0,
    ) -> None:
        sid, seq = self._counters[line].next(channel)
        line.take(
            frame(b'{"type":"%s","sid":%d,"seq":%d,"msg":%s}' % (kind.encode(), sid, seq, body)),
            market,
            number,
            number,
        )

    def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """`trade`, one a message."""
        lines = self.hub.lines(f"{_TRADE}.{market.symbol}")
        if lines:
            for event in run:
                body = self._words[market.symbol].trade(event)
                for line in lines:
                    self._send(line, _TRADE, "trade", body, market, event.trade_id)

    def tell(self, market: ListedMarket, event: Event) -> None:
        """An event in Kalshi's words, to who hears it."""
        words = self._words[market.symbol]
        match event:
            case BookChanged():
                lines = self.hub.lines(f"{_BOOK}.{market.symbol}")
                if not lines:
                    return
                moment = _rfc3339(event.time_us)
                for side in (BID, ASK):
                    for price, lots in event.changed[side].items():
                        change = lots - event.was[side][price]
                        if change:
                            body = words.delta(
                                side == BID, price, change, moment, event.time_us // 1000
                            )
                            for line in lines:
                                self._send(line, _BOOK, "orderbook_delta", body)
            case Marked():
                for line in self.hub.lines(f"{_TICKER}.{market.symbol}"):
                    self._send(line, _TICKER, "ticker", words.ticker(event))


def _rfc3339(time_us: int) -> bytes:
    moment = datetime.fromtimestamp(time_us // 1_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_us % 1_000_000:06d}Z".encode()


def _say(value: Any) -> bytes:
    return frame(msgspec.json.encode(value))


def _signed(pem: bytes, request: Request) -> bool:
    """Whether the handshake is signed: RSA-PSS over SHA-256 of time, method and path."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    moment, signature = request.headers.get(_TIME, ""), request.headers.get(_SIGNATURE, "")
    key = load_pem_public_key(pem)
    if (
        not request.headers.get(_KEY)
        or not moment.isdecimal()
        or not isinstance(key, rsa.RSAPublicKey)
    ):
        return False
    if abs(int(moment) / 1000 - time.time()) > _CLOCK_SECONDS:
        return False
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    try:
        key.verify(
            base64.b64decode(signature), f"{moment}GET{request.path}".encode(), pss, hashes.SHA256()
        )
    except (InvalidSignature, ValueError):
        return False
    return True
