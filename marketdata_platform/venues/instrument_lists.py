"""Deribit's and Bybit's lists of instruments as rows of `instruments`.

Belongs here: which of their fields means what. Does not: the rows (instrument_rows), Binance's and
Kalshi's lists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.deribit.names import market_of
from marketdata_platform.venues.kit.instrument_rows import Listed, add_instruments
from marketdata_platform.venues.kit.rows import Decoded, MalformedFrame, read_all

Int64s = npt.NDArray[np.int64]
_anything = msgspec.json.Decoder(float_hook=str)  # numbers as they were written


def deribit_instruments(bodies: Sequence[bytes], received_us: Sequence[int] | Int64s) -> Decoded:
    """Answers of `public/get_instruments`, and of `public/get_instrument` with one, to
    instruments.
    """
    out = Decoded(
        _times(received_us), lambda symbol: Instrument("deribit", market_of(symbol), symbol)
    )
    return _read_lists(out, bodies, _deribit_list, "instrument_name", _deribit)


def bybit_instruments(
    market: str, bodies: Sequence[bytes], received_us: Sequence[int] | Int64s
) -> Decoded:
    """Answers of `/v5/market/instruments-info` of one category to instruments."""
    out = Decoded(_times(received_us), lambda symbol: Instrument("bybit", market, symbol))
    return _read_lists(out, bodies, _bybit_list, "symbol", _bybit)


def _deribit_list(answer: dict[str, Any]) -> Any:
    result = answer.get("result")
    return [result] if isinstance(result, dict) else result


def _bybit_list(answer: dict[str, Any]) -> Any:
    result = answer.get("result")
    return result.get("list") if isinstance(result, dict) else None


def _times(received_us: Sequence[int] | Int64s) -> Int64s:
    return np.asarray(received_us, np.int64)


def _read_lists(
    out: Decoded,
    bodies: Sequence[bytes],
    list_of: Callable[[dict[str, Any]], Any],
    name: str,
    build: Callable[[dict[str, Any]], Listed],
) -> Decoded:
    numbers, answers = read_all(_read, bodies, out.reject)
    listed: list[Listed] = []
    frames: list[int] = []
    for number, answer in zip(numbers, answers, strict=True):
        entries = list_of(answer)
        if not isinstance(entries, list):
            out.reject(number, f"answer has no list of instruments: {str(answer)[:80]!a}")
            continue
        out.count("instruments")
        for entry in entries:
            if isinstance(entry, dict) and isinstance(entry.get(name), str):
                listed.append(build(entry))
                frames.append(number)
            else:
                out.reject(number, f"answer has an entry without {name}")
    add_instruments(out, listed, np.array(frames, np.int64))
    return out


def _read(body: bytes) -> dict[str, Any]:
    try:
        answer = _anything.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedFrame(f"answer is not JSON: {error}") from error
    if not isinstance(answer, dict):
        raise MalformedFrame("answer is not a JSON object")
    return answer


def _deribit(entry: dict[str, Any]) -> Listed:
    kind = str(entry.get("kind"))
    perpetual = entry.get("settlement_period") == "perpetual"
    kinds = {"option": "option", "spot": "spot", "future": "perpetual" if perpetual else "future"}
    return Listed(
        symbol=entry["instrument_name"],
        kind=kinds.get(kind, "combo"),
        entry=entry,
        status=_text(entry.get("state")) or ("active" if entry.get("is_active") else "closed"),
        base=_text(entry.get("base_currency")),
        quote=_text(entry.get("quote_currency")),
        settle=_text(entry.get("settlement_currency")),
        tick_size=_text(entry.get("tick_size")),
        quantity_step=_text(entry.get("min_trade_amount")),
        min_quantity=_text(entry.get("min_trade_amount")),
        contract_size=_text(entry.get("contract_size")),
        strike=_text(entry.get("strike")),
        option_type=_option_type(entry.get("option_type")),
        listed_ms=_count(entry.get("creation_timestamp")),
        expires_ms=_count(entry.get("expiration_timestamp")),
        parent=_text(entry.get("price_index")),
    )


def _bybit(entry: dict[str, Any]) -> Listed:
    prices, lots = _object(entry.get("priceFilter")), _object(entry.get("lotSizeFilter"))
    contract = str(entry.get("contractType") or "")
    return Listed(
        symbol=entry["symbol"],
        kind="spot" if not contract else "perpetual" if "Perpetual" in contract else "future",
        entry=entry,
        status=_text(entry.get("status")),
        base=_text(entry.get("baseCoin")),
        quote=_text(entry.get("quoteCoin")),
        settle=_text(entry.get("settleCoin")),
        tick_size=_text(prices.get("tickSize")),
        quantity_step=_text(lots.get("qtyStep") or lots.get("basePrecision")),
        min_quantity=_text(lots.get("minOrderQty")),
        listed_ms=_count(entry.get("launchTime")),
        expires_ms=_count(entry.get("deliveryTime")) or None,
    )


def _option_type(value: Any) -> str | None:
    return value if isinstance(value, str) and value in ("call", "put") else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return (
        str(value)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != ""
        else None
    )


def _count(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
