"""What a gatherer asks by REST beside its streams: whole books, open interest, lists of
instruments.

Belongs here: when to ask, and that the answer is journaled as it came. Does not: what to ask
(venues), limits (rest.py), what an answer means as rows (venues).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence

from marketdata_platform.core.errors import JournalStopped, VenueUnavailable
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.asking.http_connection import HttpAnswer
from marketdata_platform.feeds.asking.rest import RestClient
from marketdata_platform.feeds.gathering.market_context import Log, RecordingOptions
from marketdata_platform.feeds.gathering.plan import Channel, streamed
from marketdata_platform.venues import venue_of
from marketdata_platform.venues.channels import dataset_of
from marketdata_platform.venues.lookups import polls
from marketdata_platform.venues.rest_rules import RestRequest
from marketdata_platform.workflows.ports import FrameSink

_AGAIN_SECONDS = 1.0  # a whole book older than the changes at hand is asked for again after this
_LONGEST_AGAIN_SECONDS = 60.0
_FULL_SECONDS = 0.1


class Polls:
    """The REST requests of one venue's market. `joined` takes a whole book's channel and id, and
    says whether it fits.
    """

    def __init__(
        self,
        client: RestClient,
        sink: FrameSink,
        datasets: Mapping[Instrument, Sequence[str]],
        options: RecordingOptions,
        log: Log,
        joined: Callable[[Channel, int], bool],
        books: Sequence[Channel] = (),
    ) -> None:
        self.answers = 0
        self.failures = 0
        self._client = client
        self._sink = sink
        self._datasets = datasets
        self._options = options
        self._log = log
        self._joined = joined
        self._books = [one for one in books if polls(one.instrument, "book_snapshots")]
        self._due: dict[
            Channel, float
        ] = {}  # whole books to be asked for: when, on the monotonic clock
        self._patience: dict[Channel, float] = {}
        self._wanted = asyncio.Event()

    def whole_book(self, channel: Channel) -> None:
        """Ask for the channel's whole book soon, where REST gives it."""
        if channel in self._books:
            self._due[channel] = min(self._due.get(channel, float("inf")), time.monotonic())
            self._wanted.set()

    async def run(self) -> None:
        """Ask until cancelled."""
        options = self._options
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._ask_books())
                group.create_task(self._refresh_books())
                group.create_task(self._repeat(self._states(), options.poll_seconds))
                group.create_task(self._repeat(self._lists(), options.list_seconds))
        finally:
            await self._client.close()

    async def _ask_books(self) -> None:
        while True:
            self._wanted.clear()
            now = time.monotonic()
            for channel in [one for one, due in self._due.items() if due <= now]:
                await self._ask_book(channel)
            wait = max(min(self._due.values()) - time.monotonic(), 0.0) if self._due else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(
                    wait
                ):  # not wait_for: Python 3.11's can swallow a cancellation
                    await self._wanted.wait()

    async def _refresh_books(self) -> None:
        """Whole books now and then: whoever rebuilds one must not begin at the start of the
        recording.
        """
        while self._books:
            await asyncio.sleep(self._options.list_seconds)
            for channel in self._books:
                self.whole_book(channel)

    async def _ask_book(self, channel: Channel) -> None:
        del self._due[channel]
        fits = True
        for request in polls(channel.instrument, "book_snapshots"):
            reply = await self._ask(request)
            fits = reply is not None and self._fits(channel, reply.body)
        if fits:
            self._patience.pop(channel, None)
            return
        patience = self._patience.get(channel, _AGAIN_SECONDS)
        self._patience[channel] = min(patience * 2, _LONGEST_AGAIN_SECONDS)
        self._due.setdefault(channel, time.monotonic() + patience)

    def _fits(self, channel: Channel, body: bytes) -> bool:
        """True if a whole book joins the changes at hand."""
        number = venue_of(channel.instrument).rest.book_id(body)
        return number is not None and self._joined(channel, number)

    async def _repeat(self, requests: Sequence[RestRequest], seconds: float) -> None:
        while requests:
            begun = time.monotonic()
            for request in requests:
                await self._ask(request)
            await asyncio.sleep(max(seconds - (time.monotonic() - begun), 0.0))

    async def _ask(self, request: RestRequest) -> HttpAnswer | None:
        """The answer, journaled; None when there is none, which is logged and tried again in its
        turn.
        """
        try:
            reply = await self._client.get(request.target, weight=request.weight)
        except VenueUnavailable as error:
            self.failures += 1
            self._log.warning(
                "no answer", route=request.name, symbol=request.symbol, reason=str(error)
            )
            return None
        if reply.status != 200:
            self.failures += 1
            text = ascii(reply.body[:160].decode("utf-8", "replace"))
            self._log.warning(
                "refused",
                route=request.name,
                symbol=request.symbol,
                status=reply.status,
                text=text,
            )
            return None
        await self._put(str(request.stream), reply)
        self.answers += 1
        return reply

    async def _put(self, stream: str, reply: HttpAnswer) -> None:
        while True:
            try:
                if (
                    self._sink.append_nowait(stream, reply.body, reply.recv_ns, reply.mono_ns)
                    is not None
                ):
                    return
                await self._sink.room(len(reply.body))
            except JournalStopped:
                await asyncio.sleep(_FULL_SECONDS)

    def _states(self) -> list[RestRequest]:
        """What changes all the time; whole books only for those who do not want the changes,
        too.
        """
        with_changes = {one.instrument for one in self._books}
        return self._requests(
            lambda one, dataset: (
                dataset != "instruments"
                and not (dataset == "book_snapshots" and one in with_changes)
            )
        )

    def _lists(self) -> list[RestRequest]:
        return self._requests(lambda one, dataset: dataset == "instruments")

    def _requests(self, wanted: Callable[[Instrument, str], bool]) -> list[RestRequest]:
        """Each request once, for what no channel gives."""
        found = {
            request.target: request
            for instrument, datasets in self._datasets.items()
            for dataset in map(dataset_of, datasets)
            if wanted(instrument, dataset) and streamed(instrument, dataset) is None
            for request in polls(instrument, dataset)
        }
        return list(found.values())
