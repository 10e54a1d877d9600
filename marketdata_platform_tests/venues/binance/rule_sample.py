"""What Binance sends and answers, for the questions of `test_every_rule.py`."""

from __future__ import annotations

from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.rest_rules import RestRequest
from marketdata_platform_tests.venues.rule_samples import Sample, when, written
from marketdata_platform_tests.workflows.landing.land_journals import START_MS


def _binance(stream: str, **data: Any) -> bytes:
    return written({"stream": f"btcusdt@{stream}", "data": {"s": "BTCUSDT", **data}})


def _binance_trade(number: int, ms: int) -> bytes:
    moment = START_MS + ms
    return _binance("trade", e="trade", E=moment, T=moment, t=number, p="1.5", q="2", m=True)


def _binance_whole(number: int, ms: int) -> tuple[str, bytes]:
    told = {"lastUpdateId": number, "bids": [["100", str(number)]], "asks": [["101", "1"]]}
    return "rest/depth?symbol=BTCUSDT", written(told)


def _binance_change(number: int, ms: int) -> tuple[str, bytes]:
    told = {"E": START_MS + ms, "U": number, "u": number, "b": [["100", str(number)]], "a": []}
    return "ws/a", _binance("depth@100ms", e="depthUpdate", **told)


def _binance_page(request: RestRequest, ids: range) -> Any:
    first, limit = int(request.parameters["fromId"]), int(request.parameters["limit"])
    return [
        {"id": i, "price": "1.5", "qty": "2", "time": when(i), "isBuyerMaker": True}
        for i in ids
        if i >= first
    ][:limit]


SAMPLE = Sample(
    Instrument("binance", "spot", "BTCUSDT"),
    "spot",
    _binance_trade,
    _binance_whole,
    _binance_change,
    _binance_page,
)
