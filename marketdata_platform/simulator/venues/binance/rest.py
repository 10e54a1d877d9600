"""Binance's REST routes of the simulated exchange.

Belongs here: answers. Does not: streams (gateway), what answers weigh (markets), HTTP itself.
History ends with the last trade that happened; trades that the exchange has lost are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.matching_book import ASK, BID, Side
from marketdata_platform.simulator.markets.trade_history import aggregates_from, trades_between
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.venues.binance.markets import MOST_OLD_TRADES, MOST_TRADES
from marketdata_platform.simulator.venues.gateway import Gateway

_QUANTITIES = {"coin_futures": "baseQty"}


class BinanceRest:
    """Answers of one of Binance's markets."""

    def __init__(self, gateway: Gateway, market: str, now_us: Callable[[], int]) -> None:
        self._gateway, self._market, self._now_us = gateway, market, now_us
        self._routes: dict[str, Callable[[ListedMarket, dict[str, str]], Response]] = {
            "depth": self._depth,
            "trades": self._trades,
            "historicalTrades": self._trades,
            "aggTrades": self._aggregates,
        }
        if market != "spot":
            self._routes |= {
                "openInterest": self._open_interest,
                "openInterestHist": self._open_interest_history,
                "premiumIndex": self._premium,
                "fundingRate": self._funding,
            }

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """The answer to `GET <route>?<query>`."""
        name = self._gateway.route_name(route)
        refused = self._gateway.weigh(name, query)
        if refused is not None:
            return refused
        used = {"X-MBX-USED-WEIGHT-1M": str(self._gateway.used_weight)}
        try:
            response = self._chosen(name, query)
        except ValueError:
            response = _error(-1100, "Illegal characters found in a parameter.")
        return Response(response.status, response.body, {**response.headers, **used})

    def _chosen(self, name: str, query: dict[str, str]) -> Response:
        if name == "ping":
            return Response.json({})
        if name == "time":
            return Response.json({"serverTime": self._now_us() // 1000})
        if name == "exchangeInfo":
            return Response.json(self._info(query.get("symbol")))
        if name not in self._routes:
            return _error(-1, f"no route is called {name[:40]}", 404)
        market = self._gateway.listed(query.get("symbol", ""))
        return self._routes[name](market, query) if market else _error(-1121, "Invalid symbol.")

    def _depth(self, market: ListedMarket, query: dict[str, str]) -> Response:
        limit = int(query.get("limit", "100"))
        book = market.live.book
        answer: dict[str, Any] = {"lastUpdateId": book.last_id}
        if self._market != "spot":
            answer |= {"E": self._now_us() // 1000, "T": self._now_us() // 1000}
        bids = sorted(book.sides[BID].items(), reverse=True)[:limit]
        asks = sorted(book.sides[ASK].items())[:limit]
        return Response.json(
            answer | {"bids": _levels(market, dict(bids)), "asks": _levels(market, dict(asks))}
        )

    def _trades(self, market: ListedMarket, query: dict[str, str]) -> Response:
        most = (MOST_OLD_TRADES if "fromId" in query else MOST_TRADES)[self._market]
        limit = min(max(int(query.get("limit", "500")), 1), most)
        first = int(query["fromId"]) if "fromId" in query else market.next_id - limit
        found = trades_between(market, first, first + limit - 1)
        return Response.json([self._trade(row) for row in found.iter_rows(named=True)])

    def _trade(self, row: dict[str, Any]) -> dict[str, Any]:
        worth = row["price"] * row["quantity"]
        answer = {
            "id": row["sequence"],
            "price": f"{row['price']}",
            "qty": f"{row['quantity']}",
            _QUANTITIES.get(self._market, "quoteQty"): f"{worth:.8f}",
            "time": int(row["ts_event"].timestamp() * 1000 + 0.5),
            "isBuyerMaker": row["side"] == "sell",
        }
        return answer | ({"isBestMatch": True} if self._market == "spot" else {})

    def _aggregates(self, market: ListedMarket, query: dict[str, str]) -> Response:
        limit = min(max(int(query.get("limit", "500")), 1), 1_000)
        first = int(query["fromId"]) if "fromId" in query else None
        found = aggregates_from(market, first, limit)
        spot = {"M": True} if self._market == "spot" else {}
        return Response.json(
            [
                {
                    "a": e.aggregate_id,
                    "p": market.price(e.price).decode(),
                    "q": market.size(e.lots).decode(),
                    "f": e.first_id,
                    "l": e.last_id,
                    "T": e.time_us // 1000,
                    "m": not e.buy,
                    **spot,
                }
                for e in found
            ]
        )

    def _open_interest(self, market: ListedMarket, query: dict[str, str]) -> Response:
        mark = market.live.last_mark
        lots = mark.open_interest_lots if mark else 1_000_000
        now = mark.time_us if mark else self._now_us()
        return Response.json(
            {
                "symbol": market.symbol,
                "openInterest": market.size(lots).decode(),
                "time": now // 1000,
            }
        )

    def _open_interest_history(self, market: ListedMarket, query: dict[str, str]) -> Response:
        """One entry in five minutes, the newest last."""
        limit = min(max(int(query.get("limit", "30")), 1), 500)
        step, price = 300_000, market.live.last_mark.mark if market.live.last_mark else 0
        last = self._now_us() // 1000 // step * step
        model = market.live.model
        found = []
        for time in range(last - step * (limit - 1), last + step, step):
            lots = 1_000_000 + time // step % 50_000
            worth = lots * model.lot * price * model.tick
            answer = {"symbol": market.symbol, "sumOpenInterest": market.size(lots).decode()}
            found.append(answer | {"sumOpenInterestValue": f"{worth:.8f}", "timestamp": time})
        return Response.json(found)

    def _premium(self, market: ListedMarket, query: dict[str, str]) -> Response:
        mark = market.live.last_mark
        if mark is None:
            return Response.json([])
        answer = {
            "symbol": market.symbol,
            "markPrice": market.price(mark.mark).decode(),
            "indexPrice": market.price(mark.index).decode(),
            "estimatedSettlePrice": market.price(mark.index).decode(),
            "lastFundingRate": f"{mark.rate_e8 / 1e8:.8f}",
            "nextFundingTime": mark.next_funding_us // 1000,
            "time": mark.time_us // 1000,
        }
        return Response.json([answer] if self._market == "coin_futures" else answer)

    def _funding(self, market: ListedMarket, query: dict[str, str]) -> Response:
        """The rates of the last days, one in eight hours."""
        limit = min(max(int(query.get("limit", "100")), 1), 1_000)
        step = 8 * 3_600_000
        last = self._now_us() // 1000 // step * step
        times = [last - step * back for back in range(min(limit, 30) - 1, -1, -1)]
        return Response.json(
            [
                {
                    "symbol": market.symbol,
                    "fundingTime": time,
                    "fundingRate": f"{0.0001 + time // step % 7 * 1e-5:.8f}",
                }
                for time in times
            ]
        )

    def _info(self, symbol: str | None) -> dict[str, Any]:
        chosen = [m for m in self._gateway.markets.values() if symbol in (None, m.symbol)]
        limit = {
            "rateLimitType": "REQUEST_WEIGHT",
            "interval": "MINUTE",
            "intervalNum": 1,
            "limit": self._gateway.address.rest.allowed.count,
        }
        now = self._now_us() // 1000
        return {
            "timezone": "UTC",
            "serverTime": now,
            "rateLimits": [limit],
            "exchangeFilters": [],
            "symbols": [self._symbol(m) for m in chosen],
        }

    def _symbol(self, market: ListedMarket) -> dict[str, Any]:
        model, symbol = market.live.model, market.symbol
        pair = symbol.partition("_")[0]
        quote = next((q for q in ("USDT", "USDC", "USD", "BTC") if pair.endswith(q)), "USDT")
        base = pair.removesuffix(quote) or pair
        entry: dict[str, Any] = {
            "symbol": symbol,
            "status": "TRADING",
            "baseAsset": base,
            "quoteAsset": quote,
            "filters": [
                {
                    "filterType": "PRICE_FILTER",
                    "minPrice": f"{model.tick}",
                    "tickSize": f"{model.tick}",
                },
                {"filterType": "LOT_SIZE", "minQty": f"{model.lot}", "stepSize": f"{model.lot}"},
            ],
        }
        if self._market == "spot":
            return entry
        entry |= {
            "pair": pair,
            "contractType": "PERPETUAL",
            "marginAsset": base if quote == "USD" else quote,
        }
        entry |= {"onboardDate": 1_569_398_400_000, "deliveryDate": 4_133_404_800_000}
        return entry | ({"contractSize": 100} if self._market == "coin_futures" else {})


def _levels(market: ListedMarket, side: Side) -> list[tuple[str, str]]:
    return [(market.price(p).decode(), market.size(q).decode()) for p, q in side.items()]


def _error(code: int, text: str, status: int = 400) -> Response:
    return Response.json({"code": code, "msg": text}, status)
