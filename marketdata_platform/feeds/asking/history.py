"""What venues' history still holds: trades by id or by time, one page at a time.

Belongs here: sending what a venue's `pages` asks, and handing back what it answers. Does not: which
route, which page next (venues), waiting for limits, retries (rest.py), what answers mean as rows
(venues), which trades are missing (workflows.gaps).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from types import TracebackType
from typing import Protocol

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.asking.history_errors import require_entries
from marketdata_platform.venues import Venue, venue_of
from marketdata_platform.venues.rest_rules import (
    KeyNeeded,
    Pages,
    RestAnswer,
    RestRequest,
    WantedIds,
    WantedTime,
)
from marketdata_platform.workflows.ports import Answer

_PAGES = 10_000  # of one gap: a venue that never comes to an end must not hold a repair for ever


class ReceivedAnswer(Protocol):
    """An answer as it came over HTTP."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def body(self) -> bytes:
        """Body, decompressed."""
        ...

    @property
    def recv_ns(self) -> int:
        """Receipt by the wall clock."""
        ...

    @property
    def mono_ns(self) -> int:
        """Receipt by the monotonic clock."""
        ...


class Client(Protocol):
    """Who asks a venue's market. It keeps to the limits, and raises `VenueUnavailable` when they
    are used up.
    """

    async def get(self, request: str, *, weight: int = 1) -> ReceivedAnswer:
        """Ask for path and query."""
        ...

    async def close(self) -> None:
        """Give the connection back."""
        ...


class RestHistory:
    """`ports.History` over REST, for code without an event loop. A context manager; one thread at a
    time.
    """

    def __init__(self, client_of: Callable[[str, str], Client]) -> None:
        """`client_of` makes a client for an endpoint's venue and market."""
        self._client_of = client_of
        self._clients: dict[tuple[str, str], Client] = {}
        self._runner = asyncio.Runner()

    def __enter__(self) -> RestHistory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            for client in self._clients.values():
                self._runner.run(client.close())
        finally:
            self._clients.clear()
            self._runner.close()

    def trades(
        self, instrument: Instrument, first_id: int, last_id: int, *, aggregate: bool = False
    ) -> Iterator[Answer]:
        """See `ports.History.trades`."""
        venue = venue_of(instrument)
        wanted = WantedIds(first_id, last_id, aggregate)
        return self._answers(venue, venue.rest.pages(instrument, wanted))

    def trades_between(
        self, instrument: Instrument, start: datetime, end: datetime
    ) -> Iterator[Answer]:
        """See `ports.History.trades_between`."""
        venue = venue_of(instrument)
        pages = venue.rest.pages(instrument, WantedTime(start, end))
        return self._answers(venue, pages)

    def _answers(self, venue: Venue, pages: Pages) -> Iterator[Answer]:
        """Run `pages`: what comes back is given on before the next page is asked for."""
        try:
            request = next(pages)
            for _ in range(_PAGES):
                reply = self._ask(request)
                try:
                    require_entries(venue, request.name, reply.status, reply.body)
                except KeyNeeded as refusal:
                    request = _without_key(pages, refusal)
                    continue
                stream = str(request.stream)
                yield Answer(stream, reply.body, reply.recv_ns, reply.mono_ns)
                request = pages.send(RestAnswer(reply.status, reply.body))
        except StopIteration:
            return
        finally:
            pages.close()

    def _ask(self, request: RestRequest) -> ReceivedAnswer:
        key = request.venue, request.market
        if key not in self._clients:
            self._clients[key] = self._runner.run(self._made(key))
        return self._runner.run(self._clients[key].get(request.target, weight=request.weight))

    async def _made(self, key: tuple[str, str]) -> Client:
        """Inside the loop, for a client may bind itself to it."""
        return self._client_of(*key)


def _without_key(pages: Pages, refusal: KeyNeeded) -> RestRequest:
    """What is asked instead; a venue that knows nothing else to ask ends here."""
    try:
        return pages.throw(refusal)
    except KeyNeeded as error:
        raise ConfigurationError(str(error)) from None
