"""WebSocket frames as a server writes and reads them (RFC 6455): bytes in, messages out.

Belongs here: the wire format and the handshake's answer. Does not: sockets (server_connection). A
server's frames are not masked, so a frame is encoded once and written to every connection that
hears it.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterator

from marketdata_platform.core.errors import InvalidInput

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MOST_BYTES = 1 << 20  # clients only subscribe


def accept_key(key: str) -> str:
    """`Sec-WebSocket-Accept` for a client's `Sec-WebSocket-Key`."""
    return base64.b64encode(
        hashlib.sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest()
    ).decode()


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole message as one unmasked frame."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65_536:
        return struct.pack("!BBH", 0x80 | opcode, 126, size) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, size) + payload


def payload_of(encoded: bytes) -> bytes:
    """The payload of a frame that `frame` made."""
    length = encoded[1]
    return encoded[2 if length < 126 else 4 if length == 126 else 10 :]


def close_frame(code: int, reason: str = "") -> bytes:
    """A closing frame."""
    return frame(struct.pack("!H", code) + reason.encode()[:120], CLOSE)


class FrameReader:
    """Puts a client's frames together: fragments joined, masks taken off."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._parts: list[bytes] = []
        self._opcode = TEXT

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Complete messages as (opcode, payload), control frames between fragments included.

        Raises:
            InvalidInput: a frame that is not masked, or too large.
        """
        self._buffer += data
        while (found := self._next()) is not None:
            final, opcode, payload = found
            if opcode >= CLOSE:
                yield opcode, payload
                continue
            if opcode != CONTINUATION:
                self._opcode = opcode
            self._parts.append(payload)
            if final:
                whole, self._parts = b"".join(self._parts), []
                yield self._opcode, whole

    def _next(self) -> tuple[bool, int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, at = buffer[1] & 0x7F, 2
        if size >= 126:
            width = 2 if size == 126 else 8
            if len(buffer) < 2 + width:
                return None
            size, at = int.from_bytes(buffer[2 : 2 + width]), 2 + width
        if not buffer[1] & 0x80 or size > _MOST_BYTES:
            raise InvalidInput("a client's frame must be masked and at most 1 MiB")
        if len(buffer) < at + 4 + size:
            return None
        mask, body = buffer[at : at + 4], bytes(buffer[at + 4 : at + 4 + size])
        head = buffer[0]
        del buffer[: at + 4 + size]
        return bool(head & 0x80), head & 0x0F, _unmasked(body, bytes(mask))


def _unmasked(body: bytes, mask: bytes) -> bytes:
    size = len(body)
    repeated = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(body) ^ int.from_bytes(repeated)).to_bytes(size)


__all__ = [
    "BINARY",
    "CLOSE",
    "PING",
    "PONG",
    "TEXT",
    "FrameReader",
    "accept_key",
    "close_frame",
    "frame",
    "payload_of",
]
