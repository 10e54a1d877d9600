"""One HTTP/1.1 connection to a venue that is kept open between requests, over httpx.

Belongs here: httpx's settings (timeouts, trust, proxies, no cookies), the largest answer, and
its errors in our words. Does not: limits, retries, what is asked (rest.py).
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit

import httpx

from marketdata_platform.core.errors import ConfigurationError, VenueUnavailable

LARGEST_BODY_BYTES = 64 * 2**20  # after decompression
_TIMEOUT = httpx.Timeout(None, connect=10.0)  # how long an answer may take is rest.py's
_CLOSE_SECONDS = 1.0
_ONE_KEPT = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "marketdata-platform",
}
_ENCODINGS = frozenset({"", "identity", "gzip"})
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer: status, body (decompressed), and when its head came, by both clocks. `date_us` is
    the server's own clock, to the second.
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
    """To the host of `address`; opened by the first request. Requests must not overlap.

    Proxies that the environment names (`HTTPS_PROXY`, `NO_PROXY`) are used, but for this machine
    itself. Certificates are those that the system trusts. Cookies are not kept.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host = parts.hostname or ""
        self._address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._base = parts.path.rstrip("/")
        self._secure = parts.scheme == "https"
        self._client: httpx.AsyncClient | None = None
        self._kept = False

    async def get(self, request: str, headers: Mapping[str, str]) -> HttpAnswer:
        """Ask for path and query, below the address's own path.

        Raises:
            ConfigurationError: a header holds what HTTP does not allow, or a proxy of the
                environment cannot be used.
            Dropped: the kept connection had ended meanwhile.
            VenueUnavailable: no connection, or no whole answer.
        """
        kept = self._kept
        try:
            return await self._ask(self._opened(), request, headers)
        except httpx.LocalProtocolError:
            await self.close()
            raise ConfigurationError(
                f"a header for {self._host} holds characters that HTTP does not allow: "
                "look at the keys in the environment"
            ) from None  # httpx's own message quotes the header, which may be a key
        except httpx.RequestError as error:
            await self.close()
            if kept and not isinstance(error, httpx.TimeoutException):
                raise Dropped("the kept connection had ended") from None
            raise VenueUnavailable(f"REST: {_described(error)}") from None
        except BaseException:
            await self.close()  # the answer of this request must not be taken for that of the next
            raise

    async def close(self) -> None:
        """Give the connection back; the next request opens another."""
        client, self._client = self._client, None
        self._kept = False
        if client is not None:
            try:
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await client.aclose()
            except (OSError, TimeoutError, httpx.HTTPError):
                return

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            try:
                self._client = httpx.AsyncClient(
                    headers=_HEADERS,
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                    # What the system trusts, not the list that httpx brings.
                    verify=ssl.create_default_context() if self._secure else False,
                    timeout=_TIMEOUT,
                    limits=_ONE_KEPT,
                    trust_env=self._host not in _LOOPBACK,
                )
            except (ImportError, ValueError, httpx.InvalidURL) as error:
                raise ConfigurationError(
                    f"a proxy that the environment names cannot be used: {type(error).__name__}; "
                    "look at HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
                ) from None
        return self._client

    async def _ask(
        self, client: httpx.AsyncClient, request: str, headers: Mapping[str, str]
    ) -> HttpAnswer:
        question = client.build_request(
            "GET", f"{self._address}{self._base}{request}", headers=headers
        )
        sent_ns = time.time_ns()
        response = await client.send(question, stream=True)
        recv_ns, mono_ns = time.time_ns(), time.monotonic_ns()
        body = await _body(response)
        self._kept = "close" not in response.headers.get("connection", "").lower()
        return HttpAnswer(
            response.status_code,
            body,
            sent_ns,
            recv_ns,
            mono_ns,
            response.headers.get("retry-after"),
            _date(response.headers.get("date")),
        )


async def _body(response: httpx.Response) -> bytes:
    """The whole body. Whoever calls closes the client after an error, and the answer with it."""
    encoding = response.headers.get("content-encoding", "").lower()
    if encoding not in _ENCODINGS:
        raise VenueUnavailable(f"REST: the answer is in {encoding[:20]!a}, which was not asked for")
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > LARGEST_BODY_BYTES:
            raise VenueUnavailable(f"REST: the answer is above {LARGEST_BODY_BYTES:,} bytes")
        parts.append(part)
    return b"".join(parts)


def _date(value: str | None) -> int | None:
    try:
        moment = parsedate_to_datetime(value) if value else None
    except ValueError:
        return None
    return None if moment is None else int(moment.replace(tzinfo=UTC).timestamp()) * 1_000_000


def _described(error: BaseException) -> str:
    """What the system said where it did; httpx's own words of it are general."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ExceptionGroup):  # one error for each address of the host
            cause = cause.exceptions[0]
        if isinstance(cause, OSError) and cause.errno is not None:
            error = cause
        cause = cause.__cause__ or cause.__context__
    text = str(error) or type(error).__name__
    return "".join(c if c.isprintable() else " " for c in text)[:160]
