"""One connection of the plan, for ever: connected, replaced before the venue ends it, connected
again when lost.

Belongs here: when to connect, to subscribe again, to hand over. Does not: the socket (session.py),
what is missing (continuity.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time

from marketdata_platform.core.errors import VenueUnavailable
from marketdata_platform.feeds.connecting.limits import Backoff
from marketdata_platform.feeds.connecting.refusals import VenueRefusal
from marketdata_platform.feeds.connecting.session import Session
from marketdata_platform.feeds.gathering.channel_state import Findings
from marketdata_platform.feeds.gathering.market_context import MarketContext
from marketdata_platform.feeds.gathering.plan import (
    Channel,
    ConnectionPlan,
    begins_with_snapshot,
    datasets_by_instrument,
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

    def __init__(self, plan: ConnectionPlan, context: MarketContext) -> None:
        endpoint = plan.endpoint
        self.plan = plan
        self.status = ConnectionStatus(plan.name, endpoint.venue, endpoint.market, "connecting")
        self._context = context
        self._backoff = Backoff(
            context.options.first_backoff_seconds, context.options.longest_backoff_seconds
        )
        self._session: Session | None = None
        self._leaving: Session | None = None  # while another takes over from it
        self._done_messages = self._done_bytes = self._done_waits = 0
        self._asked: dict[Channel, float] = {}
        self._ever = False

    @property
    def waits(self) -> int:
        """How often the journal held the socket back."""
        return self._done_waits + (self._session.pump.waits if self._session else 0)

    @property
    def heard(self) -> bool:
        """True if the present connection is subscribed and has brought a frame."""
        return self._session is not None and self._session.pump.frames > 0

    async def run(self) -> None:
        """Until cancelled; then the connection is closed, and what it gave is in the sink."""
        try:
            while True:
                await self._lost(await self._watched(self._session or await self._established()))
        finally:
            self.status.state = "closed"
            if self._session is not None:
                await self._drop(self._session, "the gatherer ends")

    def joined(self, channel: Channel, last_id: int) -> bool:
        """A snapshot up to `last_id` came by REST; False when it is older than the changes at
        hand: ask again.
        """
        return self._session is None or self._session.watch.snapshot_joins(channel, last_id)

    def refresh(self) -> ConnectionStatus:
        """The status with the present counts."""
        status = self.status
        live = [one for one in (self._session, self._leaving) if one is not None]
        status.messages = self._done_messages + sum(one.pump.frames for one in live)
        status.bytes = self._done_bytes + sum(one.pump.bytes for one in live)
        if self._session is not None:
            self._session.watch.settle()
        return status

    async def _established(self) -> Session:
        """A subscribed session, however long it takes, inside what the venue allows."""
        while True:
            self.status.state = "connecting"
            await self._context.connects.take()
            self.status.attempts += 1
            # From now on it is closed, however this ends.
            session = self._session = Session(self.plan, self._context)
            try:
                await session.open()
                await self._begin(session)
            except VenueUnavailable as error:
                await self._drop(session, str(error))
                await self._wait(error)
                continue
            return session

    async def _begin(self, session: Session, *, beside: bool = False) -> None:
        if self._ever and not beside:
            session.watch.continue_from()
        self._ever = True
        await session.subscribe()
        self.status.state, self.status.connected_since_us = "connected", time.time_ns() // 1_000
        self._context.log.info(
            "connected", connection=session.id, of=self.plan.name, channels=len(self.plan.channels)
        )
        if not beside:  # beside another connection the books go on
            for channel in self.plan.channels:
                self._context.ask_snapshot(channel)

    async def _wait(self, error: VenueUnavailable) -> None:
        seconds = self._backoff.next_seconds()
        if isinstance(error, VenueRefusal) and error.too_many:
            seconds = max(
                seconds, error.retry_after if error.retry_after is not None else _REFUSED_SECONDS
            )
            self._context.connects.close_for(seconds)
        self.status.state, self.status.last_error = "waiting", str(error)
        self._context.log.warning(
            "not connected", of=self.plan.name, reason=str(error), again_in=round(seconds, 2)
        )
        await asyncio.sleep(seconds)

    async def _watched(self, session: Session) -> str:
        try:
            return await self._watch(session)
        # - a mistake of ours in one connection must not end the others.
        except Exception as error:  # noqa: BLE001
            self._context.log.warning(
                "mistake", connection=session.id, of=self.plan.name, reason=repr(error)[:300]
            )
            return f"a mistake of the gatherer: {type(error).__name__}"

    async def _watch(self, session: Session) -> str:
        """Look after the session, or what replaces it, until it is lost; why."""
        ticks = 0
        life = self._life_seconds()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            ticks += 1
            reason = await session.tick()
            if reason is not None:
                return reason
            await self._act(session, session.watch.found())
            if ticks % _SLOW_TICKS:
                continue
            now = time.monotonic()
            if now - session.opened >= _STEADY_SECONDS:
                self._backoff.succeeded()
            unread = session.watch.take_unread()
            if unread:
                self._context.log.warning(
                    "frames that cannot be followed", connection=session.id, frames=unread
                )
            reason = await self._silence(session, now)
            if reason is not None:
                return reason
            if now - session.opened >= life:
                session = await self._hand_over(session)
                life = self._life_seconds()

    def _life_seconds(self) -> float:
        """When to replace a connection: some time before its end, not at the same moment in every
        gatherer.
        """
        life = self.plan.endpoint.life_seconds
        return float("inf") if life is None else life * random.uniform(0.9, 0.97)

    async def _act(self, session: Session, found: Findings) -> None:
        self.status.last_error = session.complaint or self.status.last_error
        if found.returned:
            session.take_back(found.returned)
        self.status.refused = session.refused
        for gap in found.gaps:
            one = gap.channel
            session.note(
                "gap", channels=[one.name], instruments=datasets_by_instrument(one),
                reason="ids are missing", first=gap.first, last=gap.last, since_us=gap.since_us,
            )  # fmt: skip
            self._context.log.warning(
                "gap", connection=session.id, channel=one.name, first=gap.first, last=gap.last
            )
        if found.broken:
            await self._renew(session, found.broken)

    async def _renew(self, session: Session, channels: list[Channel]) -> None:
        """Ask for snapshots: by REST where the venue gives them so, else by subscribing again."""
        again = []
        now = time.monotonic()
        for channel in dict.fromkeys(channels):
            if not begins_with_snapshot(channel):
                self._context.ask_snapshot(channel)
            elif now - self._asked.get(channel, -_RESUBSCRIBE_SECONDS) >= _RESUBSCRIBE_SECONDS:
                again.append(channel)
        if again:
            again = session.watch.together(again)
            self._asked.update(dict.fromkeys(again, now))
            await session.subscribe(again, again=True)

    async def _silence(self, session: Session, now: float) -> str | None:
        """Subscribe again to what fell silent; when that was in vain, the connection is given
        up.
        """
        if session.pump.holding:
            return None
        silent = session.watch.silent(now, self._context.options.stale_seconds)
        if not silent:
            return None
        lively = [one for one in silent if session.watch.was_lively(one)]
        if lively:
            names = [one.name for one in lively]
            session.note("stale", channels=names, instruments=datasets_by_instrument(*lively))
            self._context.log.warning(
                "stale", connection=session.id, channels=names[:10], more=max(0, len(names) - 10)
            )
        vain = [one for one in lively if session.watch.in_vain(one)]
        if vain:
            return f"{vain[0].name} stays silent after a new subscription"
        await session.subscribe(session.watch.together(silent), again=True)
        return None

    async def _hand_over(self, old: Session) -> Session:
        """A new connection first; the old one ends when the new one brings frames. On failure the
        old one stays.
        """
        await self._context.connects.take()
        self.status.attempts += 1
        new = Session(self.plan, self._context)
        try:
            await new.open()
            await self._begin(new, beside=True)
        except VenueUnavailable as error:
            await new.close(str(error))
            self._context.log.warning("no hand-over yet", of=self.plan.name, reason=str(error))
            old.opened += (
                60.0
                if self.plan.endpoint.life_seconds is None
                else self.plan.endpoint.life_seconds * 0.01
            )
            return old
        except BaseException:
            await self._drop(new, "the gatherer ends")
            raise
        self._session, self._leaving = new, old
        deadline = time.monotonic() + _OVERLAP_SECONDS
        try:
            while time.monotonic() < deadline and not new.pump.frames:
                await asyncio.sleep(_TICK_SECONDS)
                await old.tick()
        except BaseException:
            await self._drop(old, "the gatherer ends")
            raise
        new.note("handover", reason=f"takes over from {old.id}")
        self._context.log.info("handover", of=self.plan.name, connection=new.id, before=old.id)
        await self._drop(old, f"handed over to {new.id}")
        return new

    async def _lost(self, reason: str) -> None:
        session = self._session
        if session is None:
            return
        steady = time.monotonic() - session.opened >= _STEADY_SECONDS
        self.status.disconnects += 1
        self.status.connected_since_us, self.status.last_error = None, reason
        await self._drop(session, reason)
        if not steady:
            self.status.state = "waiting"
            await asyncio.sleep(self._backoff.next_seconds())

    async def _drop(self, session: Session, reason: str) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DROP_SECONDS):
                await session.close(reason)
        self._done_messages += session.pump.frames
        self._done_bytes += session.pump.bytes
        self._done_waits += session.pump.waits
        self._session = None if self._session is session else self._session
        self._leaving = None if self._leaving is session else self._leaving
        if session.was_open:
            self._context.log.info(
                "disconnected", connection=session.id, of=self.plan.name, reason=reason
            )
