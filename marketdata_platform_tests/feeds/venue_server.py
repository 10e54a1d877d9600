"""A venue on loopback for tests of connections: Binance's messages, a market that is known, and
misbehaviour on demand.

The sockets are those of the simulated exchange's server; what is said is scripted here, so that a
test can be exact about it. It counts trades for each symbol that anybody asks for without holes and
remembers the newest id: what a recorder should have. `Misbehaviour` can change while it runs.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field

from marketdata_platform.simulator.server.client_session import ClientSession, SessionRecord
from marketdata_platform.simulator.server.http_messages import Request, Response
from marketdata_platform.simulator.server.loop_thread import LoopThread
from marketdata_platform.simulator.server.server_connection import ServerConnection
from marketdata_platform.simulator.server.stream_faults import NO_STREAM_FAULTS
from marketdata_platform.simulator.server.websocket_frames import (
    CONTINUATION,
    PING,
    TEXT,
    close_frame,
    frame,
)

TRADE = (
    b'{"stream":"%s@trade","data":{"e":"trade","E":%d,"s":"%s","t":%d,"p":"100.50","q":"0.25",'
    b'"T":%d,"m":true,"M":true}}'
)
DEPTH = (
    b'{"stream":"%s@depth@100ms","data":{"e":"depthUpdate","E":%d,"s":"%s","U":%d,"u":%d,'
    b'"b":[["100.40","1.0"]],"a":[["100.60","2.0"]]}}'
)


_AT_ONCE_BYTES, _PIECE_BYTES = 32 << 20, 1 << 18


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
    mute: bool = False  # pings are not answered
    ping: bool = False


@dataclass
class Seen:
    """What clients did."""

    handshakes: list[float] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)  # names in lower case
    messages: list[tuple[float, dict]] = field(default_factory=list)
    pongs: int = 0
    pings: int = 0
    live: list[int] = field(default_factory=list)  # connections open at each handshake


class VenueServer:
    """A context manager; `url` and `rest` are its addresses."""

    def __init__(self, *, rate: float = 200.0) -> None:
        self.wrong = Misbehaviour()
        self.seen = Seen()
        self.last_trade: dict[str, int] = {}
        self.last_update: dict[str, int] = {}
        self._rate = rate
        self._port = 0
        self._clients: set[_Client] = set()
        self._thread = LoopThread("venue-server", self._serve)

    def __enter__(self) -> "VenueServer":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._thread.stop()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/stream"

    @property
    def rest(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def send(self, payload: bytes, count: int = 1) -> None:
        """Send a message of our own to every client, as often as told."""
        self._write(frame(payload) * count)

    def send_parts(self, parts: list[bytes]) -> None:
        """Send one message in fragments to every client."""
        encoded = [frame(part, CONTINUATION if at else TEXT) for at, part in enumerate(parts)]
        unfinished = [bytes((one[0] & 0x7F,)) + one[1:] for one in encoded[:-1]]
        self._write(b"".join((*unfinished, encoded[-1])))

    def _write(self, data: bytes) -> None:
        self._thread.call(lambda: [client.send(data) for client in self._clients])

    def drop_all(self, *, politely: bool = False) -> None:
        """End every connection."""
        close = close_frame(1001, "maintenance") if politely else None
        self._thread.call(lambda: [client.wire.cut(close) for client in list(self._clients)])

    def connections(self) -> int:
        return len(self._clients)

    async def _serve(self, ready, stop) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: ServerConnection(self), "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        market = loop.create_task(self._market())
        ready()
        await stop.wait()
        market.cancel()
        server.close()
        for client in list(self._clients):
            client.wire.cut(None)
        await asyncio.sleep(0.02)

    # ── what the server's connections ask

    def handshake(self, connection: ServerConnection, request: Request) -> ClientSession | Response:
        self.seen.handshakes.append(time.monotonic())
        self.seen.headers.append(request.headers)
        self.seen.live.append(len(self._clients))
        if self.wrong.refuse:
            wait = self.wrong.retry_after
            headers = {} if wait is None else {"Retry_After": wait}
            return Response.json({}, self.wrong.refuse, **headers)
        client = _Client(self, connection)
        self._clients.add(client)
        if self.wrong.ping:
            asyncio.get_running_loop().call_soon(client.say, frame(b"are you there", PING))
        return client

    def said(self, client: "_Client", payload: bytes) -> None:
        message = json.loads(payload)
        self.seen.messages.append((time.monotonic(), message))
        names = {str(name) for name in message.get("params", []) if isinstance(name, str)}
        refused = names & self.wrong.unknown
        if self.wrong.takes_the_rest:
            refused |= names & client.wanted
        if message.get("method") == "SUBSCRIBE" and refused:
            client.wanted |= names - refused if self.wrong.takes_the_rest else set()
            complaint = {"code": 2, "msg": "Invalid request: unknown stream"}
            refusal = {"error": complaint, "id": message.get("id")}
            client.say(frame(json.dumps(refusal).encode()))
            return
        if message.get("method") == "SUBSCRIBE":
            client.wanted |= names
        elif message.get("method") == "UNSUBSCRIBE":
            client.wanted -= names
        client.say(frame(json.dumps({"result": None, "id": message.get("id")}).encode()))

    def gone(self, client: "_Client") -> None:
        self._clients.discard(client)

    def request(self, request: Request) -> tuple[Response, float]:
        name = request.path.rsplit("/", 1)[-1]
        if name == "time":
            return _answer({"serverTime": time.time_ns() // 1_000_000}), 0.0
        if name == "depth":
            last = self.last_update.get(request.query["symbol"].lower(), 0)
            sides = {"bids": [["100.40", "1.0"]], "asks": [["100.60", "2.0"]]}
            return _answer({"lastUpdateId": last - self.wrong.snapshot_lag, **sides}), 0.0
        if name == "exchangeInfo":
            return _answer({"symbols": []}), 0.0
        return Response.json({}, 404), 0.0

    # ── the market

    async def _market(self) -> None:
        """Trades and changes of books, each symbol's in one sequence, to whoever subscribed."""
        while True:
            await asyncio.sleep(1 / self._rate)
            if self.wrong.stalled:
                continue
            symbols = {c.partition("@")[0] for client in self._clients for c in client.wanted}
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
            for channel in client.wanted & frames.keys():
                if channel not in self.wrong.deaf_to:
                    client.say(frame(frames[channel]))


