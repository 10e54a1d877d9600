"""A local order book: rebuilt from a snapshot and what changed since, with exact numbers.

Belongs here: the book and the verdicts on an event. Does not: a venue's rule for what follows what
(venues.continuity). A book that an event does not fit is invalid at once, says so, and stays so
until a snapshot joins: a wrong book that looks right is the worst that a recorder can give.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Protocol, TypeAlias

Level: TypeAlias = tuple[Decimal, Decimal]  # price, quantity (or its signed change)


@dataclass(frozen=True, slots=True)
class BookEvent:
    """A whole book (`snapshot`) or changed levels, with what is there now (0: gone), or its change
    where `signed`.
    """

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    snapshot: bool = False
    first_id: int | None = None
    last_id: int | None = None
    previous_id: int | None = None
    signed: bool = False


class Verdict(Enum):
    """What an event is to a book."""

    APPLY = "apply"
    STALE = "stale"  # the book has it already
    GAP = "gap"  # something between the book and it is missing


class Rule(Protocol):
    """A venue's rule. `fresh`: the book's last event was a snapshot, and this would be the first
    one joined to it.
    """

    def __call__(self, last_id: int | None, event: BookEvent, fresh: bool) -> Verdict:
        """The verdict on an event that is no snapshot."""
        ...


class Book:
    """The levels of one instrument. `valid` is false before the first snapshot and after a gap."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}
        self._fresh = False
        self.valid = False
        self.last_id: int | None = None

    def apply(self, event: BookEvent) -> Verdict:
        """Take the next event. GAP makes the book invalid; until a snapshot joins, every change is
        a GAP.
        """
        if event.snapshot:
            self._bids, self._asks = dict(event.bids), dict(event.asks)
            self.valid, self._fresh, self.last_id = True, True, event.last_id
            return Verdict.APPLY
        if not self.valid:
            return Verdict.GAP
        verdict = self._rule(self.last_id, event, self._fresh)
        if verdict is Verdict.APPLY:
            changed = [_change(side, levels, event.signed) for side, levels in self._sides(event)]
            self._fresh, self.last_id = False, event.last_id
            if not all(changed):
                verdict = Verdict.GAP
        if verdict is Verdict.GAP:
            self.invalidate()
        return verdict

    def invalidate(self) -> None:
        """Forget the book: the connection broke, or a message of another kind reported a loss."""
        self._bids, self._asks = {}, {}
        self.valid, self._fresh, self.last_id = False, False, None

    def top(self) -> tuple[Level | None, Level | None]:
        """Best bid and best ask; None for a side without orders, and for both while the book is
        invalid.
        """
        bid, ask = max(self._bids, default=None), min(self._asks, default=None)
        return (
            None if bid is None else (bid, self._bids[bid]),
            None if ask is None else (ask, self._asks[ask]),
        )

    def levels(self, depth: int | None = None) -> tuple[list[Level], list[Level]]:
        """Bids from the highest and asks from the lowest, at most `depth` per side."""
        bids, asks = sorted(self._bids.items(), reverse=True), sorted(self._asks.items())
        return bids[:depth], asks[:depth]

    def _sides(
        self, event: BookEvent
    ) -> Iterable[tuple[dict[Decimal, Decimal], tuple[Level, ...]]]:
        return (self._bids, event.bids), (self._asks, event.asks)


def _change(side: dict[Decimal, Decimal], levels: tuple[Level, ...], signed: bool) -> bool:
    """Change levels; False when a signed change takes more away than is there: then a message was
    lost.
    """
    for price, quantity in levels:
        now = side.get(price, Decimal(0)) + quantity if signed else quantity
        if now < 0:
            return False
        if now:
            side[price] = now
        else:
            side.pop(price, None)
    return True
