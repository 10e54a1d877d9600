"""Databento's definitions as instruments.

Belongs here: which field of a definition is which of an instrument. Does not: other records
(rows).
"""

from __future__ import annotations

from typing import Any

from marketdata_platform.history.formats.databento.fields import NO_PRICE, NO_TIME
from marketdata_platform.venues.kit.instrument_rows import Listed

_NO_COUNT = 2**32 - 1
_KINDS = {
    "F": "future",
    "C": "option",
    "P": "option",
    "S": "combo",
    "M": "combo",
    "T": "combo",
    "K": "spot",
}


def listed(record: Any) -> Listed:
    """The instrument that one record of `definition` describes."""
    names = [n for n in record.dtype.names if not n.startswith("_")]
    entry: dict[str, Any] = {
        n: v.decode("utf-8", "replace") if isinstance(v := record[n].item(), bytes) else v
        for n in names
    }
    kind = entry["instrument_class"]
    return Listed(
        symbol=entry["raw_symbol"],
        kind=_KINDS.get(kind, "spot"),
        entry=entry,
        status={"D": "deleted"}.get(entry["security_update_action"], "listed"),
        base=entry["asset"],
        quote=entry["currency"],
        settle=entry["settl_currency"] or entry["currency"],
        tick_size=_nine(entry["min_price_increment"]),
        min_quantity=None if entry["min_trade_vol"] == _NO_COUNT else str(entry["min_trade_vol"]),
        contract_size=_nine(entry["unit_of_measure_qty"]),
        strike=_nine(entry["strike_price"]),
        option_type={"C": "call", "P": "put"}.get(kind),
        listed_ms=_ms(entry["activation"]),
        expires_ms=_ms(entry["expiration"]),
        parent=entry["underlying"] or None,
    )


def _nine(value: int) -> str | None:
    if value == NO_PRICE:
        return None
    whole, part = divmod(abs(value), 10**9)
    digits = f"{part:09d}".rstrip("0")
    return f"{'-' if value < 0 else ''}{whole}{'.' + digits if digits else ''}"


def _ms(value: int) -> int | None:
    return None if value in (0, int(NO_TIME)) else value // 10**6
