"""Instruments: `venue:market:symbol`, validated once, escaped at every edge.

Belongs here: the identity of what is traded. Does not: its tick size, fees or anything that changes
with time.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, unquote

from marketdata_platform.core.errors import InvalidInstrument

_SLUG = re.compile(r"[a-z0-9][a-z0-9_]{0,31}")
_SYMBOL_PUNCTUATION = frozenset("-_./:+@$# ")
_MAX_SYMBOL_BYTES = 128
_MAX_PATH_BYTES = 200
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


@dataclass(frozen=True, order=True, slots=True)
class Instrument:
    """One instrument at one venue, e.g. `binance:futures:BTCUSDT`.

    Symbols are hostile input: exchanges list symbols in Chinese, spreads hold spaces and colons,
    and a symbol becomes a folder, a partition key and part of SQL. Letters and digits of
    left-to-right scripts and ``- _ . / : + @ $ #`` and inner spaces are allowed, 128 UTF-8 bytes at
    most.

    Raises:
        InvalidInstrument: when a part is malformed; the message shows it escaped and shortened.
    """

    venue: str
    market: str
    symbol: str

    def __post_init__(self) -> None:
        for part, value in (("venue", self.venue), ("market", self.market)):
            if not _SLUG.fullmatch(value):
                raise InvalidInstrument(
                    f"{part} {shown(value)} must be 1-32 of a-z, 0-9, _ (binance:spot:BTCUSDT)"
                )
        problem = _symbol_problem(self.symbol)
        if problem:
            raise InvalidInstrument(f"symbol {shown(self.symbol)} {problem}")

    @classmethod
    def parse(cls, text: str) -> Instrument:
        """Read `venue:market:symbol`; the symbol may itself contain colons."""
        parts = text.split(":", 2)
        if len(parts) != 3:
            raise InvalidInstrument(
                f"instrument {shown(text)} must be venue:market:symbol, as in binance:spot:BTCUSDT"
            )
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.venue}:{self.market}:{self.symbol}"

    @property
    def path_symbol(self) -> str:
        """The symbol as one safe folder name; `symbol_from_path` reads it back."""
        return _escape(self.symbol)


GATHERERS = "gatherer"


def gatherer_home(name: str) -> Instrument:
    """Where the bookkeeping of a gatherer lives that belongs to no instrument: its cursor, frames
    nobody could read.
    """
    return Instrument(GATHERERS, "journal", name)


def symbol_from_path(name: str) -> str:
    """The symbol that `Instrument.path_symbol` wrote as `name`."""
    return unquote(name, errors="strict")


def shown(text: str, limit: int = 60) -> str:
    """`text` as it may stand in a message: quoted, control and non-ASCII characters escaped,
    shortened.
    """
    return ascii(text) if len(text) <= limit else ascii(text[:limit]) + "…"


def _escape(symbol: str) -> str:
    kept = "".join(c if c.isalnum() else quote(c, safe="-_.+@$#=") for c in symbol)
    return "%2E" + kept[1:] if kept.startswith(".") else kept


def _is_plain(character: str) -> bool:
    """Whether a symbol may hold it: letters, digits and marks that are written left to right."""
    if character in _SYMBOL_PUNCTUATION:
        return True
    is_letter = unicodedata.category(character)[0] in "LNM"
    return is_letter and unicodedata.bidirectional(character) not in _RIGHT_TO_LEFT


def _symbol_problem(symbol: str) -> str | None:  # noqa: PLR0911 - a rule per problem
    if not symbol:
        return "is empty"
    # A text has no fewer bytes than characters: the slice keeps a huge one from being encoded.
    if len(symbol[: _MAX_SYMBOL_BYTES + 1].encode("utf-8", "surrogatepass")) > _MAX_SYMBOL_BYTES:
        return f"is longer than {_MAX_SYMBOL_BYTES} bytes"
    odd = next((character for character in symbol if not _is_plain(character)), None)
    if odd is not None:
        return (
            f"holds {odd!a}, which is not a letter, a digit or one of - _ . / : + @ $ "
            "# (left to right)"
        )
    if symbol != symbol.strip():
        return "begins or ends with a space"
    if ".." in symbol:
        return "holds '..'"
    if unicodedata.normalize("NFC", symbol) != symbol:
        return "is not in Unicode normal form C"
    if len(_escape(symbol).encode()) > _MAX_PATH_BYTES:
        return "is too long as a folder name"
    return None
