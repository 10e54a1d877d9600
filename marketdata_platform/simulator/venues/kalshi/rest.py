"""Kalshi's REST routes of the simulated exchange.

Belongs here: answers. Does not: streams (gateway), HTTP itself. A ticker's parts name its series
and event: `KXSIM-26DEC31-T100` is a market of the event `KXSIM-26DEC31` of the series `KXSIM`.
"""

from __future__ import annotations

from typing import Any

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.matching_book import ASK, BID
from marketdata_platform.simulator.markets.trade_history import events_of, trades_in
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.venues.gateway import Gateway
from marketdata_platform.simulator.venues.kalshi.messages import KalshiMessages, rfc3339

_MOST = 1_000
_FOREVER = 4_102_444_800


class KalshiRest:
    """Answers to `GET /trade-api/v2/<route>`."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def answer(self, route: str, query: dict[str, str]) -> Response:
        """The answer to a request."""
        refused = self._gateway.weigh(self._gateway.route_name(route), query)
        if refused is not None:
            return refused
        _, _, name = route.partition("/trade-api/v2/")
        parts = name.strip("/").split("/")
        try:
            return self._chosen(parts, query)
        except ValueError:
            return Response.json({"error": {"code": "bad_request", "message": "bad request"}}, 400)

    def _chosen(self, parts: list[str], query: dict[str, str]) -> Response:  # noqa: PLR0911 - a route per line
        markets = self._gateway.markets
        match parts:
            case ["markets", "trades"]:
                return self._trades(query)
            case ["markets"]:
                chosen = [n for n in query.get("tickers", "").split(",") if n]
                found = [self._market(m) for n, m in markets.items() if not chosen or n in chosen]
                return Response.json({"markets": found, "cursor": ""})
            case ["markets", ticker] if ticker in markets:
                return Response.json({"market": self._market(markets[ticker])})
            case ["markets", ticker, "orderbook"] if ticker in markets:
                messages = KalshiMessages(markets[ticker])
                return Response(
                    200,
                    b'{"orderbook_fp":{"yes_dollars":%s,"no_dollars":%s}}'
                    % (messages.side(BID), messages.side(ASK)),
                )
            case ["events"]:
                series = query.get("series_ticker")
                events = [
                    self._event(e) for e in self._events() if series in (None, e.partition("-")[0])
                ]
                return Response.json({"events": events, "cursor": ""})
            case ["events", ticker] if ticker in self._events():
                return Response.json({"event": self._event(ticker)})
            case ["series"]:
                return Response.json({"series": [self._series(s) for s in self._all_series()]})
            case ["series", ticker] if ticker in self._all_series():
                return Response.json({"series": self._series(ticker)})
        return Response.json({"error": {"code": "not_found", "message": "not found"}}, 404)

    def _events(self) -> list[str]:
        return list(dict.fromkeys(_event_of(name) for name in self._gateway.markets))

    def _all_series(self) -> list[str]:
        return list(dict.fromkeys(name.partition("-")[0] for name in self._gateway.markets))

    def _series(self, ticker: str) -> dict[str, Any]:
        return {
            "ticker": ticker,
            "title": f"Simulated series {ticker}",
            "frequency": "custom",
            "category": "Simulated",
        }

    def _event(self, ticker: str) -> dict[str, Any]:
        markets = [
            self._market(m) for n, m in self._gateway.markets.items() if _event_of(n) == ticker
        ]
        series = ticker.partition("-")[0]
        return {
            "event_ticker": ticker,
            "series_ticker": series,
            "title": f"Simulated {ticker}",
            "markets": markets,
        }

    def _market(self, market: ListedMarket) -> dict[str, Any]:
        return {
            "ticker": market.symbol,
            "event_ticker": _event_of(market.symbol),
            "title": f"Simulated market {market.symbol}",
            "status": "active",
            "notional_value_dollars": "1.0000",
            "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
            "open_time": "2024-01-01T00:00:00Z",
            "close_time": "2030-01-01T00:00:00Z",
            "result": "",
        }

    def _trades(self, query: dict[str, str]) -> Response:
        """The newest first; `cursor` counts what was given."""
        ticker = query.get("ticker")
        limit = min(max(int(query.get("limit", "100")), 1), _MOST)
        skipped = int(query.get("cursor") or "0")
        start, end = (
            int(query.get("min_ts", "0")),
            min(int(query.get("max_ts", _FOREVER)), _FOREVER),
        )
        found: list[tuple[int, int, bytes]] = []
        for market in self._gateway.markets.values():
            if ticker in (None, "", market.symbol):
                messages = KalshiMessages(market)
                events = events_of(
                    trades_in(market, start * 1_000_000, end * 1_000_000 + 999_999), market
                )
                found += [
                    (e.time_us, e.trade_id, messages.rest_trade(e, rfc3339(e.time_us)))
                    for e in events
                ]
        found.sort(reverse=True)
        page = found[skipped : skipped + limit]
        cursor = str(skipped + limit) if len(found) > skipped + limit else ""
        body = b'{"trades":[%s],"cursor":"%s"}' % (
            b",".join(text for *_, text in page),
            cursor.encode(),
        )
        return Response(200, body)


def _event_of(ticker: str) -> str:
    return ticker.rpartition("-")[0] or ticker
