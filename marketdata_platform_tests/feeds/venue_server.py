"""A venue on loopback for tests of connections: Binance's words, truth that is known, and
misbehaviour on demand.

One server gives WebSocket and REST at one port, in a thread of its own. It counts trades for each
symbol without holes and remembers the newest id: what a recorder should have. `Misbehaviour` can
change while it runs.
"""

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from picows import (
    WSCloseCode,
    WSListener,
    WSMsgType,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

TRADE = (
    b'{"stream":"%s@trade","data":{"e":"trade","E":%d,"s":"%s","t":%d,"p":"100.50","q":"0.25",'
    b'"T":%d,"m":true,"M":true}}'
)
DEPTH = (
    b'{"stream":"%s@depth@100ms","data":{"e":"depthUpdate","E":%d,"s":"%s","U":%d,"u":%d,'
    b'"b":[["100.40","1.0"]],"a":[["100.60","2.0"]]}}'
)


@dataclass
class Misbehaviour:
    """What the server does wrong, or differently."""

    refuse: int = 0  # status of the handshake's answer
    retry_after: str | None = None
    stalled: bool = False  # connections stay open, nothing is sent
    deaf_to: frozenset[str] = frozenset()  # channels that are subscribed to and never come
    unknown: frozenset[str] = frozenset()  # channels for which a whole message is refused
    # Such a message is taken but for those channels; what is subscribed to already is refused, too.
    takes_the_rest: bool = False
    skip_ids: int = 0  # ids left out at the next trade
    skip_updates: int = 0  # update ids left out at the next change of a book
    snapshot_lag: int = 0  # how far whole books are behind
    rest_status: int = 0
    mute: bool = False  # pings are not answered
    ping: bool = False


@dataclass
class Seen:
    """What clients did."""

    handshakes: list[float] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    messages: list[tuple[float, dict]] = field(default_factory=list)
    pongs: int = 0
    pings: int = 0
    closes: int = 0
    asked: list[str] = field(default_factory=list)
    live: list[int] = field(default_factory=list)  # connections open at each handshake


class VenueServer:
    """A context manager; `url` and `rest` are its addresses."""

    def __init__(self, *, rate: float = 200.0, port: int = 0) -> None:
        self.wrong = Misbehaviour()
        self.seen = Seen()
        self.last_trade: dict[str, int] = {}
        self.last_update: dict[str, int] = {}
        self._rate = rate
        self._port = port
        self._started = threading.Event()
        self._clients: set[_Client] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> "VenueServer":
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, *_) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/stream"

    @property
    def rest(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def call(self, function, *arguments):
        """Run `function` in the server's thread; its result."""

        async def run():
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def send(self, frame: bytes, **options) -> None:
        """Send a frame of our own to every client."""
        self.call(
            lambda: [
                c.transport.send(WSMsgType.TEXT, frame, **options) for c in list(self._clients)
            ]
        )

    def send_parts(self, parts: list[bytes]) -> None:
        """Send one message in fragments to every client."""

        def send():
            for client in list(self._clients):
                for number, part in enumerate(parts):
                    kind = WSMsgType.TEXT if number == 0 else WSMsgType.CONTINUATION
                    client.transport.send(kind, part, number == len(parts) - 1)

        self.call(send)

    def drop_all(self, *, politely: bool = False) -> None:
        """End every connection."""

        def drop():
            for client in list(self._clients):
                if politely:
                    client.transport.send_close(WSCloseCode.GOING_AWAY, b"maintenance")
                client.transport.disconnect(graceful=politely)

        self.call(drop)

    def connections(self) -> int:
        return len(self._clients)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await ws_create_server(
            self._answer,
            "127.0.0.1",
            self._port,
            logger_name=_quiet_logger(),
            max_frame_size=2**28,
            enable_auto_pong=False,
        )
        self._port = server.sockets[0].getsockname()[1]
        self._started.set()
        market = asyncio.create_task(self._market())
        await self._over.wait()
        market.cancel()
        server.close()
        for client in list(self._clients):
            client.transport.disconnect(graceful=False)
        await asyncio.sleep(0.02)

    def _answer(self, request):
        path = request.path.decode()
        if "Upgrade" not in request.headers:
            return WSUpgradeResponseWithListener(self._rest(path), None)
        self.seen.handshakes.append(time.monotonic())
        self.seen.headers.append(dict(request.headers))
        self.seen.live.append(len(self._clients))
        if self.wrong.refuse:
            headers = {"Retry-After": self.wrong.retry_after} if self.wrong.retry_after else None
            return WSUpgradeResponseWithListener(
                WSUpgradeResponse.create_error_response(self.wrong.refuse, b"no", headers), None
            )
        return _Client(self)

    def _rest(self, path: str):
        self.seen.asked.append(path)
        parts = urlsplit(path)
        if self.wrong.rest_status:
            headers = {"Retry-After": self.wrong.retry_after} if self.wrong.retry_after else None
            return WSUpgradeResponse.create_error_response(
                self.wrong.rest_status, b'{"code":-1003}', headers
            )
        if parts.path.endswith("/time"):
            return _body({"serverTime": time.time_ns() // 1_000_000})
        if parts.path.endswith("/depth"):
            symbol = parse_qs(parts.query)["symbol"][0].lower()
            last = self.last_update.get(symbol, 0) - self.wrong.snapshot_lag
            return _body(
                {"lastUpdateId": last, "bids": [["100.40", "1.0"]], "asks": [["100.60", "2.0"]]}
            )
        if parts.path.endswith("/exchangeInfo"):
            return _body({"symbols": []})
        return WSUpgradeResponse.create_error_response(HTTPStatus.NOT_FOUND, b"{}")

    async def _market(self) -> None:
        """Trades and changes of books, each symbol's in one sequence, to whoever subscribed."""
        while True:
            await asyncio.sleep(1 / self._rate)
            if self.wrong.stalled:
                continue
            symbols = {c.partition("@")[0] for client in self._clients for c in client.channels}
            for symbol in symbols | set(self.last_trade):
                self._tick(symbol)

    def _tick(self, symbol: str) -> None:
        now_ms = time.time_ns() // 1_000_000
        trade = self.last_trade[symbol] = self.last_trade.get(symbol, 0) + 1 + self.wrong.skip_ids
        first = self.last_update.get(symbol, 0) + 1 + self.wrong.skip_updates
        self.last_update[symbol] = first + 1
        self.wrong.skip_ids = self.wrong.skip_updates = 0
        name, upper = symbol.encode(), symbol.upper().encode()
        frames = {
            f"{symbol}@trade": TRADE % (name, now_ms, upper, trade, now_ms),
            f"{symbol}@depth@100ms": DEPTH % (name, now_ms, upper, first, first + 1),
        }
        for client in list(self._clients):
            for channel in client.channels & frames.keys():
                if channel not in self.wrong.deaf_to:
                    client.transport.send(WSMsgType.TEXT, frames[channel])


class _Client(WSListener):
    def __init__(self, server: VenueServer) -> None:
        self.server = server
        self.channels: set[str] = set()

    def on_ws_connected(self, transport) -> None:
        self.transport = transport
        self.server._clients.add(self)
        if self.server.wrong.ping:
            transport.send_ping(b"are you there")

    def on_ws_frame(self, transport, frame) -> None:
        seen = self.server.seen
        if frame.msg_type == WSMsgType.TEXT:
            message = json.loads(frame.get_payload_as_bytes())
            seen.messages.append((time.monotonic(), message))
            self._told(transport, message)
        elif frame.msg_type == WSMsgType.PONG:
            seen.pongs += 1
        elif frame.msg_type == WSMsgType.PING:
            seen.pings += 1
            if not self.server.wrong.mute:
                transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            seen.closes += 1
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()

    def _told(self, transport, message: dict) -> None:
        names = {str(name) for name in message.get("params", []) if isinstance(name, str)}
        wrong = self.server.wrong
        refused = names & (wrong.unknown | (self.channels if wrong.takes_the_rest else set()))
        if message.get("method") == "SUBSCRIBE" and refused:
            self.channels |= names - refused if wrong.takes_the_rest else set()
            complaint = {"code": 2, "msg": "Invalid request: unknown stream"}
            refusal = {"error": complaint, "id": message.get("id")}
            transport.send(WSMsgType.TEXT, json.dumps(refusal).encode())
            return
        if message.get("method") == "SUBSCRIBE":
            self.channels |= names
        elif message.get("method") == "UNSUBSCRIBE":
            self.channels -= names
        transport.send(
            WSMsgType.TEXT, json.dumps({"result": None, "id": message.get("id")}).encode()
        )

    def on_ws_disconnected(self, transport) -> None:
        self.server._clients.discard(self)


def _body(value) -> WSUpgradeResponse:
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    return WSUpgradeResponse.create_ok_response(
        json.dumps(value).encode(), {"Content-Type": "application/json", "Date": date}
    )


def _quiet_logger():
    import logging

    logger = logging.getLogger("tests.venue_server")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


def wait_for(condition, seconds: float = 40.0):
    """Wait until `condition()` is true; its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.01)
    return value
