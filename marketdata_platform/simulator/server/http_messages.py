"""HTTP/1.1 as the exchange needs it: GET requests in, JSON answers out.

Belongs here: reading a request's head, writing an answer. Does not: routes (each venue's own),
sockets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from marketdata_platform.core.errors import InvalidInput

HEAD_BYTES = 32_768
_REASONS = {
    101: "Switching Protocols",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    418: "I'm a teapot",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A request without a body; header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]

    @property
    def upgrades(self) -> bool:
        """True if it asks for a WebSocket."""
        return self.headers.get("upgrade", "").lower() == "websocket"

    @property
    def keeps_alive(self) -> bool:
        """True if the connection may be used again."""
        return self.headers.get("connection", "").lower() != "close"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: its status, its body as JSON, and headers beside the usual ones."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> Response:
        """An answer with a value; header names are written with `_` for `-`."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, msgspec.json.encode(value), named)

    def encoded(self, *, close: bool = False) -> bytes:
        """The bytes for the wire."""
        head = {
            "Content-Type": "application/json",
            "Content-Length": str(len(self.body)),
            **self.headers,
        }
        if close:
            head["Connection"] = "close"
        return head_bytes(self.status, head) + self.body


def head_bytes(status: int, headers: Mapping[str, str]) -> bytes:
    """Status line and headers."""
    lines = [
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def read_request(head: bytes) -> Request:
    """The request with this head (without the empty line).

    Raises:
        InvalidInput: it is none.
    """
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise InvalidInput(f"not an HTTP request: {lines[0][:80]!a}")
    path, _, query = parts[1].partition("?")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines[1:])
    }
    return Request(parts[0], unquote(path), dict(parse_qsl(query, keep_blank_values=True)), headers)
