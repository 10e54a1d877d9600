"""What each venue sends and answers, in its own shape, for the tests that ask all of them the same:
trades by number, books whose changes may be missing, answers about the past.

A moment is in ms after `START_MS`. Change n of a book leaves quantity n at its one level.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform.venues.rest_rules import RestRequest
from marketdata_platform_tests.venues import quiet
from marketdata_platform_tests.workflows.landing.land_journals import START_MS


@dataclass(frozen=True)
class Sample:
    """One venue's ways of writing. `whole` and `change` give (stream's end, frame)."""

    instrument: Instrument
    market: str  # as streams name it
    trade: Callable[[int, int], bytes]  # number, ms
    whole: Callable[[int, int], tuple[str, bytes]]  # number, ms
    change: Callable[[int, int], tuple[str, bytes]]  # number, ms
    page: Callable[[RestRequest, range], Any] | None  # answer with the trades of a range
    id_column: str = "sequence"


def _written(message: Any) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def _when(number: int) -> int:
    return START_MS + number * 1_000


# ---- Binance


def _binance(stream: str, **data: Any) -> bytes:
    return _written({"stream": f"btcusdt@{stream}", "data": {"s": "BTCUSDT", **data}})


def _binance_trade(number: int, ms: int) -> bytes:
    moment = START_MS + ms
    return _binance("trade", e="trade", E=moment, T=moment, t=number, p="1.5", q="2", m=True)


def _binance_whole(number: int, ms: int) -> tuple[str, bytes]:
    told = {"lastUpdateId": number, "bids": [["100", str(number)]], "asks": [["101", "1"]]}
    return "rest/depth?symbol=BTCUSDT", _written(told)


def _binance_change(number: int, ms: int) -> tuple[str, bytes]:
    told = {"E": START_MS + ms, "U": number, "u": number, "b": [["100", str(number)]], "a": []}
    return "ws/a", _binance("depth@100ms", e="depthUpdate", **told)


def _binance_page(request: RestRequest, ids: range) -> Any:
    first, limit = int(request.parameters["fromId"]), int(request.parameters["limit"])
    return [
        {"id": i, "price": "1.5", "qty": "2", "time": _when(i), "isBuyerMaker": True}
        for i in ids
        if i >= first
    ][:limit]


# ---- Bybit


def _bybit(topic: str, kind: str, ms: int, data: Any) -> bytes:
    return _written({"topic": topic, "type": kind, "ts": START_MS + ms, "data": data})


def _bybit_trade(number: int, ms: int) -> bytes:
    told = {"T": START_MS + ms, "s": "BTCUSDT", "S": "Buy", "v": "1", "p": "1.5", "i": f"i{number}"}
    return _bybit("publicTrade.BTCUSDT", "snapshot", ms, [told])


def _bybit_book(kind: str) -> Callable[[int, int], tuple[str, bytes]]:
    def book(number: int, ms: int) -> tuple[str, bytes]:
        told = {"s": "BTCUSDT", "b": [["100", str(number)]], "a": [], "u": number, "seq": number}
        return "ws/a", _bybit("orderbook.200.BTCUSDT", kind, ms, told)

    return book


def _bybit_page(request: RestRequest, ids: range) -> Any:
    told = [
        {
            "execId": f"i{i}",
            "symbol": request.symbol,
            "price": "1.5",
            "size": "1",
            "side": "Buy",
            "time": str(_when(i)),
        }
        for i in reversed(ids)
    ]
    return {"retCode": 0, "result": {"list": told}}


# ---- Deribit


def _deribit(channel: str, data: Any) -> bytes:
    params = {"channel": f"{channel}.BTC-PERPETUAL.100ms", "data": data}
    return _written({"jsonrpc": "2.0", "method": "subscription", "params": params})


def _deribit_fields(number: int, moment: int) -> dict[str, Any]:
    return {
        "timestamp": moment,
        "price": 1.5,
        "amount": 2.0,
        "direction": "sell",
        "trade_seq": number,
        "instrument_name": "BTC-PERPETUAL",
        "trade_id": f"t{number}",
    }


def _deribit_book(kind: str) -> Callable[[int, int], tuple[str, bytes]]:
    def book(number: int, ms: int) -> tuple[str, bytes]:
        told = {
            "type": kind,
            "timestamp": START_MS + ms,
            "instrument_name": "BTC-PERPETUAL",
            "change_id": number,
            "bids": [["new", 100.0, float(number)]],
            "asks": [],
        }
        before = {"prev_change_id": number - 1} if kind == "change" else {}
        return "ws/a", _deribit("book", {**told, **before})

    return book


def _deribit_page(request: RestRequest, ids: range) -> Any:
    first, last = request.parameters["start_seq"], request.parameters["end_seq"]
    wanted = [i for i in ids if int(first) <= i <= int(last)]
    page = wanted[: int(request.parameters["count"])]
    return {"result": {"trades": [_deribit_fields(i, _when(i)) for i in page], "has_more": False}}


# ---- Kalshi


def _kalshi(kind: str, number: int, **told: Any) -> bytes:
    msg = {"market_ticker": "KX-1", **told}
    return _written({"type": kind, "sid": 1, "seq": number, "msg": msg})


def _kalshi_trade(number: int, ms: int) -> bytes:
    told = {"yes_price_dollars": "0.45", "count_fp": "2.00", "taker_side": "no"}
    return _kalshi("trade", number, trade_id=f"k{number}", ts_ms=START_MS + ms, **told)


def _kalshi_whole(number: int, ms: int) -> tuple[str, bytes]:
    levels = [["0.45", f"{number}.00"]]
    return "ws/a", _kalshi(
        "orderbook_snapshot", number, yes_dollars_fp=levels, no_dollars_fp=[["0.5", "1.00"]]
    )


def _kalshi_change(number: int, ms: int) -> tuple[str, bytes]:
    when = from_us((START_MS + ms) * 1000).isoformat().replace("+00:00", "Z")
    told = {"price_dollars": "0.45", "delta_fp": "1.00", "side": "yes", "ts": when}
    return "ws/a", _kalshi("orderbook_delta", number, **told)


def _kalshi_page(request: RestRequest, ids: range) -> Any:
    half = ids[: len(ids) // 2] if "cursor" not in request.parameters else ids[len(ids) // 2 :]
    told = [
        {
            "trade_id": f"k{i}",
            "ticker": request.symbol,
            "yes_price_dollars": "0.45",
            "count_fp": "2.00",
            "taker_side": "no",
            "created_time": from_us(_when(i) * 1000).isoformat().replace("+00:00", "Z"),
        }
        for i in half
    ]
    return {"trades": told, "cursor": "" if "cursor" in request.parameters else "next"}


# ---- the made-up one


def _quiet_book(kind: str) -> Callable[[int, int], tuple[str, bytes]]:
    return lambda number, ms: (
        "ws/a",
        quiet.written(kind, START_MS + ms, bids=[["100", str(number)]]),
    )


SAMPLES = {
    "binance": Sample(
        Instrument("binance", "spot", "BTCUSDT"),
        "spot",
        _binance_trade,
        _binance_whole,
        _binance_change,
        _binance_page,
    ),
    "bybit": Sample(
        Instrument("bybit", "linear", "BTCUSDT"),
        "linear",
        _bybit_trade,
        _bybit_book("snapshot"),
        _bybit_book("delta"),
        _bybit_page,
        "trade_id",
    ),
    "deribit": Sample(
        Instrument("deribit", "perpetual", "BTC-PERPETUAL"),
        "any",
        lambda number, ms: _deribit("trades", [_deribit_fields(number, START_MS + ms)]),
        _deribit_book("snapshot"),
        _deribit_book("change"),
        _deribit_page,
    ),
    "kalshi": Sample(
        Instrument("kalshi", "event", "KX-1"),
        "event",
        _kalshi_trade,
        _kalshi_whole,
        _kalshi_change,
        _kalshi_page,
        "trade_id",
    ),
    "quiet": Sample(
        Instrument("quiet", "spot", "QUIET"),
        "spot",
        lambda number, ms: quiet.written("trade", START_MS + ms, id=f"q{number}"),
        _quiet_book("whole"),
        _quiet_book("change"),
        None,
        "trade_id",
    ),
}
