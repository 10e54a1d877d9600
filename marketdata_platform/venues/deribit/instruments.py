"""Deribit's lists of instruments as rows of `instruments`.

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
    """Answers of `public/get_instruments`, and of `public/get_instrument` with one."""
    add_lists(out, bodies, _list_of, "instrument_name", _listed)


def _list_of(answer: Any) -> Any:
    result = value_at(answer, ("result",))
    return [result] if isinstance(result, dict) else result


def _kind(entry: dict[str, Any]) -> str:
    perpetual = entry.get("settlement_period") == "perpetual"
    kinds = {"option": "option", "spot": "spot", "future": "perpetual" if perpetual else "future"}
    return kinds.get(str(entry.get("kind")), "combo")


def _listed(entry: dict[str, Any]) -> Listed:
    option_type = entry.get("option_type")
    return Listed(
        symbol=entry["instrument_name"],
        kind=_kind(entry),
        entry=entry,
        status=text(entry.get("state")) or ("active" if entry.get("is_active") else "closed"),
        base=text(entry.get("base_currency")),
        quote=text(entry.get("quote_currency")),
        settle=text(entry.get("settlement_currency")),
        tick_size=text(entry.get("tick_size")),
        quantity_step=text(entry.get("min_trade_amount")),
        min_quantity=text(entry.get("min_trade_amount")),
        contract_size=text(entry.get("contract_size")),
        strike=text(entry.get("strike")),
        option_type=option_type if option_type in ("call", "put") else None,
        listed_ms=count(entry.get("creation_timestamp")),
        expires_ms=count(entry.get("expiration_timestamp")),
        parent=text(entry.get("price_index")),
    )
