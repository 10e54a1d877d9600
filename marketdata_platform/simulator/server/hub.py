"""Who hears which channel.

Belongs here: channels and their lines. Does not: names of channels (one file a venue).
"""

from __future__ import annotations

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.server.client_session import Line
from marketdata_platform.simulator.server.websocket_frames import frame

_NOBODY: list[Line] = []


class Hub:
    """The channels of one venue's market."""

    def __init__(self) -> None:
        self._lines: dict[str, list[Line]] = {}

    def add(self, channel: str, line: Line, note: int = 0) -> None:
        """`line` hears `channel` from now on; a second time changes nothing."""
        if channel not in line.channels:
            line.channels[channel] = note
            self._lines.setdefault(channel, []).append(line)

    def remove(self, channel: str, line: Line) -> bool:
        """`line` hears it no more; false when it did not."""
        if channel not in line.channels:
            return False
        del line.channels[channel]
        lines = self._lines[channel]
        lines.remove(line)
        if not lines:
            del self._lines[channel]
        return True

    def drop(self, line: Line) -> None:
        """`line` is gone."""
        for channel in list(line.channels):
            self.remove(channel, line)

    def lines(self, channel: str) -> list[Line]:
        """Who hears it."""
        return self._lines.get(channel, _NOBODY)

    def tell(
        self,
        channel: str,
        payload: bytes,
        market: ListedMarket | None = None,
        first: int = 0,
        last: int = 0,
    ) -> None:
        """Send one message to all who hear the channel: it is encoded once."""
        encoded = frame(payload)
        for line in self._lines.get(channel, _NOBODY):
            line.take(encoded, market, first, last)
