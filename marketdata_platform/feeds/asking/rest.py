"""Asking a venue by REST within its limits, and again where that can help.

Belongs here: weights, Retry-After, retries, timeouts. Does not: HTTP itself (http_connection.py),
what to ask (venues).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from marketdata_platform.core.errors import VenueUnavailable
from marketdata_platform.feeds.asking.http_connection import Dropped, HttpAnswer, HttpConnection
from marketdata_platform.feeds.connecting.limits import Backoff, Throttle
from marketdata_platform.feeds.connecting.refusals import (
    TOO_MANY,
    VenueRefusal,
    retry_after_seconds,
)
from marketdata_platform.venues.endpoint import Allowance, Endpoint

_ATTEMPTS = 4
_TIMEOUT_SECONDS = 30.0
_LONGEST_WAIT_SECONDS = 120.0  # a longer ban is an error: who asked has something better to do
_REFUSED_SECONDS = 30.0
_NO_LIMIT = Allowance(1_000, 1.0)


class RestClient:
    """Questions to one venue's market, over one connection, one at a time. Bound to the running
    event loop.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        headers: Callable[[str], Mapping[str, str] | None] = lambda url: None,
        timeout_seconds: float = _TIMEOUT_SECONDS,
        attempts: int = _ATTEMPTS,
        first_backoff_seconds: float = 0.25,
    ) -> None:
        """`headers` gives those that a request's URL needs, such as a signature."""
        self._endpoint = endpoint
        self._headers = headers
        self._timeout_seconds = timeout_seconds
        self._attempts = attempts
        self._first_backoff_seconds = first_backoff_seconds
        self._throttle = Throttle(endpoint.weight or _NO_LIMIT)
        self._connection = HttpConnection(endpoint.rest)
        self._turn = asyncio.Lock()

    async def get(self, request: str, *, weight: int = 1) -> HttpAnswer:
        """The answer to path and query (`venues.rest_rules.RestRequest.target`); `weight` is what
        it takes of the allowance.

        Answers of status 400 and above are returned, but for those that say "too many" or "not
        now": these are asked again, as are lost connections.

        Raises:
            Refused: limits are used up, for longer than it is worth waiting here.
            VenueUnavailable: no answer after all attempts.
        """
        backoff = Backoff(self._first_backoff_seconds, 10.0)
        while True:
            await self._throttle.take(weight)
            try:
                reply = await self._once(request)
            except VenueUnavailable as error:
                if backoff.failures + 1 >= self._attempts:
                    raise VenueUnavailable(
                        f"{self._name} after {self._attempts} attempts: {error}"
                    ) from None
            else:
                if reply.status not in TOO_MANY and reply.status < 500:
                    return reply
                self._mind(reply, last=backoff.failures + 1 >= self._attempts)
            await asyncio.sleep(backoff.next_seconds())

    async def close(self) -> None:
        """Give the connection back."""
        await self._connection.close()

    @property
    def _name(self) -> str:
        return (
            f"{self._endpoint.venue}:{self._endpoint.market} "
            f"({urlsplit(self._endpoint.rest).hostname})"
        )

    async def _once(self, request: str) -> HttpAnswer:
        async with self._turn:
            for _ in range(2):
                headers = self._headers(self._endpoint.rest + request) or {}
                try:
                    async with asyncio.timeout(self._timeout_seconds):
                        return await self._connection.get(request, headers)
                except Dropped:
                    continue
                except TimeoutError:
                    raise VenueUnavailable(
                        f"REST: no answer in {self._timeout_seconds:g} s"
                    ) from None
            raise VenueUnavailable("REST: the server ends every connection before it answers")

    def _mind(self, reply: HttpAnswer, *, last: bool) -> None:
        """Keep away for as long as the venue asks; raise when that is too long, or was the last
        attempt.
        """
        asked = retry_after_seconds(reply.retry_after)
        text = reply.body[:200].decode("utf-8", "replace")
        if reply.status in TOO_MANY:
            seconds = asked if asked is not None else _REFUSED_SECONDS
            self._throttle.close_for(seconds)
            if seconds > _LONGEST_WAIT_SECONDS:
                raise VenueRefusal(reply.status, asked, text)
        elif asked is not None:
            self._throttle.close_for(min(asked, _LONGEST_WAIT_SECONDS))
        if last:
            raise VenueRefusal(reply.status, asked, text)
