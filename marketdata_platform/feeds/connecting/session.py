"""One open connection of a plan: subscribed, kept alive, looked after until it ends.

Belongs here: what is done on an open socket. Does not: opening the next one (connection.py), what a
frame says (continuity.py).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from marketdata_platform.feeds.connecting.limits import Throttle
from marketdata_platform.feeds.connecting.websocket import Socket, connect
from marketdata_platform.feeds.gathering.continuity import Watch
from marketdata_platform.feeds.gathering.frame_pump import Intake
from marketdata_platform.feeds.gathering.market_context import Market
from marketdata_platform.feeds.gathering.plan import Channel, ConnectionPlan, told
from marketdata_platform.venues.channels import first_messages
from marketdata_platform.venues.kit.streams import WEBSOCKET, Stream


class Link:
    """A socket with its own id, its way into the journal, and the watch over its channels."""

    def __init__(self, plan: ConnectionPlan, market: Market) -> None:
        self.id = secrets.token_hex(3)
        self.plan = plan
        self.watch = Watch(market.stats, plan, self.id)
        endpoint = plan.endpoint
        stream = str(Stream(endpoint.venue, endpoint.market, WEBSOCKET, self.id))
        self.intake = Intake(market.sink, stream, self.watch.look)
        self.opened = time.monotonic()
        self.ended: asyncio.Task[str] | None = None
        self._market = market
        self._messages = Throttle(endpoint.messages)
        self._socket: Socket | None = None
        self._next_id = 1
        self._beat_due = self.opened + (endpoint.heartbeat.every_seconds or float("inf"))
        self._pinged = False
        self._waits_told = 0

    @property
    def was_open(self) -> bool:
        """Whether a connection came about."""
        return self._socket is not None

    async def open(self) -> None:
        """Connect; frames flow from then on.

        Raises:
            VenueUnavailable: no connection came about; `Refused` when the venue said so.
        """
        endpoint = self.plan.endpoint
        headers = self._market.handshake(endpoint.websocket)
        self._socket = await connect(endpoint.websocket, self.intake.take, headers=headers)
        self.intake.valve = self._socket
        self.opened = time.monotonic()
        self.ended = asyncio.create_task(self._socket.ended())
        self.note("connected", url=_shown(endpoint.websocket))

    async def subscribe(
        self, channels: Iterable[Channel] | None = None, *, again: bool = False
    ) -> None:
        """Ask for channels (None: all), no faster than the venue allows; `again`: end what is there
        first.
        """
        wanted = self.plan.channels if channels is None else tuple(channels)
        if channels is None:
            for message in first_messages(self.plan.endpoint.venue):
                await self._say(message)
        if again:
            for message in self.watch.undo(wanted, self._next_id):
                self._next_id += 1
                await self._say(message)
        for message in self.plan.messages(wanted, first_id=self._next_id):
            self._next_id += 1
            await self._say(message)
        self.watch.subscribed(wanted, time.monotonic())
        self.note("subscribed", channels=[one.name for one in wanted], instruments=told(*wanted))

    async def tick(self) -> str | None:
        """Look at what came, answer, keep alive; why the connection must be given up, if it
        must.
        """
        self.intake.flush_looks()
        for reply in self.watch.replies():
            await self._say(reply)
        if self.ended is not None and self.ended.done():
            return self.ended.result()
        self._tell_pressure()
        if self.intake.holding:
            self._pinged = False
            return None
        return self._keep_alive(time.monotonic())

    def _keep_alive(self, now: float) -> str | None:
        heartbeat, socket = self.plan.endpoint.heartbeat, self._socket
        assert socket is not None
        if now >= self._beat_due:
            self._beat_due = now + heartbeat.every_seconds
            if heartbeat.message:
                socket.send(heartbeat.message)
            else:
                socket.ping()
        idle = socket.idle_seconds()
        if idle >= heartbeat.silence_seconds:
            return f"no byte for {idle:.1f} s"
        # A quiet market is no dead line: its answer to a ping is a byte.
        if idle < heartbeat.silence_seconds / 2:
            self._pinged = False
        elif not self._pinged:
            self._pinged = True
            socket.ping()
        return None

    def _tell_pressure(self) -> None:
        """Say it once for each time that the journal held the socket back, when that is over."""
        if self.intake.waits > self._waits_told and not self.intake.holding:
            times, self._waits_told = self.intake.waits - self._waits_told, self.intake.waits
            self.note(
                "backpressure", reason="the journal's buffer was full, or its disk", times=times
            )
            self._market.log.warning(
                "back-pressure", connection=self.id, of=self.plan.name, times=times
            )

    def note(self, event: str, **fields: Any) -> None:
        """Say something of this connection in the journal."""
        self._market.notes.write(self.plan.endpoint, self.id, event, **fields)

    async def close(self, reason: str) -> None:
        """Say goodbye, wait for what is still on its way into the journal, and note the end."""
        if self._socket is None or self.ended is None:
            return
        self._socket.close()
        done, _ = await asyncio.wait([self.ended], timeout=1.0)
        if not done:
            self._socket.abort()
            await asyncio.wait([self.ended], timeout=1.0)
        await self.intake.drained()
        self.intake.flush_looks()
        self.note("disconnected", reason=reason)

    async def _say(self, message: bytes) -> None:
        await self._messages.take()
        if self._socket is not None:
            self._socket.send(message)


def _shown(url: str) -> str:
    """A URL without what may hold a secret: user, password, query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
