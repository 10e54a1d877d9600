"""A client's TCP connection to the simulated exchange: HTTP until it asks for a WebSocket, frames
from then on.

Belongs here: the socket. Does not: what is said (each venue's gateway), what goes wrong with it
(client_session).
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Protocol

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.simulator.server.client_session import ClientSession
from marketdata_platform.simulator.server.http_messages import (
    HEAD_BYTES,
    Request,
    Response,
    head_bytes,
    read_request,
)
from marketdata_platform.simulator.server.websocket_frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    FrameReader,
    accept_key,
    close_frame,
    frame,
)

_SEND_BUFFER_BYTES = (
    1 << 18
)  # what the kernel holds back for a client is beyond our count, so it is little
_RESET = struct.pack("ii", 1, 0)


class Exchange(Protocol):
    """What a connection asks of the exchange."""

    def handshake(self, connection: ServerConnection, request: Request) -> ClientSession | Response:
        """A session for this WebSocket handshake, or the answer that refuses it."""
        ...

    def said(self, session: ClientSession, payload: bytes) -> None:
        """A client sent a message."""
        ...

    def gone(self, session: ClientSession) -> None:
        """A client's connection has ended."""
        ...

    def request(self, request: Request) -> tuple[Response, float]:
        """The answer to a REST request, and how many seconds it takes."""
        ...


class ServerConnection(asyncio.Protocol):
    """One accepted connection. It is the session's wire."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._session: ClientSession | None = None
        self._reader = FrameReader()
        self._answers: asyncio.Task[None] | None = None
        self._requests: asyncio.Queue[Request] = asyncio.Queue()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is not any more."""
        self._transport = None
        if self._answers is not None:
            self._answers.cancel()
        if self._session is not None:
            self._exchange.gone(self._session)
            self._session = None

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._session is not None:
            self._frames(data)
            return
        self._buffer += data
        while self._transport is not None and self._session is None:
            head, mark, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not mark:
                if len(head) > HEAD_BYTES:
                    self.cut(None)
                return
            self._buffer = bytearray(rest)
            try:
                request = read_request(head)
            except InvalidInput:
                self.cut(Response.json({"error": "bad request"}, 400).encoded(close=True))
                return
            self._take(request)
            if request.upgrades and self._buffer:
                self._frames(bytes(self._buffer))

    def _take(self, request: Request) -> None:
        if request.upgrades:
            self._upgrade(request)
            return
        if self._answers is None:
            self._answers = asyncio.get_running_loop().create_task(self._answer_all())
        self._requests.put_nowait(request)

    async def _answer_all(self) -> None:
        """Answers in the order of the requests, also where one takes its time."""
        while True:
            request = await self._requests.get()
            response, seconds = self._exchange.request(request)
            if seconds:
                await asyncio.sleep(seconds)
            if self._transport is None:
                return
            self._transport.write(response.encoded(close=not request.keeps_alive))
            if not request.keeps_alive:
                self._transport.close()

    def _upgrade(self, request: Request) -> None:
        key = request.headers.get("sec-websocket-key", "")
        found = (
            self._exchange.handshake(self, request)
            if key
            else Response.json({"error": "no key"}, 400)
        )
        if isinstance(found, Response):
            self.cut(found.encoded(close=True))
            return
        headers = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": accept_key(key),
        }
        self.write(head_bytes(101, headers))
        self._session = found

    def _frames(self, data: bytes) -> None:
        session = self._session
        if session is None:
            return  # the handshake was refused
        try:
            for opcode, payload in self._reader.feed(data):
                if opcode in (TEXT, BINARY):
                    self._exchange.said(session, payload)
                elif opcode == PING:
                    session.pinged(payload)
                elif opcode == PONG:
                    session.ponged()
                elif opcode == CLOSE:
                    session.record.ended_by = session.record.ended_by or "client"
                    self.cut(frame(payload[:2], CLOSE))
                    return
        except InvalidInput:
            session.record.ended_by = session.record.ended_by or "protocol error"
            self.cut(close_frame(1002, "protocol error"))

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def cut(self, close: bytes | None) -> None:
        """End the connection: after a last message, or with none and a reset."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if close is None:
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _RESET
            )
            transport.abort()
        else:
            transport.write(close)
            transport.close()

    @property
    def waiting_bytes(self) -> int:
        """What was written and has not left yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()
