"""Coinbase Exchange's products as rows of `instruments`.

Belongs here: which of a product's fields means what. Does not: the rows (kit.instrument_rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marketdata_platform.venues.kit.instrument_lists import add_lists, text
from marketdata_platform.venues.kit.instrument_rows import Listed
from marketdata_platform.venues.kit.rows import Decoded


def add_products(out: Decoded, bodies: Sequence[bytes]) -> None:
    """Answers of `/products` (a list) and `/products/{}` (one of it)."""
    add_lists(out, bodies, _list_of, "id", _listed)


def _list_of(answer: Any) -> Any:
    return [answer] if isinstance(answer, dict) else answer


def _listed(entry: dict[str, Any]) -> Listed:
    return Listed(
        symbol=entry["id"],
        kind="spot",
        entry=entry,
        status=text(entry.get("status")),
        base=text(entry.get("base_currency")),
        quote=text(entry.get("quote_currency")),
        tick_size=text(entry.get("quote_increment")),
        quantity_step=text(entry.get("base_increment")),
        min_quantity=text(entry.get("base_min_size")),  # of old lists; new ones bound the value
    )
