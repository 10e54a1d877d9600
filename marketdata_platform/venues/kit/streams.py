"""Names of the streams in a journal: what a frame is an answer to, and who can read it.

Belongs here: writing and reading the names. Does not: what a frame says (venues.decoding), where it
is kept (journal).

    binance:spot/ws/3f9c2a                    frames of one WebSocket connection
    binance:spot/rest/depth?symbol=BTCUSDT    answers of one REST route
    binance:spot/note/3f9c2a                  what the gatherer says of that connection, as JSON
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from marketdata_platform.core.errors import InvalidInput

WEBSOCKET, REST, NOTE = "ws", "rest", "note"


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of a journal. `detail`: the connection, or the REST route with what was asked."""

    venue: str
    market: str
    kind: str
    detail: str

    def __str__(self) -> str:
        return f"{self.venue}:{self.market}/{self.kind}/{self.detail}"

    @classmethod
    def parse(cls, name: str) -> Stream:
        """Read a stream's name.

        Raises:
            InvalidInput: it is none of this form.
        """
        where, _, rest = name.partition("/")
        kind, _, detail = rest.partition("/")
        venue, _, market = where.partition(":")
        if not (venue and market and detail) or kind not in (WEBSOCKET, REST, NOTE):
            raise InvalidInput(
                f"stream {name[:80]!a} is not venue:market/{WEBSOCKET}|{REST}|{NOTE}/…"
            )
        return cls(venue, market, kind, detail)

    @classmethod
    def answer(cls, venue: str, market: str, route: str, symbol: str = "") -> Stream:
        """The stream of a REST route's answers; `symbol` is the one asked for."""
        return cls(
            venue, market, REST, f"{route}?symbol={quote(symbol, safe='')}" if symbol else route
        )

    @property
    def route(self) -> str:
        """Of a REST stream: the route."""
        return self.detail.partition("?")[0]

    @property
    def symbol(self) -> str:
        """Of a REST stream: the symbol asked for; empty when none was."""
        return parse_qs(self.detail.partition("?")[2]).get("symbol", [""])[0]
