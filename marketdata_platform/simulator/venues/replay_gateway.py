"""Gateways that say what was recorded: commands are answered as the venue does, frames are those
of the recording.

Belongs here: subscriptions to recorded channels, REST from what was recorded, for every venue.
Does not: what one venue answers otherwise (its folder), when a frame goes out (replay).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.replay.recorded import Recorded
from marketdata_platform.simulator.server.client_session import ClientSession
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.venues.gateway import Gateway, Surroundings

if TYPE_CHECKING:
    from marketdata_platform.simulator.venues.simulated_venue import Replay, SimulatedVenue

FRAME_HEAD = 400  # a frame's channel is named at its front, or not far behind it


class ReplayGateway(Gateway):
    """What replaying has in common; a venue's own is made of this and its gateway, in this order.
    Any channel may be subscribed to; pace and depth are the recording's.
    """

    clock_route = ""  # of the venue's REST routes the one that answers its time; empty: none does

    def __init__(self, venue: SimulatedVenue, address: str, around: Surroundings) -> None:
        super().__init__(venue, address, (), around)
        assert venue.replay is not None  # else nobody opens this
        self.replay: Replay = venue.replay
        self._answers: dict[str, bytes] = {}

    def subscribe(
        self, session: ClientSession, channel: str, trades_of: ListedMarket | None = None
    ) -> None:
        """`session` hears the recorded channel, whatever its pace."""
        super().subscribe(session, self.replay.plain_channel(channel))

    def unsubscribe(self, session: ClientSession, channel: str) -> None:
        """`session` hears it no more."""
        super().unsubscribe(session, self.replay.plain_channel(channel))

    def hear(self, session: ClientSession, channel: str) -> None:
        """Subscribe, without what the venue would say at once: that was recorded."""
        self.subscribe(session, channel)

    def knows(self, channel: str) -> bool:
        """Whatever it is, it may have been recorded."""
        return True

    def play(self, channel: str, payload: bytes) -> None:
        """A recorded frame goes out now."""

    def remember(self, one: Recorded) -> None:
        """Keep an answer of REST for those who ask the same."""
        if one.url:
            self._answers[urlsplit(one.url).path.rsplit("/", 1)[-1]] = one.payload

    def answer_from_frames(self, name: str, query: dict[str, str]) -> Response | None:
        """An answer that follows from the frames so far; None: none does."""
        return None

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """What was recorded, or can be derived from it."""
        name = route.rsplit("/", 1)[-1]
        if name == self.clock_route:
            return super().answer(route, query)
        known = self.answer_from_frames(name, query)
        if known is not None:
            return known
        if name in self._answers:
            return Response(200, self._answers[name])
        return Response.json({"code": -1, "msg": f"nothing is recorded of {name[:40]}"}, 404)
