"""Coinbase Exchange: what the simulated exchange says over WebSocket.

Belongs here: channels, subscriptions. Does not: messages (messages), REST (rest), the market,
sockets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import BookChanged, Event, Topped, Traded
from marketdata_platform.simulator.server.client_session import ClientSession
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.server.websocket_frames import frame
from marketdata_platform.simulator.venues.coinbase import messages
from marketdata_platform.simulator.venues.coinbase.rest import CoinbaseRest
from marketdata_platform.simulator.venues.gateway import Gateway, Surroundings
from marketdata_platform.simulator.venues.simulated_venue import SimulatedVenue

_MATCHES, _BOOK, _TICKER = "matches", "level2_batch", "ticker"
_CHANNELS = (_MATCHES, _BOOK, _TICKER)
_CALLED = {_BOOK: "level2_50"}  # as the list of subscriptions calls it
_WITH_KEY = ("level2", "level3", "full")
_SUBSCRIBE_SECONDS = 5.0


class CoinbaseGateway(Gateway):
    """Coinbase's feed."""

    def __init__(
        self,
        venue: SimulatedVenue,
        address: str,
        markets: Sequence[ListedMarket],
        around: Surroundings,
    ) -> None:
        super().__init__(venue, address, markets, around)
        self._rest = CoinbaseRest(self, around.now_us)
        self._last: dict[str, tuple[Traded, Topped | None]] = {}  # trades that were told
        self._tops: dict[str, Topped] = {}

    def heard(self, session: ClientSession, payload: bytes) -> None:
        """subscribe, unsubscribe."""
        try:
            told = msgspec.json.decode(payload)
            kind, asked = told["type"], _asked(told)
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            session.say(_error("Malformed JSON", ""))
            return
        session.notes["subscribed"] = 1.0
        if kind == "subscribe":
            self._subscribe(session, asked)
        elif kind == "unsubscribe":
            for channel, product in asked:
                self.unsubscribe(session, f"{channel}:{product}")
            session.say(self._subscriptions(session))
        else:
            session.say(_error("Unknown message type", str(kind)[:40]))

    def _subscribe(self, session: ClientSession, asked: list[tuple[str, str]]) -> None:
        """One product or channel that is not known refuses the whole message."""
        why = next(filter(None, (self._wrong(*one) for one in asked)), "")
        if why or not asked:
            session.say(_error("Failed to subscribe", why or "no channels provided"))
            return
        fresh = [one for one in asked if "{}:{}".format(*one) not in session.channels]
        for channel, product in fresh:
            trades_of = self.markets[product] if channel == _MATCHES else None
            self.subscribe(session, f"{channel}:{product}", trades_of)
        session.say(self._subscriptions(session))
        for channel, product in fresh:
            self._begin(session, channel, self.markets[product])

    def _wrong(self, channel: str, product: str) -> str:
        if channel in _WITH_KEY:
            return "level2, level3, and full channels now require authentication."
        if channel not in _CHANNELS:
            return f"{channel[:40]} is not a valid channel"
        return "" if self.listed(product) is not None else f"{product[:40]} is not a valid product"

    def _begin(self, session: ClientSession, channel: str, market: ListedMarket) -> None:
        """What a channel begins with: the whole book, or the latest trade."""
        last = self._last.get(market.symbol)
        if channel == _BOOK:
            session.take(frame(messages.snapshot(market)))
        elif channel == _MATCHES and last is not None:
            session.say(frame(messages.match(market, last[0], b"last_match")))
        elif channel == _TICKER and last is not None:
            session.say(frame(messages.ticker(market, *last)))

    def _subscriptions(self, session: ClientSession) -> bytes:
        found: dict[str, list[str]] = {}
        for name in session.channels:
            channel, _, product = name.partition(":")
            found.setdefault(_CALLED.get(channel, channel), []).append(product)
        listed = [{"name": name, "product_ids": of} for name, of in found.items()]
        return frame(msgspec.json.encode({"type": "subscriptions", "channels": listed}))

    def tick(self, now: float) -> None:
        """As all, and who says nothing is sent away."""
        super().tick(now)
        for session in list(self.sessions):
            if "subscribed" not in session.notes and now - session.opened >= _SUBSCRIBE_SECONDS:
                session.end("no subscription", code=1008)

    def route_name(self, path: str) -> str:
        """The path with `{}` in place of a product: `products/{}/trades`."""
        first, _, rest = path.strip("/").partition("/")
        product, _, more = rest.partition("/")
        return "/".join(filter(None, (first, "{}" if product else "", more)))

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """REST."""
        return self._rest.answer(route, query)

    def tell_trades(self, market: ListedMarket, run: Sequence[Traded]) -> None:
        """`match`, one a message, and the ticker at each of them."""
        top = self._tops.get(market.symbol)
        for event in run:
            self._last[market.symbol] = event, top
            for channel, body in (
                (_MATCHES, messages.match(market, event, b"match")),
                (_TICKER, messages.ticker(market, event, top)),
            ):
                counted = market if channel == _MATCHES else None
                name = f"{channel}:{market.symbol}"
                self.hub.tell(name, body, counted, event.trade_id, event.trade_id)

    def tell(self, market: ListedMarket, event: Event) -> None:
        """An event as Coinbase's messages, to who hears it."""
        match event:
            case Topped():
                self._tops[market.symbol] = event
            case BookChanged():
                self.hub.tell(f"{_BOOK}:{market.symbol}", messages.update(market, event))


def _asked(told: dict[str, Any]) -> list[tuple[str, str]]:
    """Channel and product of each that a message names: for all its channels, or for one alone."""
    common = told.get("product_ids") or ()
    found: list[tuple[str, str]] = []
    for one in told["channels"]:
        alone = isinstance(one, dict)
        name, products = (one["name"], one.get("product_ids") or common) if alone else (one, common)
        found += [(str(name), str(product)) for product in products]
    return found


def _error(message: str, reason: str) -> bytes:
    return frame(msgspec.json.encode({"type": "error", "message": message, "reason": reason}))
