"""What an answer about the past says: its entries, or why there are none, and whether asking again
may help.

Belongs here: envelopes and error codes, by venue. Does not: rows (venues), paging (history.py). An
error that passes must never look like "the venue does not have it": a gap would be given up for
good.
"""

from __future__ import annotations

from typing import Any

import msgspec

from marketdata_platform.core.errors import ConfigurationError, VenueUnavailable

# Where a venue keeps the entries, and the code of an error.
_ENTRIES: dict[str, tuple[str, ...]] = {
    "binance": (),
    "deribit": ("result", "trades"),
    "bybit": ("result", "list"),
    "kalshi": ("trades",),
}
_CODES: dict[str, tuple[str, ...]] = {
    "binance": ("code",),
    "deribit": ("error", "code"),
    "bybit": ("retCode",),
    "kalshi": ("error", "code"),
}
# "There is no such symbol" and the like: asking again will not help. All else may pass: limits,
# maintenance, a region that is shut out, an answer cut short.
_FINAL: dict[str, frozenset[object]] = {
    "binance": frozenset({-1100, -1121, -1128}),
    "deribit": frozenset({-32602, 11050, 13020}),
    "bybit": frozenset({10001}),
    "kalshi": frozenset({"not_found", "bad_request", "invalid_parameters"}),
}
_NEEDS_KEY = frozenset({-2014, -2015})


class KeyNeeded(Exception):
    """Binance gives this only to holders of a key; the message is what it says."""


def entries(venue: str, route: str, status: int, body: bytes) -> list[dict[str, Any]]:
    """The entries of an answer.

    Raises:
        KeyNeeded: the question needs a key.
        ConfigurationError: the venue does not know the symbol, or what else cannot pass.
        VenueUnavailable: an error that may pass.
    """
    answer = _read(body)
    found = _at(answer, _ENTRIES[venue])
    code = _at(answer, _CODES[venue])
    if status == 200 and isinstance(found, list) and code in (None, 0):
        return [entry for entry in found if isinstance(entry, dict)]
    said = f"{venue} answers {status} to {route}: {_said(body)}"
    if venue == "binance" and isinstance(code, int) and code in _NEEDS_KEY:
        raise KeyNeeded(said)
    if status == 404 or (isinstance(code, int | str) and code in _FINAL[venue]):
        raise ConfigurationError(said)
    raise VenueUnavailable(said)


def numbers(found: list[dict[str, Any]], field: str) -> list[int]:
    """The whole numbers `field` of entries, however they are written."""
    values = [entry.get(field) for entry in found]
    texts = [str(v) for v in values if isinstance(v, int | str) and not isinstance(v, bool)]
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 20]


def cursor(body: bytes) -> str:
    """Kalshi's name of the next page; empty on the last one."""
    told = _at(_read(body), ("cursor",))
    return told if isinstance(told, str) else ""


def _at(answer: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def _read(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _said(body: bytes) -> str:
    return ascii(body[:160].decode("utf-8", "replace"))
