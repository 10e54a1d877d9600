"""How far this machine's clock is from a venue's, and whether it was stepped.

Belongs here: measuring, and saying it in the journal. Does not: correcting anything: frames keep
the time that the clock showed, landing knows the offset and flags rows.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from marketdata_platform.core.errors import VenueUnavailable
from marketdata_platform.feeds.asking.http_connection import HttpAnswer
from marketdata_platform.feeds.asking.rest import RestClient
from marketdata_platform.feeds.gathering.market_context import Log
from marketdata_platform.feeds.gathering.notes import Notes
from marketdata_platform.venues import venue_named
from marketdata_platform.venues.endpoint import Endpoint
from marketdata_platform.venues.lookups import routes_of
from marketdata_platform.venues.rest_rules import ServerTime

_EVERY_SECONDS = 60.0
_SOON_SECONDS = 5.0
_SAMPLES = 3
_STEP_SECONDS = 0.25
_LOOK_SECONDS = 1.0
_HALF_SECOND_US = 500_000
CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Offset:
    """Local minus venue time. `by`: `time` (a route), `date` (a header, to the second), `events`
    (not above this).
    """

    offset_us: int
    round_trip_us: int | None
    by: str


class VenueClock:
    """Measures one venue's market, at once and then each minute; `least_lag_us` is the way without
    REST.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        client: RestClient,
        notes: Notes,
        log: Log,
        least_lag_us: Callable[[], int | None],
    ) -> None:
        self.offset: Offset | None = None
        self._endpoint = endpoint
        self._client = client
        self._notes = notes
        self._log = log
        self._least_lag_us = least_lag_us
        self._now = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._now.clear()
                offset = await self._measured()
                if offset is not None:
                    self.offset = offset
                    self._notes.write(
                        self._endpoint, CLOCK, "clock", offset_us=offset.offset_us,
                        round_trip_us=offset.round_trip_us, reason=offset.by,
                    )  # fmt: skip
                try:
                    async with asyncio.timeout(_EVERY_SECONDS if offset else _SOON_SECONDS):
                        await self._now.wait()
                except TimeoutError:
                    continue
        finally:
            await self._client.close()

    def stepped(self, step_us: int) -> None:
        """The wall clock of this machine was stepped: say so, and measure anew."""
        self._notes.write(self._endpoint, CLOCK, "clock", reason="step", step_us=step_us)
        self._now.set()

    async def _measured(self) -> Offset | None:
        clock = venue_named(self._endpoint.venue).rest.server_time
        routes = routes_of(self._endpoint.venue, self._endpoint.market)
        request = routes.request(clock.route, parameters=clock.parameters)
        found: list[Offset] = []
        try:
            for _ in range(_SAMPLES):
                reply = await self._client.get(request.target, weight=request.weight)
                offset = _offset(clock, reply)
                if offset is not None:
                    found.append(offset)
        except VenueUnavailable as error:
            self._log.warning(
                "no time of the venue",
                of=f"{self._endpoint.venue}:{self._endpoint.market}",
                reason=str(error),
            )
        if found:
            return min(found, key=lambda one: one.round_trip_us or 0)
        least = self._least_lag_us()
        return None if least is None else Offset(least, None, "events")


def _offset(clock: ServerTime, reply: HttpAnswer) -> Offset | None:
    middle_us = (reply.sent_ns + reply.recv_ns) // 2_000
    round_trip_us = (reply.recv_ns - reply.sent_ns) // 1_000
    venue_us = clock.read(reply.body) if reply.status == 200 else None
    if venue_us is not None:
        return Offset(middle_us - venue_us, round_trip_us, "time")
    if reply.date_us is None:
        return None
    return Offset(
        middle_us - reply.date_us - _HALF_SECOND_US, round_trip_us + 2 * _HALF_SECOND_US, "date"
    )


async def watch_steps(stepped: Callable[[int], None], log: Log) -> None:
    """Compare the wall clock with the monotonic one each second; say steps of a quarter of a
    second and more.
    """
    before_ns = time.time_ns() - time.monotonic_ns()
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        now_ns = time.time_ns() - time.monotonic_ns()
        if abs(now_ns - before_ns) >= _STEP_SECONDS * 1e9:
            step_us = (now_ns - before_ns) // 1_000
            log.warning("the clock was stepped", step_us=step_us)
            stepped(step_us)
        before_ns = now_ns
