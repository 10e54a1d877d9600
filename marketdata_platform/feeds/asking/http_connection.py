"""One HTTP/1.1 connection that is kept open between requests, over h11.

Belongs here: bytes of requests and answers. Does not: limits, retries, what is asked (rest.py).
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import h11

from marketdata_platform.core.errors import VenueUnavailable

LARGEST_BODY_BYTES = 64 * 2**20
_CHUNK_BYTES = 64 * 1024
_CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status and body as they came, and when. `date_us` is the server's own clock, to
    the second.
    """

    status: int
    body: bytes
    sent_ns: int
    recv_ns: int
    mono_ns: int
    retry_after: str | None = None
    date_us: int | None = None


class Dropped(VenueUnavailable):
    """The server closed a connection that was kept open, before it answered: ask again on a new
    one.
    """


class HttpConnection:
    """To the host of `address`; opened by the first request. Requests must not overlap."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._authority = parts.netloc.rpartition("@")[2]
        self._base = parts.path.rstrip("/")
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._state = h11.Connection(h11.CLIENT)

    async def get(self, request: str, headers: Mapping[str, str]) -> Reply:
        """Ask for path and query, below the address's own path.

        Raises:
            Dropped: the kept connection had ended meanwhile.
            VenueUnavailable: no connection, or no whole answer.
        """
        kept = self._writer is not None
        try:
            if not kept:
                await self._open()
            return await self._ask(request, headers)
        except (OSError, EOFError, TimeoutError, h11.RemoteProtocolError) as error:
            await self.close()
            if kept and not isinstance(error, TimeoutError):
                raise Dropped("the kept connection had ended") from None
            raise VenueUnavailable(f"REST: {_said(error)}") from None
        except BaseException:
            await self.close()  # the answer of this request must not be taken for that of the next
            raise

    async def close(self) -> None:
        """Give the connection back; the next request opens another."""
        writer, self._writer, self._reader = self._writer, None, None
        self._state = h11.Connection(h11.CLIENT)
        if writer is not None:
            writer.close()
            try:
                async with asyncio.timeout(1.0):
                    await writer.wait_closed()
            except (OSError, TimeoutError):
                return

    async def _open(self) -> None:
        context = ssl.create_default_context() if self._secure else None
        async with asyncio.timeout(_CONNECT_SECONDS):
            self._reader, self._writer = await asyncio.open_connection(
                self._host, self._port, ssl=context
            )
        self._state = h11.Connection(h11.CLIENT)

    async def _ask(self, request: str, headers: Mapping[str, str]) -> Reply:
        assert self._writer is not None
        told = [
            ("Host", self._authority),
            ("Accept", "application/json"),
            ("User-Agent", "marketdata-platform"),
        ]
        head = h11.Request(
            method="GET", target=self._base + request, headers=[*told, *headers.items()]
        )
        data = (self._state.send(head) or b"") + (self._state.send(h11.EndOfMessage()) or b"")
        sent_ns = time.time_ns()
        self._writer.write(data)
        await self._writer.drain()
        response = await self._response()
        recv_ns, mono_ns = time.time_ns(), time.monotonic_ns()
        body = await self._body()
        fields = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        if self._state.our_state is h11.MUST_CLOSE or self._state.their_state is not h11.DONE:
            await self.close()
        else:
            self._state.start_next_cycle()
        return Reply(
            response.status_code,
            body,
            sent_ns,
            recv_ns,
            mono_ns,
            fields.get("retry-after"),
            _date(fields.get("date")),
        )

    async def _response(self) -> h11.Response:
        while True:
            event = await self._event()
            if isinstance(event, h11.Response):
                return event

    async def _body(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            event = await self._event()
            if isinstance(event, h11.EndOfMessage):
                return b"".join(parts)
            if isinstance(event, h11.Data):
                size += len(event.data)
                if size > LARGEST_BODY_BYTES:
                    raise VenueUnavailable(
                        f"REST: the answer is above {LARGEST_BODY_BYTES:,} bytes"
                    )
                parts.append(bytes(event.data))

    async def _event(self) -> h11.Event:
        assert self._reader is not None
        while True:
            event = self._state.next_event()
            if isinstance(event, h11.ConnectionClosed):
                raise EOFError("the server ended the connection")
            if isinstance(event, h11.Event):
                return event
            data = await self._reader.read(_CHUNK_BYTES)
            if not data and self._state.their_state is h11.IDLE:
                raise EOFError("the server ended the connection")
            self._state.receive_data(data)


def _date(value: str | None) -> int | None:
    try:
        moment = parsedate_to_datetime(value) if value else None
    except ValueError:
        return None
    return None if moment is None else int(moment.replace(tzinfo=UTC).timestamp()) * 1_000_000


def _said(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    return "".join(c if c.isprintable() else " " for c in text)[:160]
