"""What Bybit sends and answers, for the questions of `test_every_rule.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.rest_rules import RestRequest
from marketdata_platform_tests.venues.rule_samples import Sample, when, written
from marketdata_platform_tests.workflows.landing.land_journals import START_MS


def _bybit(topic: str, kind: str, ms: int, data: Any) -> bytes:
    return written({"topic": topic, "type": kind, "ts": START_MS + ms, "data": data})


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
            "time": str(when(i)),
        }
        for i in reversed(ids)
    ]
    return {"retCode": 0, "result": {"list": told}}


SAMPLE = Sample(
    Instrument("bybit", "linear", "BTCUSDT"),
    "linear",
    _bybit_trade,
    _bybit_book("snapshot"),
    _bybit_book("delta"),
    _bybit_page,
    "trade_id",
)
