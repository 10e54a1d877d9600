"""Deribit's REST routes of the simulated exchange.

Belongs here: answers. Does not: streams (gateway), HTTP itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import Traded
from marketdata_platform.simulator.markets.trade_history import events_of, trades_between, trades_in
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.venues.deribit.messages import index_name, ticker, trade
from marketdata_platform.simulator.venues.gateway import Gateway

_MOST = 1_000
_KINDS = {"option": "option", "spot": "spot"}


class DeribitRest:
    """Answers to `GET /api/v2/public/<method>`."""

    def __init__(self, gateway: Gateway, now_us: Callable[[], int]) -> None:
        self._gateway, self._now_us = gateway, now_us
        self._routes: dict[str, Callable[[ListedMarket, dict[str, str]], bytes]] = {
            "get_last_trades_by_instrument": self._trades,
            "get_last_trades_by_instrument_and_time": self._trades_in,
            "get_order_book": self._book,
            "ticker": lambda market, query: ticker(market, self._now_us()),
            "get_instrument": lambda market, query: msgspec.json.encode(self._instrument(market)),
        }

    def answer(self, route: str, query: dict[str, str]) -> Response:  # noqa: PLR0911 - a route per line
        """The answer to a request."""
        method = self._gateway.route_name(route)
        refused = self._gateway.weigh(method, query)
        if refused is not None:
            return Response(
                refused.status, _error(10028, "too_many_requests").body, refused.headers
            )
        if method == "get_time":
            return _result(b"%d" % (self._now_us() // 1000))
        if method == "get_instruments":
            currency, kind = query.get("currency", "any"), query.get("kind")
            chosen = [self._instrument(one) for one in self._gateway.markets.values()]
            entries = [
                i
                for i in chosen
                if currency in ("any", i["base_currency"]) and kind in (None, i["kind"])
            ]
            return _result(msgspec.json.encode(entries))
        if method not in self._routes:
            return _error(-32601, "Method not found")
        market = self._gateway.listed(query.get("instrument_name", ""))
        if market is None:
            return _error(13020, "instrument_not_found")
        try:
            return _result(self._routes[method](market, query))
        except ValueError:
            return _error(-32602, "Invalid params")

    def _trades(self, market: ListedMarket, query: dict[str, str]) -> bytes:
        count = min(max(int(query.get("count", "10")), 1), _MOST)
        newest = market.next_id - 1
        ascending = query.get("sorting", "desc") == "asc"
        first, last = (
            int(query.get("start_seq", market.first_id)),
            int(query.get("end_seq", newest)),
        )
        last = min(last, newest)
        if ascending or ("start_seq" in query and "end_seq" not in query):
            end, more = min(last, first + count - 1), last - first >= count
        else:
            first, end, more = max(first, last - count + 1), last, last - first >= count
        found = events_of(trades_between(market, first, end), market)
        return _listed(market, found if ascending else found[::-1], more)

    def _trades_in(self, market: ListedMarket, query: dict[str, str]) -> bytes:
        count = min(max(int(query.get("count", "10")), 1), _MOST)
        start = int(query.get("start_timestamp", "0")) * 1000
        end = int(query.get("end_timestamp", self._now_us() // 1000)) * 1000
        found = events_of(trades_in(market, start, end), market)
        ascending = query.get("sorting", "asc") == "asc"
        chosen = found[:count] if ascending else found[::-1][:count]
        return _listed(market, chosen, len(found) > count)

    def _book(self, market: ListedMarket, query: dict[str, str]) -> bytes:
        depth = int(query.get("depth", "5"))
        now_us, change_id = market.live.publications[-1]
        bids, asks = market.live.published
        best = dict(sorted(bids.items(), reverse=True)[:depth]), dict(sorted(asks.items())[:depth])
        head = ticker(market, now_us)[:-1]
        sides = (_pairs(market, best[0]), _pairs(market, best[1]))
        return head + b',"change_id":%d,"bids":[%s],"asks":[%s]}' % (change_id, *sides)

    def _instrument(self, market: ListedMarket) -> dict[str, Any]:
        kind = market.instrument.market
        base = market.symbol.partition("-")[0].partition("_")[0]
        entry: dict[str, Any] = {
            "instrument_name": market.symbol,
            "kind": _KINDS.get(kind, "future"),
            "is_active": True,
            "base_currency": base,
            "quote_currency": "USD" if kind != "option" else base,
            "settlement_currency": base,
            "settlement_period": "perpetual" if kind == "perpetual" else "month",
            "price_index": index_name(market.symbol),
            "tick_size": msgspec.Raw(market.price(1)),
            "min_trade_amount": msgspec.Raw(market.size(1)),
            "contract_size": msgspec.Raw(market.size(1)),
            "creation_timestamp": 1_534_242_287_000,
            "expiration_timestamp": 32_503_708_800_000,
            "state": "open",
        }
        if kind == "option":
            strike = market.symbol.split("-")[2]
            entry |= {
                "strike": msgspec.Raw(strike.encode()),
                "expiration_timestamp": 1_798_185_600_000,
            }
            entry |= {"option_type": "call" if market.symbol.endswith("-C") else "put"}
        return entry


def _listed(market: ListedMarket, events: list[Traded], more: bool) -> bytes:
    trades = b",".join(trade(market, event) for event in events)
    return b'{"trades":[%s],"has_more":%s}' % (trades, b"true" if more else b"false")


def _pairs(market: ListedMarket, side: dict[int, int]) -> bytes:
    return b",".join(b"[%s,%s]" % (market.price(p), market.size(q)) for p, q in side.items())


def _result(result: bytes) -> Response:
    return Response(200, b'{"jsonrpc":"2.0","result":%s,"testnet":false}' % result)


def _error(code: int, text: str) -> Response:
    return Response.json({"jsonrpc": "2.0", "error": {"code": code, "message": text}}, 400)
