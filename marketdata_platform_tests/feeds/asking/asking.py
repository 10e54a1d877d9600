"""A plain client of REST history: one request a call, `VenueUnavailable` on 429."""

from __future__ import annotations

import asyncio
import http.client
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from marketdata_platform.core.errors import VenueUnavailable


@dataclass(frozen=True)
class Reply:
    """An answer as it came."""

    status: int
    body: bytes
    recv_ns: int
    mono_ns: int


class PlainClient:
    """Asks without limits and without trying again."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc

    async def get(self, request: str, *, weight: int = 1) -> Reply:
        """Ask for path and query."""
        return await asyncio.to_thread(self._get, request)

    async def close(self) -> None:
        """Nothing is kept open."""

    def _get(self, request: str) -> Reply:
        connection = http.client.HTTPConnection(self._host, timeout=5)
        try:
            connection.request("GET", request)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status == 429:
            raise VenueUnavailable(f"{self._host} answers 429: its limits are used up")
        return Reply(answer.status, body, time.time_ns(), time.monotonic_ns())
