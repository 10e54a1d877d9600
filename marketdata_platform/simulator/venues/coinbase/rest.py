"""Coinbase Exchange's REST routes of the simulated exchange.

Belongs here: answers. Does not: channels (gateway), HTTP itself.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.trade_history import events_of, trades_between
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.venues.coinbase.messages import maker_side, written
from marketdata_platform.simulator.venues.gateway import Gateway

_MOST_TRADES = 1_000


class CoinbaseRest:
    """Answers to `GET /time` and `GET /products…`."""

    def __init__(self, gateway: Gateway, now_us: Callable[[], int]) -> None:
        self._gateway, self._now_us = gateway, now_us

    def answer(self, route: str, query: dict[str, str]) -> Response:  # noqa: PLR0911 - a route per line
        """The answer to a request."""
        name = self._gateway.route_name(route)
        refused = self._gateway.weigh(name, query)
        if refused is not None:
            said = {"message": "Public rate limit exceeded"}
            return Response(refused.status, msgspec.json.encode(said), refused.headers)
        if name == "time":
            return self._time()
        if name == "products":
            listed = self._gateway.markets.values()
            return Response(200, b"[%s]" % b",".join(map(_product, listed)))
        market = self._gateway.listed(route.strip("/").split("/")[1] if "{}" in name else "")
        if market is None:
            return _wrong("NotFound", 404)
        if name == "products/{}":
            return Response(200, _product(market))
        if name == "products/{}/trades":
            return self._trades(market, query)
        return _wrong("NotFound", 404)

    def _time(self) -> Response:
        now = self._now_us()
        told = b'{"iso":"%s","epoch":%.3f}'
        return Response(200, told % (written(now), now / 1e6))

    def _trades(self, market: ListedMarket, query: dict[str, str]) -> Response:
        """The newest first: before the id `after`, or those that come after the id `before`."""
        try:
            limit = min(int(query.get("limit", str(_MOST_TRADES))), _MOST_TRADES)
            after = int(query.get("after", str(market.next_id)))
            before = int(query.get("before", "0"))
        except ValueError:
            return _wrong("Invalid cursor", 400)
        last = min(after, market.next_id) - 1
        first = max(last - limit + 1, before + 1, market.first_id)
        found = events_of(trades_between(market, first, last), market) if first <= last else []
        entry = b'{"time":"%s","trade_id":%d,"price":"%s","size":"%s","side":"%s"}'
        told = [
            entry
            % (
                written(e.time_us),
                e.trade_id,
                market.price(e.price),
                market.size(e.lots),
                maker_side(e),
            )
            for e in reversed(found)
        ]
        return Response(200, b"[%s]" % b",".join(told))


def _product(market: ListedMarket) -> bytes:
    base, _, quote = market.symbol.partition("-")
    model = market.live.model
    told = {
        "id": market.symbol,
        "base_currency": base,
        "quote_currency": quote,
        "quote_increment": f"{model.tick:f}",
        "base_increment": f"{model.lot:f}",
        "display_name": f"{base}/{quote}",
        "min_market_funds": "1",
        "status": "online",
        "status_message": "",
        "trading_disabled": False,
    }
    return msgspec.json.encode(told)


def _wrong(message: str, status: int) -> Response:
    return Response.json({"message": message}, status)