class _Client(ClientSession):
    """A connection that is written to at once."""

    def __init__(self, server: VenueServer, wire: ServerConnection) -> None:
        record = SessionRecord("c", "binance:spot", 0)
        super().__init__(wire, record, "", lambda: NO_STREAM_FAULTS, time.monotonic())
        self.server, self.wire = server, wire
        self.wanted: set[str] = set()
        self._sending: asyncio.Task[None] | None = None
        self._behind: list[bytes] = []

    def say(self, encoded: bytes) -> None:
        if self._sending is not None:
            self._behind.append(encoded)
        else:
            self.wire.write(encoded)

    def send(self, data: bytes) -> None:
        """Write; of what is very large as much at a time as the client takes, or this process,
        whose memory tests look at, would hold copies of it. What is said meanwhile comes behind it.
        """
        if self._sending is not None or len(data) <= _AT_ONCE_BYTES:
            self.say(data)
        else:
            self._sending = asyncio.get_running_loop().create_task(self._send(data))

    async def _send(self, data: bytes) -> None:
        for at in range(0, len(data), _PIECE_BYTES):
            while self.wire.waiting_bytes > _PIECE_BYTES:
                await asyncio.sleep(0.001)
            self.wire.write(data[at : at + _PIECE_BYTES])
        self.wire.write(b"".join(self._behind))
        self._behind.clear()
        self._sending = None

    def pinged(self, payload: bytes) -> None:
        self.server.seen.pings += 1
        if not self.server.wrong.mute:
            super().pinged(payload)

    def ponged(self) -> None:
        self.server.seen.pongs += 1


def _answer(value) -> Response:
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    return Response.json(value, Date=date)


def wait_for(condition, seconds: float = 40.0):
    """Wait until `condition()` is true; its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.01)
    return value
