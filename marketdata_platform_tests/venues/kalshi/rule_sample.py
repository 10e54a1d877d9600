"""What Kalshi sends and answers, for the questions of `test_every_rule.py`."""

from __future__ import annotations

from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform.venues.rest_rules import RestRequest
from marketdata_platform_tests.venues.rule_samples import Sample, when, written
from marketdata_platform_tests.workflows.landing.land_journals import START_MS


def _kalshi(kind: str, number: int, **told: Any) -> bytes:
    msg = {"market_ticker": "KX-1", **told}
    return written({"type": kind, "sid": 1, "seq": number, "msg": msg})


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
            "created_time": from_us(when(i) * 1000).isoformat().replace("+00:00", "Z"),
        }
        for i in half
    ]
    return {"trades": told, "cursor": "" if "cursor" in request.parameters else "next"}


SAMPLE = Sample(
    Instrument("kalshi", "event", "KX-1"),
    "event",
    _kalshi_trade,
    _kalshi_whole,
    _kalshi_change,
    _kalshi_page,
    "trade_id",
)
