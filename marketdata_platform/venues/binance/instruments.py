"""Binance's `exchangeInfo` of spot, USD-M, COIN-M and options as instruments.

Belongs here: which of its fields means what. Does not: the rows (instrument_rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from marketdata_platform.venues.kit.instrument_rows import Listed, add_instruments
from marketdata_platform.venues.kit.rows import Decoded

Int64s = npt.NDArray[np.int64]


def instruments(out: Decoded, answers: Sequence[Any], frames: Int64s, symbol: str) -> None:
    """`/exchangeInfo` → instruments; an answer without a list of symbols is refused.

    Futures and options answer with all their symbols whatever is asked: with a `symbol`, only that
    one is kept.
    """
    found: list[Listed] = []
    of: list[int] = []
    for answer, frame in zip(answers, frames.tolist(), strict=True):
        entries = _entries(answer)
        if entries is None:
            out.reject(frame, "exchangeInfo answer has no list of symbols")
            continue
        for entry in entries:
            if isinstance(entry, dict) and isinstance(entry.get("symbol"), str):
                if symbol and entry["symbol"] != symbol:
                    continue
                found.append(_listed(entry))
                of.append(frame)
            else:
                out.reject(frame, "exchangeInfo answer has an entry without a symbol")
    if found:
        add_instruments(out, found, np.array(of, np.int64))


def _entries(answer: Any) -> list[Any] | None:
    if not isinstance(answer, dict):
        return None
    entries = answer.get("symbols", answer.get("optionSymbols"))
    return entries if isinstance(entries, list) else None


def _listed(entry: dict[str, Any]) -> Listed:
    given = entry.get("filters")
    filters = {
        str(f.get("filterType")): f
        for f in (given if isinstance(given, list) else ())
        if isinstance(f, dict)
    }
    prices, lots = filters.get("PRICE_FILTER", {}), filters.get("LOT_SIZE", {})
    return Listed(
        symbol=entry["symbol"],
        kind=_kind(entry),
        entry=entry,
        status=_text(entry.get("status") or entry.get("contractStatus")),
        base=_text(entry.get("baseAsset")),
        quote=_text(entry.get("quoteAsset")),
        settle=_text(entry.get("marginAsset") or entry.get("settleAsset")),
        tick_size=_text(prices.get("tickSize")),
        quantity_step=_text(lots.get("stepSize")),
        min_quantity=_text(lots.get("minQty")),
        contract_size=_text(entry.get("contractSize") or entry.get("unit")),
        strike=_text(entry.get("strikePrice")),
        option_type={"CALL": "call", "PUT": "put"}.get(str(entry.get("side"))),
        listed_ms=_count(entry.get("onboardDate")),
        expires_ms=_count(entry.get("deliveryDate") or entry.get("expiryDate")),
        parent=_text(entry.get("pair") or entry.get("underlying")),
    )


def _kind(entry: dict[str, Any]) -> str:
    if "strikePrice" in entry:
        return "option"
    contract = str(entry.get("contractType") or "")
    if not contract and "pair" not in entry:
        return "spot"
    return "perpetual" if contract in ("PERPETUAL", "TRADIFI_PERPETUAL") else "future"


def _text(value: Any) -> str | None:
    return (
        str(value)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != ""
        else None
    )


def _count(value: Any) -> int | None:
    return (
        value
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
        else None
    )
