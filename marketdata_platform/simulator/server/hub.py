"""Who hears which channel.

Belongs here: channels and their sessions. Does not: names of channels (one file a venue).
"""

from __future__ import annotations

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.server.client_session import ClientSession
from marketdata_platform.simulator.server.websocket_frames import frame

_NOBODY: list[ClientSession] = []


class Hub:
    """The channels of one venue's market."""

    def __init__(self) -> None:
        self._sessions: dict[str, list[ClientSession]] = {}

    def add(self, channel: str, session: ClientSession, note: int = 0) -> None:
        """`session` hears `channel` from now on; a second time changes nothing."""
        if channel not in session.channels:
            session.channels[channel] = note
            self._sessions.setdefault(channel, []).append(session)

    def remove(self, channel: str, session: ClientSession) -> bool:
        """`session` hears it no more; false when it did not."""
        if channel not in session.channels:
            return False
        del session.channels[channel]
        sessions = self._sessions[channel]
        sessions.remove(session)
        if not sessions:
            del self._sessions[channel]
        return True

    def drop(self, session: ClientSession) -> None:
        """`session` is gone."""
        for channel in list(session.channels):
            self.remove(channel, session)

    def sessions(self, channel: str) -> list[ClientSession]:
        """Who hears it."""
        return self._sessions.get(channel, _NOBODY)

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
        for session in self._sessions.get(channel, _NOBODY):
            session.take(encoded, market, first, last)
