"""How a venue's delimited dump is laid out, as data: one `Kind` per column.

Belongs here: the vocabulary that venue files describe their dumps with. Does not: reading files
(history) or what a particular venue's columns are called (that venue's file).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What a column holds and what becomes of it. The numbers are what the compiled parser switches
    on.
    """

    SKIP = 0  # not stored, not looked at
    TEXT_ID = 1  # trade id, any text: `trade_id`, and `sequence` where it is a whole number
    # Must hold one given text (a symbol); a row with another is not of this instrument.
    EXPECTED = 2
    SIDE = 3  # the taker's side as a word
    MAKER = 4  # whether the buyer was the maker: true means that the taker sold
    # Trade id, a whole number: `trade_id` and `sequence`; this kind and those after it are numbers.
    ID = 5
    FIRST_ID = 6  # of an aggregate trade
    LAST_ID = 7
    PRICE = 8
    QUANTITY = 9
    TIME = 10  # exchange time, whole ms, µs or ns since 1970, recognised by size
    RECEIVED = 11  # receive time, like TIME
    SECONDS = 12  # exchange time as decimal text in seconds, cut (not rounded) to µs


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of dump. `names` are as in the header; a dump without one has the
    same order.
    """

    name: str
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    # Column name → the text that an EXPECTED column must hold.
    expected: Mapping[str, str] | None = None

    def expectation(self, column: int) -> str:
        """The text that EXPECTED column number `column` must hold."""
        return (self.expected or {})[self.names[column]]

    def is_header(self, fields: Sequence[str]) -> bool:
        """True if `fields` are this layout's own header, e.g. in the middle of concatenated
        files.
        """
        return tuple(field.strip().lower() for field in fields) == tuple(
            name.lower() for name in self.names
        )

    def has(self, kind: Kind) -> bool:
        """True if any column is of `kind`."""
        return kind in self.kinds
