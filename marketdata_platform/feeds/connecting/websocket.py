"""One WebSocket connection, over picows, behind a seam that the rest of `feeds` sees.

Belongs here: the handshake, frames as bytes with their receive times, fragments, pings, the reason
of an end. Does not: when to connect or what to say (connection), where frames go (frame_pump).
"""

from __future__ import annotations

import logging
import socket
import sys
import time
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from picows import (
    WSCloseCode,
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)

from marketdata_platform.core.errors import VenueUnavailable
from marketdata_platform.feeds.connecting.large_frames import give_back
from marketdata_platform.feeds.connecting.refusals import VenueRefusal, retry_after_seconds

Take: TypeAlias = Callable[[list[bytes], int, int], None]
"""Frames of one read, wall clock in ns, monotonic clock in ns. It must not raise and not wait."""

LARGEST_BYTES = 256 * 2**20  # what a journal's record may hold
_HANDSHAKE_SECONDS = 10.0
_LARGE_BYTES = 2**20
_READ_BYTES = (
    256 * 1024
)  # one read's frames go on together: under load the more, the less each costs
_TCP_INFO_LAST_DATA = 52  # offset of tcpi_last_data_recv: ms since a byte came
_quiet = logging.getLogger("marketdata_platform.feeds.picows")
_quiet.setLevel(logging.CRITICAL + 1)  # the reason of an end is reported once, by us


