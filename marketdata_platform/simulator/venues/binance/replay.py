"""Binance while a recording is played.

Belongs here: channels of recorded frames, REST from what was played. Does not: what follows from
the frames (replayed_history), when they go out (replay).
"""

from __future__ import annotations

import re

from marketdata_platform.simulator.replay.recorded import Recorded
from marketdata_platform.simulator.server.client_session import ClientSession
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.venues.binance.gateway import BinanceGateway
from marketdata_platform.simulator.venues.binance.replayed_history import ReplayedHistory
from marketdata_platform.simulator.venues.gateway import Surroundings
from marketdata_platform.simulator.venues.replay_gateway import FRAME_HEAD, ReplayGateway
from marketdata_platform.simulator.venues.simulated_venue import SimulatedVenue

_STREAM = re.compile(rb'"stream"\s*:\s*"([^"]{1,200})"')


def channel_of(frame: bytes) -> str:
    """The stream that a combined frame names."""
    found = _STREAM.search(frame[:FRAME_HEAD])
    return "" if found is None else plain_channel(found[1].decode("utf-8", "replace"))


def plain_channel(channel: str) -> str:
    """`btcusdt@depth@100ms` → `btcusdt@depth`."""
    return "@".join(channel.split("@")[:2])


class BinanceReplayGateway(ReplayGateway, BinanceGateway):
    """Recorded frames, and of REST the book and the trades that they contain."""

    clock_route = "time"

    def __init__(self, venue: SimulatedVenue, address: str, around: Surroundings) -> None:
        super().__init__(venue, address, around)
        self._history = ReplayedHistory()

    def key(self, session: ClientSession, channel: str) -> str:
        """Recorded frames go out as they are, whichever form a client asked for."""
        return channel

    def play(self, channel: str, payload: bytes) -> None:
        """A recorded frame goes out now."""
        self._history.take(channel, payload)

    def remember(self, one: Recorded) -> None:
        """Keep an answer of REST; one of `/depth` also begins a book."""
        super().remember(one)
        self._history.snapshot(one.payload, one.url)

    def answer_from_frames(self, name: str, query: dict[str, str]) -> Response | None:
        """Books and trades."""
        return self._history.answer(name, query)
