"""One connection of the plan, for ever: connected, replaced before the venue ends it, connected
again when lost.

Belongs here: when to connect, to subscribe again, to hand over. Does not: the socket (link.py),
what is missing (continuity.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time

from marketdata_platform.core.errors import VenueUnavailable
from marketdata_platform.feeds.connecting.limits import Backoff
from marketdata_platform.feeds.connecting.refusals import Refused
from marketdata_platform.feeds.connecting.session import Link
from marketdata_platform.feeds.gathering.channel_state import Findings
from marketdata_platform.feeds.gathering.market_context import Market
from marketdata_platform.feeds.gathering.plan import (
    Channel,
    ConnectionPlan,
    brings_whole_books,
    told,
)
from marketdata_platform.workflows.bookkeeping.gatherer_status import ConnectionStatus

_TICK_SECONDS = 0.05
_SLOW_TICKS = 10  # silence and the like are looked at this much less often
# A connection that lives so long was a success; the allowance of attempts holds anyway.
_STEADY_SECONDS = 2.0
_OVERLAP_SECONDS = 5.0  # how long the old connection waits for the first frame of the new one
_RESUBSCRIBE_SECONDS = 2.0  # for one channel at most this often
_DROP_SECONDS = 5.0
_REFUSED_SECONDS = 30.0  # after "too many" without a Retry-After


class Connection:
    """Keeps the channels of `plan` coming."""

    def __init__(self, plan: ConnectionPlan, market: Market) -> None:
        endpoint = plan.endpoint
        self.plan = plan
        self.status = ConnectionStatus(plan.name, endpoint.venue, endpoint.market, "connecting")
        self._market = market
        self._backoff = Backoff(
            market.habits.first_backoff_seconds, market.habits.longest_backoff_seconds
        )
        self._link: Link | None = None
        self._leaving: Link | None = None  # while another takes over from it
        self._done_messages = self._done_bytes = self._done_waits = 0
        self._asked: dict[Channel, float] = {}
        self._ever = False

    @property
    def waits(self) -> int:
        """How often the journal held the socket back."""
        return self._done_waits + (self._link.intake.waits if self._link else 0)

    @property
    def heard(self) -> bool:
        """Whether the present connection is subscribed and has brought a frame."""
        return self._link is not None and self._link.intake.frames > 0

    async def run(self) -> None:
        """Until cancelled; then the connection is closed, and what it gave is in the sink."""
        try:
            while True:
                await self._lost(await self._watched(self._link or await self._established()))
        finally:
            self.status.state = "closed"
            if self._link is not None:
                await self._drop(self._link, "the gatherer ends")

    def joined(self, channel: Channel, last_id: int) -> bool:
        """A whole book up to `last_id` came by REST; False when it is older than the changes at
        hand: ask again.
        """
        return self._link is None or self._link.watch.whole_book(channel, last_id)

    def refresh(self) -> ConnectionStatus:
        """The status with the present counts."""
        status = self.status
        live = [one for one in (self._link, self._leaving) if one is not None]
        status.messages = self._done_messages + sum(one.intake.frames for one in live)
        status.bytes = self._done_bytes + sum(one.intake.bytes for one in live)
        if self._link is not None:
            self._link.watch.settle()
        return status

    async def _established(self) -> Link:
        """A subscribed link, however long it takes, inside what the venue allows."""
        while True:
            self.status.state = "connecting"
            await self._market.connects.take()
            self.status.attempts += 1
            link = self._link = Link(
                self.plan, self._market
            )  # from now on it is closed, however this ends
            try:
                await link.open()
                await self._begin(link)
            except VenueUnavailable as error:
                await self._drop(link, str(error))
                await self._wait(error)
                continue
            return link

    async def _begin(self, link: Link, *, beside: bool = False) -> None:
        if self._ever and not beside:
            link.watch.continue_from()
        self._ever = True
        await link.subscribe()
        self.status.state, self.status.connected_since_us = "connected", time.time_ns() // 1_000
        self._market.log.info(
            "connected", connection=link.id, of=self.plan.name, channels=len(self.plan.channels)
        )
        if not beside:  # beside another connection the books go on
            for channel in self.plan.channels:
                self._market.whole_book(channel)

    async def _wait(self, error: VenueUnavailable) -> None:
        seconds = self._backoff.next_seconds()
        if isinstance(error, Refused) and error.too_many:
            seconds = max(
                seconds, error.retry_after if error.retry_after is not None else _REFUSED_SECONDS
            )
            self._market.connects.close_for(seconds)
        self.status.state, self.status.last_error = "waiting", str(error)
        self._market.log.warning(
            "not connected", of=self.plan.name, reason=str(error), again_in=round(seconds, 2)
        )
        await asyncio.sleep(seconds)

    async def _watched(self, link: Link) -> str:
        try:
            return await self._watch(link)
        # - a mistake of ours in one connection must not end the others.
        except Exception as error:  # noqa: BLE001
            self._market.log.warning(
                "mistake", connection=link.id, of=self.plan.name, reason=repr(error)[:300]
            )
            return f"a mistake of the gatherer: {type(error).__name__}"

    async def _watch(self, link: Link) -> str:
        """Look after the link, or what replaces it, until it is lost; why."""
        ticks = 0
        life = self._life_seconds()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            ticks += 1
            reason = await link.tick()
            if reason is not None:
                return reason
            await self._act(link, link.watch.found())
            if ticks % _SLOW_TICKS:
                continue
            now = time.monotonic()
            if now - link.opened >= _STEADY_SECONDS:
                self._backoff.succeeded()
            unread, link.watch.unread = link.watch.unread, 0
            if unread:
                self._market.log.warning(
                    "frames that cannot be followed", connection=link.id, frames=unread
                )
            reason = await self._silence(link, now)
            if reason is not None:
                return reason
            if now - link.opened >= life:
                link = await self._hand_over(link)
                life = self._life_seconds()

    def _life_seconds(self) -> float:
        """When to replace a connection: some time before its end, not at the same moment in every
        gatherer.
        """
        life = self.plan.endpoint.life_seconds
        return float("inf") if life is None else life * random.uniform(0.9, 0.97)

    async def _act(self, link: Link, found: Findings) -> None:
        for said in found.complaints:
            self.status.last_error = said
            self._market.log.warning(
                "the venue refuses", connection=link.id, of=self.plan.name, reason=said
            )
        for gap in found.gaps:
            one = gap.channel
            link.note(
                "gap", channels=[one.name], instruments=told(one),
                reason="ids are missing", first=gap.first, last=gap.last, since_us=gap.since_us,
            )  # fmt: skip
            self._market.log.warning(
                "gap", connection=link.id, channel=one.name, first=gap.first, last=gap.last
            )
        if found.broken:
            await self._renew(link, found.broken)

    async def _renew(self, link: Link, channels: list[Channel]) -> None:
        """Ask for whole books: by REST where the venue gives them so, else by a new
        subscription.
        """
        again = []
        now = time.monotonic()
        for channel in dict.fromkeys(channels):
            if not brings_whole_books(channel):
                self._market.whole_book(channel)
            elif now - self._asked.get(channel, -_RESUBSCRIBE_SECONDS) >= _RESUBSCRIBE_SECONDS:
                again.append(channel)
        if again:
            again = link.watch.together(again)
            self._asked.update(dict.fromkeys(again, now))
            await link.subscribe(again, again=True)

    async def _silence(self, link: Link, now: float) -> str | None:
        """Subscribe again to what fell silent; when that was in vain, the connection is given
        up.
        """
        if link.intake.holding:
            return None
        silent = link.watch.silent(now, self._market.habits.stale_seconds)
        if not silent:
            return None
        lively = [one for one in silent if link.watch.was_lively(one)]
        if lively:
            names = [one.name for one in lively]
            link.note("stale", channels=names, instruments=told(*lively))
            self._market.log.warning(
                "stale", connection=link.id, channels=names[:10], more=max(0, len(names) - 10)
            )
        vain = [one for one in lively if link.watch.in_vain(one)]
        if vain:
            return f"{vain[0].name} stays silent after a new subscription"
        await link.subscribe(link.watch.together(silent), again=True)
        return None

    async def _hand_over(self, old: Link) -> Link:
        """A new connection first; the old one ends when the new one brings frames. On failure the
        old one stays.
        """
        await self._market.connects.take()
        self.status.attempts += 1
        new = Link(self.plan, self._market)
        try:
            await new.open()
            await self._begin(new, beside=True)
        except VenueUnavailable as error:
            await new.close(str(error))
            self._market.log.warning("no hand-over yet", of=self.plan.name, reason=str(error))
            old.opened += (
                60.0
                if self.plan.endpoint.life_seconds is None
                else self.plan.endpoint.life_seconds * 0.01
            )
            return old
        except BaseException:
            await self._drop(new, "the gatherer ends")
            raise
        self._link, self._leaving = new, old
        deadline = time.monotonic() + _OVERLAP_SECONDS
        try:
            while time.monotonic() < deadline and not new.intake.frames:
                await asyncio.sleep(_TICK_SECONDS)
                await old.tick()
        except BaseException:
            await self._drop(old, "the gatherer ends")
            raise
        new.note("handover", reason=f"takes over from {old.id}")
        self._market.log.info("handover", of=self.plan.name, connection=new.id, before=old.id)
        await self._drop(old, f"handed over to {new.id}")
        return new

    async def _lost(self, reason: str) -> None:
        link = self._link
        if link is None:
            return
        steady = time.monotonic() - link.opened >= _STEADY_SECONDS
        self.status.disconnects += 1
        self.status.connected_since_us, self.status.last_error = None, reason
        await self._drop(link, reason)
        if not steady:
            self.status.state = "waiting"
            await asyncio.sleep(self._backoff.next_seconds())

    async def _drop(self, link: Link, reason: str) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DROP_SECONDS):
                await link.close(reason)
        self._done_messages += link.intake.frames
        self._done_bytes += link.intake.bytes
        self._done_waits += link.intake.waits
        self._link = None if self._link is link else self._link
        self._leaving = None if self._leaving is link else self._leaving
        if link.was_open:
            self._market.log.info(
                "disconnected", connection=link.id, of=self.plan.name, reason=reason
            )
