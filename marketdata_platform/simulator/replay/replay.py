"""Recorded frames played through the real protocol, at their own pace or any other.

Belongs here: which frame goes out when, and to whom. Does not: reading files (recordings), sockets
(exchange). A frame goes, byte for byte, to those who subscribed to its channel; the first one waits
until somebody has.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.simulator.replay.recorded import ANSWERED, Recorded, Recording
from marketdata_platform.simulator.server.websocket_frames import frame
from marketdata_platform.simulator.venues import simulated_venue
from marketdata_platform.simulator.venues.gateway import Surroundings
from marketdata_platform.simulator.venues.replay_gateway import ReplayGateway
from marketdata_platform.simulator.venues.venue_registry import VenueRegistry

_FRAMES_A_TICK = 5_000
_WAITING_BYTES = 4 << 20  # at full speed the slowest client sets the pace
_SETTLE_SECONDS = 0.5  # between the last wanted subscription and the first frame


class ReplayRegistry(VenueRegistry):
    """The places of a recording. `speed` 0: as fast as it goes; `clients`: how many must have
    subscribed first.
    """

    def __init__(
        self, recording: Recording, around: Surroundings, speed: float, clients: int
    ) -> None:
        self._replayed = {place: _open(place, around) for place in recording.places}
        super().__init__(list(self._replayed.values()), [])
        self._speed, self._clients = speed, clients
        self._frames: Iterator[Recorded] = recording.frames()
        self._next = next(self._frames, None)
        self._begin_ns = self._next.recv_ns if self._next else 0
        self._ready = self._began = 0.0
        self.played_ns = self._begin_ns
        self.sent = 0

    @property
    def finished(self) -> bool:
        """True if the last frame has gone out."""
        return self._next is None

    def advance(self, until_us: int) -> None:
        """Send what is due. The recording has its own clock, so `until_us` is not looked at."""
        now = time.monotonic()
        if not self._began:
            self._wait(now)
            return
        due_ns = (
            None
            if not self._speed
            else self._begin_ns + int((now - self._began) * self._speed * 1e9)
        )
        for _ in range(_FRAMES_A_TICK):
            one = self._next
            if one is None or (due_ns is not None and one.recv_ns > due_ns) or self._slow():
                return
            self._play(one)
            self._next = next(self._frames, None)

    def _wait(self, now: float) -> None:
        listening = sum(
            bool(session.channels) for gateway in self.gateways for session in gateway.sessions
        )
        if listening < self._clients:
            self._ready = 0.0
        elif not self._ready:
            self._ready = now
        elif now - self._ready >= _SETTLE_SECONDS:
            self._began = now

    def _slow(self) -> bool:
        if self._speed or self.sent % 256:
            return False
        for gateway in self.gateways:
            for session in gateway.sessions:
                session.flush(time.monotonic())
                if session.waiting_bytes > _WAITING_BYTES:
                    return True
        return False

    def _play(self, one: Recorded) -> None:
        gateway = self._replayed[one.place]
        self.played_ns = one.recv_ns
        if one.kind == ANSWERED:
            gateway.remember(one)
            return
        self.sent += 1
        channel = gateway.replay.channel_of(one.payload)
        gateway.play(channel, one.payload)
        sessions = gateway.hub.sessions(channel)
        if sessions:
            encoded = frame(one.payload)
            for session in sessions:
                session.take(encoded)


def _open(place: str, around: Surroundings) -> ReplayGateway:
    name, _, address = place.partition(":")
    venue = simulated_venue(name)
    if venue.replay is None or address not in venue.addresses:
        known = ", ".join(f"{name}:{one}" for one in venue.addresses)
        raise ConfigurationError(
            f"frames of {place[:60]!a} cannot be played: the simulated {name} has {known}"
            + ("" if venue.replay else ", and does not say how its recordings are played")
        )
    return venue.replay.gateway(venue, address, around)


def parse_speed(text: str) -> float:
    """`1x`, `10x`, `0.5`; 0 for `max`.

    Raises:
        ConfigurationError: it is none of these.
    """
    if text == "max":
        return 0.0
    try:
        factor = float(text.removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not 0 < factor <= 100_000:
        raise ConfigurationError(
            f"a speed is a number above 0 such as 1x or 10x, or max; not {text[:20]!a}"
        )
    return factor
