"""What Deribit sends and answers, for the questions of `test_every_rule.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.rest_rules import RestRequest
from marketdata_platform_tests.venues.rule_samples import Sample, when, written
from marketdata_platform_tests.workflows.landing.land_journals import START_MS


def _deribit(channel: str, data: Any) -> bytes:
    params = {"channel": f"{channel}.BTC-PERPETUAL.100ms", "data": data}
    return written({"jsonrpc": "2.0", "method": "subscription", "params": params})


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
    return {"result": {"trades": [_deribit_fields(i, when(i)) for i in page], "has_more": False}}


SAMPLE = Sample(
    Instrument("deribit", "perpetual", "BTC-PERPETUAL"),
    "any",
    lambda number, ms: _deribit("trades", [_deribit_fields(number, START_MS + ms)]),
    _deribit_book("snapshot"),
    _deribit_book("change"),
    _deribit_page,
)
