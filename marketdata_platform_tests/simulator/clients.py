"""Clients of the simulated exchange: they subscribe as gatherers do, and keep every frame."""

import asyncio
import http.client
import time
from urllib.parse import urlsplit

import numpy as np
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.channels import channel_of, first_messages, reply_to, subscriptions
from marketdata_platform.venues.decoding import decode_answers, routing_key
from marketdata_platform.venues.endpoints import endpoint_of
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import WEBSOCKET, Stream
from marketdata_platform.venues.lookups import routes_of
from marketdata_platform_tests.venues.small_frames import DECODERS

NOW = 1_786_310_820_000_000


class Recorder(WSListener):
    """Frames as they came. Connects once; `closed` is set when the connection ended."""

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self.frames: list[bytes] = []
        self.closed = asyncio.Event()
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        elif frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY):
            payload = frame.get_payload_as_bytes()
            self.frames.append(payload)
            reply = reply_to(self.venue, payload)
            if reply:
                transport.send(WSMsgType.TEXT, reply)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed.set()


async def connected(url: str, venue: str, messages: list[bytes], headers=None) -> Recorder:
    recorder = Recorder(venue)
    await ws_connect(lambda: recorder, url, max_frame_size=100 << 20, extra_headers=headers)
    for message in messages:
        recorder.transport.send(WSMsgType.TEXT, message)
    return recorder


def subscribing(instrument: str, *datasets: str) -> list[bytes]:
    one = Instrument.parse(instrument)
    channels = list(dict.fromkeys(channel_of(one, dataset) for dataset in datasets))
    told = subscriptions(one.venue, one.market, channels, symbols=[one.symbol])
    return [*first_messages(one.venue), *told]


async def listening(exchange, instrument: str, *datasets: str, headers=None) -> Recorder:
    """One connection that is subscribed to these datasets."""
    one = Instrument.parse(instrument)
    place = f"{one.venue}:{endpoint_of(one.venue, one.market).market}"
    url = exchange.endpoints()[place]["websocket"]
    return await connected(url, one.venue, subscribing(instrument, *datasets), headers)


async def more_frames(recorder: Recorder, count: int) -> None:
    """Wait until so many frames more have come: a busy machine takes its time."""
    wanted, end = len(recorder.frames) + count, time.monotonic() + 30
    while len(recorder.frames) < wanted and time.monotonic() < end:
        await asyncio.sleep(0.01)


async def heard(
    exchange, instrument: str, *datasets: str, seconds: float = 0.6, least: int = 1, headers=None
) -> list[bytes]:
    """Frames of one connection that is subscribed to these datasets: for `seconds`, and `least` of
    them.
    """
    recorder = await listening(exchange, instrument, *datasets, headers=headers)
    await asyncio.sleep(seconds)
    await more_frames(recorder, least - len(recorder.frames))
    recorder.transport.disconnect()
    await recorder.closed.wait()
    return recorder.frames


def decoded(instrument: str, frames: list[bytes]) -> Decoded:
    one = Instrument.parse(instrument)
    endpoint = endpoint_of(one.venue, one.market)
    decode, market = DECODERS[routing_key(Stream(one.venue, endpoint.market, WEBSOCKET, "c1"))]
    return decode(market, frames, np.arange(NOW, NOW + len(frames), dtype=np.int64))


class Rest:
    """Asks one place's REST address over one kept connection."""

    def __init__(self, exchange, instrument: str) -> None:
        self.instrument = Instrument.parse(instrument)
        self.market = endpoint_of(self.instrument.venue, self.instrument.market).market
        address = urlsplit(exchange.endpoints()[f"{self.instrument.venue}:{self.market}"]["rest"])
        self.path = address.path
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)

    def get(self, request: str) -> tuple[int, dict[str, str], bytes]:
        self.connection.request("GET", self.path + request)
        answer = self.connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()

    def ask(self, name: str, **parameters) -> tuple[Decoded, bytes]:
        one = self.instrument
        symbol = parameters.pop("symbol", one.symbol)
        status, _, body = self.get(
            routes_of(one.venue, self.market).request(name, symbol, parameters).target
        )
        assert status == 200, body
        stream = Stream.answer(one.venue, self.market, name, symbol)
        return decode_answers(stream, [body], [NOW]), body


def until(condition, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