class Socket(Protocol):
    """An open connection."""

    def send(self, message: bytes) -> None:
        """Send one text message; nothing when the connection has ended."""
        ...

    def ping(self) -> None:
        """Send a WebSocket ping: the answer proves that the other side lives."""
        ...

    def pause(self) -> None:
        """Read nothing more for now: the venue's bytes wait in the kernel, then at the venue."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...

    def idle_seconds(self) -> float:
        """Since when no byte came."""
        ...

    def close(self) -> None:
        """Say goodbye and end; `ended` then completes."""
        ...

    def abort(self) -> None:
        """End at once, for a connection that answers no more."""
        ...

    async def ended(self) -> str:
        """Wait for the end; why it came."""
        ...


async def connect(url: str, take: Take, *, headers: Mapping[str, str] | None = None) -> Socket:
    """Open a connection whose frames go to `take` as soon as they are whole.

    Raises:
        Refused: the venue answered with another status than 101.
        VenueUnavailable: it cannot be reached, or answers with something that is no WebSocket.
    """
    made: list[_Listener] = []

    def listener() -> _Listener:
        made.append(_Listener(take))
        return made[-1]

    try:
        transport, _ = await ws_connect(
            listener,
            url,
            websocket_handshake_timeout=_HANDSHAKE_SECONDS,
            logger_name=_quiet,
            enable_auto_pong=False,
            max_frame_size=LARGEST_BYTES,
            extra_headers=dict(headers) if headers else None,
            max_redirects=0,
            read_buffer_init_size=_READ_BYTES,
        )
    except WSHandshakeError as error:
        raise _refusal(error) from None
    except (TimeoutError, OSError) as error:
        raise VenueUnavailable(f"no connection: {_described(error)}") from None
    except (WSError, ValueError):  # its text quotes the address, which may hold a token
        raise VenueUnavailable(
            "no connection: the address in [endpoints] is no WebSocket URL"
        ) from None
    return _PicowsSocket(transport, made[-1])


def _refusal(error: WSHandshakeError) -> VenueUnavailable:
    response = error.response
    if response is None:
        return VenueUnavailable("the handshake was answered with something that is no WebSocket")
    body = (error.raw_body or b"")[:200].decode("utf-8", "replace")
    return VenueRefusal(
        int(response.status), retry_after_seconds(response.headers.get("Retry-After")), body
    )


def _described(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    return "".join(c if c.isprintable() else " " for c in text)[:200]


class _PicowsSocket:
    def __init__(self, transport: WSTransport, listener: _Listener) -> None:
        self._transport = transport
        self._listener = listener
        self._raw: socket.socket | None = transport.underlying_transport.get_extra_info("socket")

    def send(self, message: bytes) -> None:
        self._transport.send(WSMsgType.TEXT, message)

    def ping(self) -> None:
        self._transport.send_ping(b"")

    def pause(self) -> None:
        if not self._transport.is_disconnected:
            self._transport.underlying_transport.pause_reading()

    def resume(self) -> None:
        if not self._transport.is_disconnected:
            self._transport.underlying_transport.resume_reading()

    def idle_seconds(self) -> float:
        """By the kernel's own count, which also knows bytes of a frame that is not whole yet; else
        by frames.
        """
        frames = (time.monotonic_ns() - self._listener.last_ns) / 1e9
        try:
            tcp_info = (
                self._raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64)
                if self._raw is not None
                else b""
            )
        except (OSError, AttributeError):  # closed, or not Linux
            tcp_info = b""
        if len(tcp_info) < _TCP_INFO_LAST_DATA + 4:
            return frames
        return min(
            frames,
            int.from_bytes(tcp_info[_TCP_INFO_LAST_DATA : _TCP_INFO_LAST_DATA + 4], sys.byteorder)
            / 1000,
        )

    def close(self) -> None:
        self._transport.send_close(WSCloseCode.OK)
        self._transport.disconnect()

    def abort(self) -> None:
        self._transport.disconnect(graceful=False)

    async def ended(self) -> str:
        try:
            await self._transport.wait_disconnected()
        # - picows hands on whatever ended it; all we do is report it.
        except Exception as error:  # noqa: BLE001
            return _described(error)
        return self._listener.reason or "the venue ended the connection"


class _Listener(WSListener):
    """Stamps and hands on what one read of the socket gave. This is the hot path: nothing here
    looks into a frame.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._read: list[bytes] = []
        self._recv_ns = self._mono_ns = 0
        self._parts: list[bytes] = []
        self._parts_bytes = 0
        self.reason = ""
        self.last_ns = time.monotonic_ns()

    def on_ws_frame(
        self, transport: WSTransport, frame: WSFrame, _text: WSMsgType = WSMsgType.TEXT
    ) -> None:
        read = self._read
        if not read:
            self._recv_ns = time.time_ns()
            self.last_ns = self._mono_ns = time.monotonic_ns()
        if frame.msg_type is _text and frame.fin:
            read.append(frame.get_payload_as_bytes())
            if frame.payload_size > _LARGE_BYTES:
                give_back(frame.get_payload_as_memoryview())
        else:
            self._other(transport, frame)
        if frame.last_in_buffer:
            self._hand_on()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._hand_on()

    def _hand_on(self) -> None:
        if self._read:
            read, self._read = self._read, []
            self._take(read, self._recv_ns, self._mono_ns)

    def _other(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind is WSMsgType.CLOSE:
            reason = "".join(
                c if c.isprintable() else " " for c in (frame.get_close_reason() or "")
            )[:120]
            self.reason = (
                f"the venue closed it: {int(frame.get_close_code().value)} {reason}".rstrip()
            )
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        elif kind is not WSMsgType.PONG:
            self._part(transport, frame)

    def _part(self, transport: WSTransport, frame: WSFrame) -> None:
        """Join the fragments of a message; a binary message is one part."""
        self._parts_bytes += frame.payload_size
        if self._parts_bytes > LARGEST_BYTES:
            self.reason = f"a message in fragments is above {LARGEST_BYTES:,} bytes"
            self._parts.clear()
            transport.send_close(WSCloseCode.MESSAGE_TOO_BIG)
            transport.disconnect()
            return
        self._parts.append(frame.get_payload_as_bytes())
        if frame.payload_size > _LARGE_BYTES:
            give_back(frame.get_payload_as_memoryview())
        if frame.fin:
            self._read.append(self._parts[0] if len(self._parts) == 1 else b"".join(self._parts))
            self._parts.clear()
            self._parts_bytes = 0
