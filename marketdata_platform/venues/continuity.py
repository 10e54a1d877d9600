"""What follows what: how a venue's missing trades and missing book changes are seen.

Belongs here: what a venue must state, and counting along a subscription. Does not: any venue's
statement or rule (its folder), finding holes in rows (core.continuity), books (core.books).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from marketdata_platform.core.books.book import Rule


class TradeIds(Enum):
    """How a missing trade is seen."""

    CONTIGUOUS = "contiguous"  # trade ids have no holes, and `sequence` is the id
    SEQUENCE = "sequence"  # ids show nothing; `sequence` counts without holes
    SILENCE = "silence"  # only by the time in which nobody listened


class BookIds(Enum):
    """How a missing change of a book is seen."""

    CHAIN = "chain"  # each change names what it follows: the market's rule says how
    SUBSCRIPTION = "subscription"  # a number per subscription of a connection, over all its books
    SILENCE = "silence"  # only by the time in which nobody listened


class EqualFrames(Enum):
    """What two equal frames are."""

    SAME = "same"  # one event, on whichever connections they came
    COUNTED = "counted"  # along one connection two events; across connections the first is the same


class TradeOrder(Enum):
    """What orders trades of one moment."""

    SEQUENCE = "sequence"  # `sequence`, a number that every listener sees alike
    ID = "id"  # the trade id as text (as a number where it is one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuity:
    """How holes in a venue's record are seen. Nothing has a default: what is guessed wrong loses
    gaps silently.

    Args:
        trade_ids: how a missing trade is seen.
        book_ids: how a missing change of a book is seen.
        book_rules: by market, what may follow what in a book. A market that is not here has no
            books: whoever asks for its rule gets a `ConfigurationError`.
        restarts: whether update ids begin anew after a restart of the venue, so that only time
            orders them.
        dated_snapshots: whether the venue itself dates its snapshots, by the clock that dates the
            changes. If not, a snapshot carries the time of its receipt.
    """

    trade_ids: TradeIds
    book_ids: BookIds
    book_rules: Mapping[str, Rule]
    restarts: bool
    dated_snapshots: bool

    @property
    def numbered_trades(self) -> bool:
        """True if `sequence` of live trades counts without holes."""
        return self.trade_ids is not TradeIds.SILENCE

    @property
    def numbered_books(self) -> bool:
        """True if the changes of a book are a chain of numbers that all listeners see alike."""
        return self.book_ids is BookIds.CHAIN


@dataclass(frozen=True, slots=True)
class Missing:
    """Messages `first..last` of a subscription never came."""

    sid: int
    first: int
    last: int


class Subscriptions:
    """For `BookIds.SUBSCRIPTION`: `seq` rises by one per message of a subscription `sid`, over all
    its markets, for one connection.
    """

    def __init__(self) -> None:
        self._last: dict[int, int] = {}

    def take(self, sid: int, seq: int) -> Missing | None:
        """Note a message; what is missing before it, if anything. A repeated or older number is no
        loss.
        """
        last = self._last.get(sid)
        self._last[sid] = seq if last is None else max(last, seq)
        if last is None or seq <= last + 1:
            return None
        return Missing(sid, last + 1, seq - 1)
