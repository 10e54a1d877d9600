"""Kalshi: its lists of series, events and markets as instruments.

Belongs here: which field means what. Does not: the signed handshake (keys), messages
(streams).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.kit.instrument_rows import Listed, add_instruments
from marketdata_platform.venues.kit.reading import read_all
from marketdata_platform.venues.kit.rows import Decoded, MalformedFrame

Int64s = npt.NDArray[np.int64]
_anything = msgspec.json.Decoder()


def decode_rest(bodies: Sequence[bytes], received_us: Sequence[int] | Int64s) -> Decoded:
    """Answers of `/series`, `/events` and `/markets` (one or a list of each, events with markets in
    them) to rows.
    """
    out = Decoded(
        np.asarray(received_us, np.int64), lambda symbol: Instrument("kalshi", "event", symbol)
    )
    numbers, answers = read_all(_read, bodies, out.reject)
    listed: list[Listed] = []
    frames: list[int] = []
    for number, answer in zip(numbers, answers, strict=True):
        found = list(_found(answer))
        if not found:
            out.reject(number, "answer lists no series, events or markets")
        listed += found
        frames += [number] * len(found)
        out.count("listing")
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


def _found(answer: dict[str, Any]) -> list[Listed]:
    """Everything in an answer that has a ticker, an event's markets included."""
    listed: list[Listed] = []
    for names, build in (
        (("series",), _series),
        (("event", "events"), _event),
        (("market", "markets"), _market),
    ):
        for entry in (e for name in names for e in _entries(answer.get(name))):
            made = build(entry)
            inner = (
                [_market(market) for market in _entries(entry.get("markets"))]
                if build is _event
                else []
            )
            listed += [one for one in (made, *inner) if one is not None]
    return listed


def _entries(value: Any) -> list[dict[str, Any]]:
    return [
        entry
        for entry in (value if isinstance(value, list) else [value])
        if isinstance(entry, dict)
    ]


def _series(entry: dict[str, Any]) -> Listed | None:
    ticker = _text(entry, "ticker")
    return (
        None
        if ticker is None
        else Listed(symbol=ticker, kind="series", entry=entry, title=_text(entry, "title"))
    )


def _event(entry: dict[str, Any]) -> Listed | None:
    ticker = _text(entry, "event_ticker")
    if ticker is None:
        return None
    return Listed(
        symbol=ticker,
        kind="event",
        entry={name: value for name, value in entry.items() if name != "markets"},
        parent=_text(entry, "series_ticker"),
        title=_text(entry, "title"),
        expires_ms=_ms(entry.get("strike_date")),
    )


def _market(entry: dict[str, Any]) -> Listed | None:
    ticker = _text(entry, "ticker")
    if ticker is None:
        return None
    ranges = entry.get("price_ranges")
    first = ranges[0] if isinstance(ranges, list) and ranges and isinstance(ranges[0], dict) else {}
    strike = entry.get("floor_strike")
    return Listed(
        symbol=ticker,
        kind="market",
        entry=entry,
        status=_text(entry, "status"),
        quote="USD",
        settle="USD",
        tick_size=_text(first, "step"),
        contract_size=_text(entry, "notional_value_dollars"),
        strike=None if strike is None else str(strike),
        listed_ms=_ms(entry.get("open_time")),
        expires_ms=_ms(entry.get("close_time")),
        parent=_text(entry, "event_ticker"),
        title=_text(entry, "title"),
        result=_text(entry, "result"),
    )


def _text(entry: dict[str, Any], name: str) -> str | None:
    value = entry.get(name)
    return value if isinstance(value, str) and value else None


def _ms(moment: Any) -> int | None:
    """Milliseconds of an RFC 3339 time; null where it is none (events without a date say year
    1).
    """
    try:
        when = msgspec.convert(moment, datetime)
    except msgspec.ValidationError:
        return None
    return int(when.timestamp() * 1000) if when.year >= 1990 and when.tzinfo is not None else None
