"""Bybit's REST routes of the simulated exchange.

Belongs here: answers. Does not: topics (gateway), HTTP itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.trade_history import events_of, trades_between
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.venues.bybit.markets import MOST_TRADES
from marketdata_platform.simulator.venues.bybit.messages import levels, rest_trade, ticker_fields
from marketdata_platform.simulator.venues.gateway import Gateway

_FUNDING_MS, _INTEREST_MS = 8 * 3_600_000, 300_000


class BybitRest:
    """Answers to `GET /v5/market/<route>`."""

    def __init__(self, gateway: Gateway, category: str, now_us: Callable[[], int]) -> None:
        self._gateway, self._category, self._now_us = gateway, category, now_us
        self._most = MOST_TRADES[category]
        self._routes: dict[str, Callable[[ListedMarket, dict[str, str]], bytes]] = {
            "recent-trade": self._trades,
            "orderbook": self._book,
            "tickers": lambda market, query: self._list(
                ticker_fields(market, spot=category == "spot", whole=True)
            ),
            "open-interest": self._interest,
            "funding/history": self._funding,
        }

    def answer(self, route: str, query: dict[str, str]) -> Response:  # noqa: PLR0911 - a route per line
        """The answer to a request."""
        name = self._gateway.route_name(route)
        refused = self._gateway.weigh(name, query)
        if refused is not None:
            return Response(
                refused.status, b'{"retCode":10006,"retMsg":"Too many visits!"}', refused.headers
            )
        if name == "time":
            now = self._now_us()
            return self._answer(
                b'{"timeSecond":"%d","timeNano":"%d"}' % (now // 1_000_000, now * 1_000)
            )
        if query.get("category") != self._category:
            return self._wrong("params error: Category is invalid")
        if name == "instruments-info":
            symbol = query.get("symbol")
            chosen = [
                self._instrument(m)
                for m in self._gateway.markets.values()
                if symbol in (None, m.symbol)
            ]
            return self._answer(self._list(*map(msgspec.json.encode, chosen)))
        if name not in self._routes:
            return Response(404, b"{}")
        market = self._gateway.listed(query.get("symbol", ""))
        if market is None:
            return self._wrong("params error: Symbol Invalid")
        try:
            return self._answer(self._routes[name](market, query))
        except ValueError:
            return self._wrong("params error: a number is none")

    def _answer(self, result: bytes) -> Response:
        head = b'{"retCode":0,"retMsg":"OK","result":%s,"retExtInfo":{},"time":%d}'
        return Response(200, head % (result, self._now_us() // 1000))

    def _wrong(self, text: str) -> Response:
        return Response.json(
            {"retCode": 10001, "retMsg": text, "result": {}, "time": self._now_us() // 1000}
        )

    def _list(self, *entries: bytes) -> bytes:
        return b'{"category":"%s","list":[%s]}' % (self._category.encode(), b",".join(entries))

    def _trades(self, market: ListedMarket, query: dict[str, str]) -> bytes:
        """The newest first."""
        limit = min(max(int(query.get("limit", "500")), 1), self._most)
        found = events_of(
            trades_between(market, market.next_id - limit, market.next_id - 1), market
        )
        return self._list(*(rest_trade(market, event) for event in reversed(found)))

    def _book(self, market: ListedMarket, query: dict[str, str]) -> bytes:
        limit = int(query.get("limit", "25"))
        bids, asks = market.live.published
        best = dict(sorted(bids.items(), reverse=True)[:limit]), dict(sorted(asks.items())[:limit])
        head = b'{"s":"%s","b":[%s],"a":[%s],"ts":%d,"u":%d,"seq":%d}'
        sides = levels(market, best[0]), levels(market, best[1])
        now_ms = market.live.publications[-1][0] // 1000
        return head % (
            market.symbol.encode(),
            *sides,
            now_ms,
            market.live.publication_count,
            market.live.book.last_id,
        )

    def _interest(self, market: ListedMarket, query: dict[str, str]) -> bytes:
        limit = min(max(int(query.get("limit", "50")), 1), 200)
        last = self._now_us() // 1000 // _INTEREST_MS * _INTEREST_MS
        times = range(last, last - limit * _INTEREST_MS, -_INTEREST_MS)
        entries = [
            b'{"openInterest":"%s","timestamp":"%d"}'
            % (market.size(1_000_000 + t // _INTEREST_MS % 9_000), t)
            for t in times
        ]
        head = b'{"symbol":"%s","category":"%s","list":[%s],"nextPageCursor":""}'
        return head % (market.symbol.encode(), self._category.encode(), b",".join(entries))

    def _funding(self, market: ListedMarket, query: dict[str, str]) -> bytes:
        limit = min(max(int(query.get("limit", "200")), 1), 200)
        last = self._now_us() // 1000 // _FUNDING_MS * _FUNDING_MS
        entry = b'{"symbol":"%s","fundingRate":"%s","fundingRateTimestamp":"%d"}'
        return self._list(
            *(
                entry
                % (
                    market.symbol.encode(),
                    f"{0.0001 + t // _FUNDING_MS % 7 * 1e-5:.8f}".encode(),
                    t,
                )
                for t in range(last, last - min(limit, 30) * _FUNDING_MS, -_FUNDING_MS)
            )
        )

    def _instrument(self, market: ListedMarket) -> dict[str, Any]:
        model, symbol = market.live.model, market.symbol
        quote = next((q for q in ("USDT", "USDC", "USD") if symbol.endswith(q)), "USDT")
        base = symbol.removesuffix(quote)
        entry: dict[str, Any] = {
            "symbol": symbol,
            "status": "Trading",
            "baseCoin": base,
            "quoteCoin": quote,
            "priceFilter": {"tickSize": f"{model.tick}"},
        }
        if self._category == "spot":
            return entry | {
                "lotSizeFilter": {"basePrecision": f"{model.lot}", "minOrderQty": f"{model.lot}"}
            }
        kind = "LinearPerpetual" if self._category == "linear" else "InversePerpetual"
        entry |= {"contractType": kind, "settleCoin": quote if self._category == "linear" else base}
        entry |= {"launchTime": "1584230400000", "deliveryTime": "0"}
        return entry | {"lotSizeFilter": {"qtyStep": f"{model.lot}", "minOrderQty": f"{model.lot}"}}
