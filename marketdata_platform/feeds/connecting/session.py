"""One open connection of a plan: subscribed, kept alive, looked after until it ends.

Belongs here: what is done on an open socket. Does not: opening the next one (connection.py), what
becomes of a refused message (subscribing.py), what a frame says (continuity.py).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from marketdata_platform.feeds.connecting.limits import Throttle
from marketdata_platform.feeds.connecting.subscribing import ReplyOutcome, Subscribing
from marketdata_platform.feeds.connecting.websocket import Socket, connect
from marketdata_platform.feeds.gathering.continuity import Watch
from marketdata_platform.feeds.gathering.frame_pump import FramePump
from marketdata_platform.feeds.gathering.market_context import MarketContext
from marketdata_platform.feeds.gathering.plan import (
    Channel,
    ConnectionPlan,
    datasets_by_instrument,
)
from marketdata_platform.venues.kit.streams import WEBSOCKET, Stream
from marketdata_platform.venues.stream_rules import Message, Reply


class Session:
    """A socket with its own id, its way into the journal, and the watch over its channels."""

    def __init__(self, plan: ConnectionPlan, context: MarketContext) -> None:
        self.id = secrets.token_hex(3)
        self.plan = plan
        self.watch = Watch(context.stats, plan, self.id)
        endpoint = plan.endpoint
        stream = str(Stream(endpoint.venue, endpoint.market, WEBSOCKET, self.id))
        self.pump = FramePump(context.sink, stream, self.watch.look)
        self.opened = time.monotonic()
        self.ended: asyncio.Task[str] | None = None
        self.complaint = ""  # the venue's last one
        self._context = context
        self._messages = Throttle(endpoint.messages)
        self._socket: Socket | None = None
        self._subscribing = Subscribing(plan.streams, endpoint.market)
        self._by_name = {channel.name: channel for channel in plan.channels}
        self._beat_due = self.opened + (endpoint.heartbeat.every_seconds or float("inf"))
        self._pinged = False
        self._waits_noted = 0

    @property
    def was_open(self) -> bool:
        """True if a connection came about."""
        return self._socket is not None

    async def open(self) -> None:
        """Connect; frames flow from then on.

        Raises:
            VenueUnavailable: no connection came about; `Refused` when the venue said so.
        """
        endpoint = self.plan.endpoint
        headers = self._context.handshake(endpoint.websocket)
        self._socket = await connect(endpoint.websocket, self.pump.take, headers=headers)
        self.pump.valve = self._socket
        self.opened = time.monotonic()
        self.ended = asyncio.create_task(self._socket.ended())
        self.note("connected", url=_shown(endpoint.websocket))

    async def subscribe(
        self, channels: Iterable[Channel] | None = None, *, again: bool = False
    ) -> None:
        """Ask for channels, no faster than the venue allows, but not for those that it refused.

        Args:
            channels: of the plan; None: all.
            again: end the subscriptions that are there first.
        """
        if channels is None:
            for greeting in self.plan.streams.greetings:
                await self._say(greeting)
        wanted = self.plan.channels if channels is None else tuple(channels)
        names = [one.name for one in wanted]
        if again:
            for message in self._subscribing.end(names, self.watch.sids(wanted)):
                await self._say(message.payload)
        await self._ask(self._subscribing.ask(names))

    async def _ask(self, messages: list[Message]) -> None:
        for message in messages:
            await self._say(message.payload)
        asked = [self._by_name[name] for message in messages for name in message.channels]
        if asked:
            self.watch.subscribed(asked, time.monotonic())
            self._note_channels("subscribed", asked)

    async def tick(self) -> str | None:
        """Look at what came, answer, keep alive; why the connection must be given up, if it
        must.
        """
        self.pump.flush_looks()
        for reply in self.watch.replies():
            await self._take(reply)
        await self._ask(self._subscribing.next_part())
        if self.ended is not None and self.ended.done():
            return self.ended.result()
        self._note_pressure()
        if self.pump.holding:
            self._pinged = False
            return None
        return self._keep_alive(time.monotonic())

    async def _take(self, reply: Reply) -> None:
        if reply.answer:
            await self._say(reply.answer)
        outcome = self._subscribing.answered(reply)
        if outcome.again:
            again = self._channels(outcome.again)
            self.watch.asked_again(again)
            self._note_channels("resubscribing", again, reason=outcome.said)
        elif outcome.refused:
            self._drop(outcome)
        elif outcome.said:
            self._context.log.warning(
                "the venue refuses", connection=self.id, of=self.plan.name, reason=outcome.said
            )
        self.complaint = outcome.said or self.complaint

    def _drop(self, outcome: ReplyOutcome) -> None:
        """Record without these channels: the venue will not give them on this connection."""
        dropped = self._channels(outcome.refused)
        for channel in dropped:
            self.watch.drop(channel, outcome.said)
        self._note_channels("refused", dropped, reason=outcome.said)
        names = list(outcome.refused)
        self._context.log.warning(
            "refused",
            connection=self.id,
            of=self.plan.name,
            channels=names[:10],
            more=max(0, len(names) - 10),
            reason=outcome.said,
        )

    def take_back(self, channels: list[Channel]) -> None:
        """Channels that were refused bring frames all the same: they count as subscribed again."""
        self._subscribing.take_back(one.name for one in channels)
        self._note_channels("subscribed", channels)

    @property
    def refused(self) -> int:
        """How many channels the venue will not give on this connection."""
        return len(self._subscribing.refused)

    def _channels(self, names: Iterable[str]) -> list[Channel]:
        return [self._by_name[name] for name in names]

    def _note_channels(self, event: str, channels: Iterable[Channel], **fields: Any) -> None:
        listed = list(channels)
        names = [one.name for one in listed]
        self.note(event, channels=names, instruments=datasets_by_instrument(*listed), **fields)

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

    def _note_pressure(self) -> None:
        """Say it once for each time that the journal held the socket back, when that is over."""
        if self.pump.waits > self._waits_noted and not self.pump.holding:
            times, self._waits_noted = self.pump.waits - self._waits_noted, self.pump.waits
            self.note(
                "backpressure", reason="the journal's buffer was full, or its disk", times=times
            )
            self._context.log.warning(
                "back-pressure", connection=self.id, of=self.plan.name, times=times
            )

    def note(self, event: str, **fields: Any) -> None:
        """Say something of this connection in the journal."""
        self._context.notes.write(self.plan.endpoint, self.id, event, **fields)

    async def close(self, reason: str) -> None:
        """Say goodbye, wait for what is still on its way into the journal, and note the end."""
        if self._socket is None or self.ended is None:
            return
        self._socket.close()
        done, _ = await asyncio.wait([self.ended], timeout=1.0)
        if not done:
            self._socket.abort()
            await asyncio.wait([self.ended], timeout=1.0)
        await self.pump.drained()
        self.pump.flush_looks()
        self.note("disconnected", reason=reason)

    async def _say(self, message: bytes) -> None:
        await self._messages.take()
        if self._socket is not None:
            self._socket.send(message)


def _shown(url: str) -> str:
    """A URL without what may hold a secret: user, password, query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
