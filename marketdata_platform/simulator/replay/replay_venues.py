"""Venues that say what was recorded: commands are answered as the venue does, frames are those of
the recording.

Belongs here: subscriptions to recorded channels, REST from what was recorded. Does not: when a
frame goes out (replay).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.replay.channel_names import plain_channel
from marketdata_platform.simulator.replay.recordings import Recorded
from marketdata_platform.simulator.replay.replayed_history import ReplayedHistory
from marketdata_platform.simulator.server.client_session import Line
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.venues.binance import Binance
from marketdata_platform.simulator.venues.bybit import Bybit
from marketdata_platform.simulator.venues.deribit import Deribit
from marketdata_platform.simulator.venues.kalshi import Kalshi
from marketdata_platform.simulator.venues.venue import Surroundings, Venue


class Replayed(Venue):
    """What replaying venues have in common. Any channel may be subscribed to; pace and depth are
    the recording's.
    """

    def recall(self) -> None:
        """Begin with nothing recorded."""
        self._answers: dict[str, bytes] = {}
        self.history = ReplayedHistory()

    def subscribe(self, line: Line, channel: str, trades_of: ListedMarket | None = None) -> None:
        """`line` hears the recorded channel, whatever its pace."""
        super().subscribe(line, plain_channel(self.endpoint.venue, channel))

    def unsubscribe(self, line: Line, channel: str) -> None:
        """`line` hears it no more."""
        super().unsubscribe(line, plain_channel(self.endpoint.venue, channel))

    def _hear(self, line: Line, channel: str) -> None:
        self.subscribe(line, channel)

    def _knows(self, channel: str) -> bool:
        return True

    def remember(self, one: Recorded) -> None:
        """Keep an answer of REST for those who ask the same."""
        if one.url:
            self._answers[urlsplit(one.url).path.rsplit("/", 1)[-1]] = one.payload

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """What was recorded, or can be told from it."""
        name = route.rsplit("/", 1)[-1]
        if name in ("time", "get_time") or self.endpoint.venue != "binance":
            told = super().answer(route, query) if name in ("time", "get_time") else None
        else:
            told = self.history.answer(name, query)
        if told is not None:
            return told
        if name in self._answers:
            return Response(200, self._answers[name])
        return Response.json({"code": -1, "msg": f"nothing is recorded of {name[:40]}"}, 404)


class ReplayBinance(Replayed, Binance):
    """Binance."""

    def _key(self, line: Line, channel: str) -> str:
        return channel


class ReplayDeribit(Replayed, Deribit):
    """Deribit."""


class ReplayBybit(Replayed, Bybit):
    """Bybit."""


class ReplayKalshi(Replayed, Kalshi):
    """Kalshi. Recorded frames keep their `sid` and `seq`."""

    def _chosen(self, params: dict[str, Any]) -> list[str]:
        return [name for name in params.get("market_tickers") or () if isinstance(name, str)]

    def _hear_market(self, line: Line, channel: str, name: str) -> None:
        self.subscribe(line, f"{channel}.{name}")


_CLASSES: dict[str, type[Replayed]] = {
    "binance": ReplayBinance,
    "bybit": ReplayBybit,
    "deribit": ReplayDeribit,
    "kalshi": ReplayKalshi,
}


def replay_venue(place: str, around: Surroundings) -> Replayed:
    """The venue of a place."""
    venue, _, market = place.partition(":")
    made: Any = _CLASSES[venue]
    opened: Replayed = made(market, (), around)
    opened.recall()
    return opened
