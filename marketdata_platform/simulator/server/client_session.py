"""One WebSocket connection as the exchange writes to it, and what becomes of its messages.

Belongs here: faults done to one connection, the account of what it missed. Does not: sockets
(server_connection). Each session has a random sequence of its own, so redundant recorders lose
different messages.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.server.damage import deeply_nested, spoiled, with_new_fields
from marketdata_platform.simulator.server.stream_faults import PER_MESSAGE, StreamFaults
from marketdata_platform.simulator.server.websocket_frames import PONG, frame, payload_of

_UNKNOWN = frame(
    b'{"stream":"!simulated@news","e":"simulatedNews","type":"simulated","topic":"news","text":"hello"}'
)
_REORDER_SECONDS = 0.25  # a quiet stream does not hold a message back for ever


class Wire(Protocol):
    """Where a session's bytes go."""

    def write(self, data: bytes) -> None:
        """Send bytes."""
        ...

    def cut(self, close: bytes | None) -> None:
        """End the connection: after a last frame, or with none and a reset."""
        ...

    @property
    def waiting_bytes(self) -> int:
        """What was written and has not left yet."""
        ...


class Missed(NamedTuple):
    """Trades `first..last` of a market did not reach a connection whole, and why."""

    market: int
    first: int
    last: int
    why: str


@dataclass(slots=True)
class Hearing:
    """A connection heard a market's trades from id `first` to before `end` (None: still does)."""

    market: ListedMarket
    first: int
    end: int | None = None


@dataclass(slots=True)
class SessionRecord:
    """What the exchange knows of a connection. Times are µs by the exchange's clock."""

    name: str
    place: str
    opened_us: int
    closed_us: int | None = None
    ended_by: str = ""
    sent: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    missed: list[Missed] = field(default_factory=list)
    hearings: list[Hearing] = field(default_factory=list)

    def doubt(self, published: list[int] | None) -> None:
        """The connection ended: what it was sent since `published` (next trade of each market then;
        None: ever) may be lost.

        Those trades count as missed, by `doubt`.
        """
        for hearing in self.hearings:
            market, end = hearing.market, hearing.end
            assert end is not None  # the venue has closed it
            since = (
                hearing.first if published is None else max(hearing.first, published[market.index])
            )
            known = {
                n
                for m in self.missed
                if m.market == market.index
                for n in range(max(m.first, since), m.last + 1)
            }
            known |= {
                n for hole in market.holes for n in range(max(hole.first, since), hole.last + 1)
            }
            for number in range(since, end):
                if number not in known:
                    market.count_delivery(number, number, -1)
                    self.missed.append(Missed(market.index, number, number, "doubt"))


class _Held(NamedTuple):
    encoded: bytes
    market: ListedMarket | None
    first: int
    last: int
    after: int  # messages
    until: float  # monotonic seconds


