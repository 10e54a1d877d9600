"""Bybit's lists of instruments as rows of `instruments`.

Belongs here: which of its fields means what. Does not: the rows (kit.instrument_rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marketdata_platform.venues.kit.instrument_lists import add_lists, count, text
from marketdata_platform.venues.kit.instrument_rows import Listed
from marketdata_platform.venues.kit.rest_answers import value_at
from marketdata_platform.venues.kit.rows import Decoded


def add_instrument_lists(out: Decoded, bodies: Sequence[bytes]) -> None:
    """Answers of `/v5/market/instruments-info` of one category."""
    add_lists(out, bodies, _list_of, "symbol", _listed)


def _list_of(answer: Any) -> Any:
    return value_at(answer, ("result", "list"))


def _kind(entry: dict[str, Any]) -> str:
    contract = str(entry.get("contractType") or "")
    if not contract:
        return "spot"
    return "perpetual" if "Perpetual" in contract else "future"


def _listed(entry: dict[str, Any]) -> Listed:
    prices, lots = _object(entry.get("priceFilter")), _object(entry.get("lotSizeFilter"))
    return Listed(
        symbol=entry["symbol"],
        kind=_kind(entry),
        entry=entry,
        status=text(entry.get("status")),
        base=text(entry.get("baseCoin")),
        quote=text(entry.get("quoteCoin")),
        settle=text(entry.get("settleCoin")),
        tick_size=text(prices.get("tickSize")),
        quantity_step=text(lots.get("qtyStep") or lots.get("basePrecision")),
        min_quantity=text(lots.get("minOrderQty")),
        listed_ms=count(entry.get("launchTime")),
        expires_ms=count(entry.get("deliveryTime")) or None,
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
