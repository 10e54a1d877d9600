"""A venue's REST history on loopback: trades that it has, and switches for what it does wrong."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

FIRST_MS = 1_767_225_600_000  # 2026-01-01 00:00 UTC


@dataclass
class Past:
    """Trades `ids` of one instrument, one a 100 ms; `most` a page whatever is asked."""

    ids: range = range(1_000, 3_000)
    lacks: set[int] = field(default_factory=set)
    most: int = 1_000
    needs_key: bool = False
    busy: int = 0  # so many 429s first
    slow: float = 0.0  # seconds that each answer takes
    requests: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def have(self, first: int, last: int) -> list[int]:
        """The ids that it has, of this stretch."""
        return [i for i in self.ids if first <= i <= last and i not in self.lacks]


def when_ms(number: int) -> int:
    """Time of a trade."""
    return FIRST_MS + (number - 1_000) * 100


def price_of(number: int) -> str:
    """Its price, told by its id."""
    return f"{100 + number % 7}.5"


def _binance(past: Past, route: str, asked: dict[str, str]) -> Any:
    if route == "historicalTrades":
        first = int(asked["fromId"])
        limit = min(int(asked["limit"]), past.most)
        found = past.have(first, max(past.ids))[:limit]
    else:
        found = past.have(0, max(past.ids))[-min(int(asked["limit"]), past.most) :]
    return [
        {
            "id": i,
            "price": price_of(i),
            "qty": "1.25",
            "quoteQty": "1",
            "time": when_ms(i),
            "isBuyerMaker": i % 2 == 0,
        }
        for i in found
    ]


def _deribit(past: Past, route: str, asked: dict[str, str]) -> Any:
    found = past.have(int(asked["start_seq"]), int(asked["end_seq"]))
    page = found[: min(int(asked["count"]), past.most)]
    trades = [
        {
            "trade_id": f"T{i}",
            "trade_seq": i,
            "instrument_name": asked["instrument_name"],
            "price": 100.5,
            "amount": 10.0,
            "direction": "buy",
            "timestamp": when_ms(i),
        }
        for i in page
    ]
    return {"jsonrpc": "2.0", "result": {"trades": trades, "has_more": len(page) < len(found)}}


def _bybit(past: Past, route: str, asked: dict[str, str]) -> Any:
    newest = past.have(0, max(past.ids))[-min(int(asked["limit"]), past.most) :]
    told = [
        {
            "execId": f"E{i}",
            "symbol": asked["symbol"],
            "price": "100.5",
            "size": "2",
            "side": "Buy",
            "time": str(when_ms(i)),
        }
        for i in reversed(newest)
    ]
    return {"retCode": 0, "retMsg": "OK", "result": {"category": asked["category"], "list": told}}


def _kalshi(past: Past, route: str, asked: dict[str, str]) -> Any:
    low, high = int(asked["min_ts"]) * 1_000, int(asked["max_ts"]) * 1_000
    found = [i for i in past.have(0, max(past.ids)) if low <= when_ms(i) < high][::-1]
    start = int(asked.get("cursor") or 0)
    page = found[start : start + min(int(asked["limit"]), past.most)]
    told = [
        {
            "trade_id": f"K{i}",
            "ticker": asked["ticker"],
            "yes_price_dollars": "0.4500",
            "count_fp": "3.00",
            "taker_side": "yes",
            "created_time": datetime.fromtimestamp(when_ms(i) / 1000, UTC).strftime(
                "%Y-%m-%dT%H:%M:%S.%fZ"
            ),
        }
        for i in page
    ]
    more = start + len(page) < len(found)
    return {"trades": told, "cursor": str(start + len(page)) if more else ""}


_VENUES = {
    "/api/v3/": _binance,
    "/fapi/v1/": _binance,
    "/public/": _deribit,
    "/v5/market/": _bybit,
    "/markets/": _kalshi,
}


@contextmanager
def served(past: Past) -> Iterator[str]:
    """The address at which `past` answers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            past.requests.append(self.path)
            past.keys.append(self.headers.get("X-MBX-APIKEY"))
            time.sleep(past.slow)
            split = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(split.query).items()}
            base = next(b for b in _VENUES if split.path.startswith(b))
            route = split.path.removeprefix(base)
            if past.busy > 0:
                past.busy -= 1
                self._say(429, {"code": -1003, "msg": "Too many requests"})
            elif past.needs_key and route == "historicalTrades" and not past.keys[-1]:
                self._say(401, {"code": -2014, "msg": "API-key format invalid."})
            else:
                self._say(200, _VENUES[base](past, route, asked))

        def _say(self, status: int, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