class ClientSession:
    """A connection: `take` is for what is streamed and may be meddled with, `say` for answers,
    which are not.
    """

    def __init__(
        self,
        wire: Wire,
        record: SessionRecord,
        seed: str,
        faults: Callable[[], StreamFaults],
        now: float,
    ) -> None:
        self.record = record
        self.channels: dict[str, int] = {}  # with what the venue wants to remember of each
        self.notes: dict[str, float] = {}  # what else the venue remembers: moments, intervals
        self.opened = now
        self.closed = False
        self._wire = wire
        self._random = random.Random(seed)
        self._faults_now = faults
        self._out: list[bytes] = []
        self._held: list[_Held] = []
        self._taken = 0
        self._silent_until = 0.0
        self._drained = now
        self._stall_at = self._cut_at = 0.0
        self.renew(now)

    def renew(self, now: float) -> None:
        """Take the faults of now: they were changed."""
        self._faults = faults = self._faults_now()
        self._meddled = faults.of_messages
        self._edges = []
        total = 0.0
        for name in PER_MESSAGE:
            total += getattr(faults, name)
            self._edges.append((total, name))
        self._total = total
        self._stall_at = now + self._draw_wait(faults.stall)
        self._cut_at = now + self._draw_wait(faults.disconnect)

    def _draw_wait(self, mean: float) -> float:
        return self._random.expovariate(1.0 / mean) if mean else float("inf")

    def pinged(self, payload: bytes) -> None:
        """The client sent a ping."""
        self.say(frame(payload, PONG))

    def ponged(self) -> None:
        """The client answered a ping."""
        self.notes.pop("unanswered", None)

    def say(self, encoded: bytes) -> None:
        """Send what is no stream: an answer, a ping."""
        if not self._silent_until:
            self._out.append(encoded)

    def take(
        self, encoded: bytes, market: ListedMarket | None = None, first: int = 0, last: int = 0
    ) -> None:
        """Send a message of a stream; `market` and ids where it carries trades."""
        self._taken += 1
        if self._silent_until:
            self._lose(market, first, last, "stall")
            return
        if self._meddled:
            chance = self._random.random()
            if chance < self._total:
                self._meddle(
                    next(name for edge, name in self._edges if chance < edge),
                    encoded,
                    market,
                    first,
                    last,
                )
                return
        self._pass(encoded, market, first, last)

    def _pass(self, encoded: bytes, market: ListedMarket | None, first: int, last: int) -> None:
        self._out.append(encoded)
        if market is not None:
            market.count_delivery(first, last, 1)

    def _lose(self, market: ListedMarket | None, first: int, last: int, why: str) -> None:
        self.record.faults[why] += 1
        if market is not None:
            self.record.missed.append(Missed(market.index, first, last, why))

    def _meddle(
        self, fault: str, encoded: bytes, market: ListedMarket | None, first: int, last: int
    ) -> None:
        if fault in ("drop", "corrupt"):
            self._lose(market, first, last, fault)
            if fault == "corrupt":
                self._out.append(frame(spoiled(payload_of(encoded), self._random)))
            return
        self.record.faults[fault] += 1
        if fault in ("reorder", "delay"):
            self._held.append(_Held(encoded, market, first, last, *self._wait(fault)))
            return
        if fault == "new_fields":
            encoded = frame(with_new_fields(payload_of(encoded)))
        self._pass(encoded, market, first, last)
        if fault != "new_fields":
            self._out.append(self._extra(fault, encoded))

    def _wait(self, fault: str) -> tuple[int, float]:
        """After how many messages, or when, a message that is held back is sent."""
        if fault == "delay":
            return 2**62, self.now + self._random.random() * self._faults.delay_seconds
        after = self._random.randint(1, max(self._faults.reorder_within, 1))
        return self._taken + after, self.now + _REORDER_SECONDS

    def _extra(self, fault: str, encoded: bytes) -> bytes:
        """What is sent after a message besides."""
        if fault == "unknown":
            return _UNKNOWN
        if fault == "nested":
            return frame(deeply_nested(self._faults.nested_levels))
        if fault == "huge":
            return frame(b'{"stream":"huge","data":"' + b"x" * self._faults.huge_bytes + b'"}')
        return encoded

    now = 0.0  # monotonic seconds of the last flush

    def flush(self, now: float) -> None:
        """Write what has gathered, and let time do its harm."""
        self.now = now
        if now >= self._stall_at and not self._silent_until:
            self._silent_until = now + self._faults.stall_seconds
            self.record.faults["stalls"] += 1
        if self._silent_until and now >= self._silent_until:
            self._silent_until = 0.0
            self._stall_at = now + self._draw_wait(self._faults.stall)
        if self._held:
            self._release(now)
        if self._out:
            self.record.sent += len(self._out)
            self._wire.write(b"".join(self._out))
            self._out.clear()
        if not self._wire.waiting_bytes:
            self._drained = now
        if now >= self._cut_at:
            self.record.faults["disconnect"] += 1
            self.end("disconnect", politely=self._random.random() < 0.5)

    def _release(self, now: float) -> None:
        if self._silent_until:
            return
        due = [held for held in self._held if held.after <= self._taken or held.until <= now]
        if due:
            self._held = [held for held in self._held if held not in due]
            for held in due:
                self._pass(held.encoded, held.market, held.first, held.last)

    def end(self, why: str, *, politely: bool = True, code: int = 1001) -> None:
        """Cut the connection."""
        from marketdata_platform.simulator.server.websocket_frames import close_frame

        self.record.ended_by = self.record.ended_by or why
        self._wire.cut(close_frame(code, why) if politely else None)

    def forget_held(self) -> None:
        """The connection is gone: what was still held back is missed."""
        for held in self._held:
            self._lose(held.market, held.first, held.last, "closed")
        self._held.clear()

    @property
    def waiting_bytes(self) -> int:
        """What was written and has not left yet."""
        return self._wire.waiting_bytes

    @property
    def sure_until(self) -> float:
        """What was written before this moment (monotonic) has surely left for the client."""
        return self._drained
