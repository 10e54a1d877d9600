"""Repair: what becomes of an open gap once everybody was asked who may have the records.

Belongs here: which gaps REST may fill, what exactly is missing, the verdict. Does not: asking
(feeds.asking), journals and landing (platform.use_cases), finding gaps (finding).

The store decides, never an answer: a gap is repaired when its records are in the store. A venue
that answered for the whole stretch and did not give a record does not have it. Landing closes gaps
that fill and parts those that fill in their middle, so the ledger is read again after each landing
and its rows of then are judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.errors import ConfigurationError, VenueUnavailable
from marketdata_platform.core.window import Window
from marketdata_platform.venues.lookups import numbered_trades
from marketdata_platform.workflows.bookkeeping.gap_ledger import IRREPARABLE, OPEN, REPAIRED, Gap
from marketdata_platform.workflows.ports import Answer, History, Store

Int64s = npt.NDArray[np.int64]
Ids = tuple[int, int]  # first and last, both included

_TRADES = "trades"
_EMPTY_ANSWERS = 3  # attempts after which a venue that answers with nothing is believed
_BOOKS = ("book_deltas", "book_snapshots", "quotes")
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of one gap. `found`: records of the hole that are in the store now and were not
    before.
    """

    gap: Gap
    found: int
    still_missing: int | None  # None where the venue does not number


@dataclass(frozen=True, slots=True)
class RemainingGap:
    """What is missing of a gap just now; `ids` are the stretches of ids that the store lacks, None
    without numbers.
    """

    gap: Gap
    ids: tuple[Ids, ...] | None
    aggregate: bool = False
    stored: int = 0  # records of the gap's time that the store has

    @property
    def missing(self) -> int | None:
        """Records missing; None where nobody can know."""
        return None if self.ids is None else sum(last - first + 1 for first, last in self.ids)


@dataclass(slots=True)
class Asked:
    """How asking for one gap ended: an answer is counted when it is safe in the journal."""

    answers: int = 0
    ended: str = ""  # why the history ends before the hole does; empty: it was answered whole
    unavailable: str = ""  # why it was broken off; to be tried again


def hopeless(gap: Gap) -> str | None:
    """Why no REST history can fill the gap; None when it may."""
    if gap.dataset in _BOOKS:
        return (
            "venues tell no past books over REST; the book is whole again from its next snapshot on"
        )
    if gap.dataset != _TRADES:
        return f"no venue's REST history is read for {gap.dataset}"
    return None


def hole_of(store: Store, gap: Gap) -> RemainingGap:
    """What the store lacks of a gap of trades, as it is now."""
    sequences, aggregate = _stored(store, gap)
    if not numbered_trades(gap.instrument):
        return RemainingGap(gap, None, stored=len(sequences))
    bounds = _bounds(gap, sequences)
    if bounds is None:
        return RemainingGap(gap, (), aggregate, len(sequences))
    first, last = bounds
    inside = np.unique(sequences[(sequences >= first) & (sequences <= last)])
    return RemainingGap(gap, tuple(_between(first, last, inside)), aggregate, len(inside))


def _stored(store: Store, gap: Gap) -> tuple[Int64s, bool]:
    """Sequences (0 where there is none) of the gap's time, its ends included; whether they are
    aggregate trades.
    """
    window = Window(gap.from_time, gap.to_time + _TICK)
    found: list[Int64s] = []
    aggregate = False
    for batch in store.read(
        _TRADES, gap.instrument, window, columns=["sequence", "first_trade_id"]
    ):
        found.append(batch.column("sequence").fill_null(0).to_numpy(zero_copy_only=False))
        aggregate = aggregate or batch.column("first_trade_id").null_count < batch.num_rows
    return (np.concatenate(found) if found else np.zeros(0, np.int64)), aggregate


def _bounds(gap: Gap, sequences: Int64s) -> Ids | None:
    """First and last id of the hole: as the ledger says, else between the records on both sides of
    it.
    """
    if gap.first_missing is not None and gap.last_missing is not None:
        return gap.first_missing, gap.last_missing
    if len(sequences) < 2:
        return None
    return int(sequences.min()), int(sequences.max())


def _between(first: int, last: int, inside: Int64s) -> Iterator[Ids]:
    edges = np.concatenate([[first - 1], inside, [last + 1]])
    for at in np.flatnonzero(np.diff(edges) > 1).tolist():
        yield int(edges[at]) + 1, int(edges[at + 1]) - 1


def ask(history: History, hole: RemainingGap, asked: Asked) -> Iterator[Answer]:
    """The answers that may hold what is missing; how it ended is in `asked`, an error of the
    venue's is not raised.
    """
    try:
        for answers in _questions(history, hole):
            for answer in answers:
                yield answer
                asked.answers += 1
    except VenueUnavailable as error:
        asked.unavailable = str(error)
    except ConfigurationError as error:
        asked.ended = str(error)


def _questions(history: History, hole: RemainingGap) -> Iterator[Iterator[Answer]]:
    one = hole.gap.instrument
    if hole.ids is None:
        yield history.trades_between(one, hole.gap.from_time, hole.gap.to_time + _TICK)
        return
    for first, last in hole.ids:
        yield history.trades(one, first, last, aggregate=hole.aggregate)


def landed_meanwhile(before: Iterable[Gap], ledger: Iterable[Gap]) -> list[Repaired]:
    """What a landing closed of the gaps that were open before it."""
    was_open = {gap.gap_id: gap for gap in before}
    closed = [gap for gap in ledger if gap.gap_id in was_open and gap.status == REPAIRED]
    return [Repaired(gap, was_open[gap.gap_id].missing or 0, 0) for gap in closed]


def now_of(hole: RemainingGap, ledger: Iterable[Gap]) -> list[Gap]:
    """What the ledger has of a hole by now: its own row first, then what was parted from it."""
    own = [gap for gap in ledger if gap.gap_id == hole.gap.gap_id]
    first, last = hole.gap.first_missing, hole.gap.last_missing
    if first is None or last is None:
        return own
    parted = [
        gap
        for gap in ledger
        if gap.gap_id != hole.gap.gap_id
        and (gap.instrument, gap.dataset, gap.status)
        == (hole.gap.instrument, hole.gap.dataset, OPEN)
        and gap.first_missing is not None
        and gap.last_missing is not None
        and first <= gap.first_missing <= gap.last_missing <= last
    ]
    return own + parted


def verdict(
    before: RemainingGap, after: Sequence[RemainingGap], asked: Asked | None, at: datetime
) -> list[Repaired]:
    """What became of a gap, or of the parts that it fell into; `asked` is None when nobody had to
    be asked.

    `after` are the holes that `now_of` gives, as the store leaves them.
    """
    left = [hole.missing for hole in after]
    total = None if None in left else sum(n for n in left if n is not None)
    found = _found(before, after, total)
    judged = []
    for place, hole in enumerate(after):
        gap = (
            _narrowed(hole)
            if asked is None
            else replace(_narrowed(hole), attempts=before.gap.attempts + 1)
        )
        gap = _judged(gap, hole.missing, found, asked, at)
        judged.append(Repaired(gap, found if place == 0 else 0, hole.missing))
    return judged


def _found(before: RemainingGap, after: Sequence[RemainingGap], total: int | None) -> int:
    if before.missing is not None and total is not None:
        return max(0, before.missing - total)
    return max(0, sum(hole.stored for hole in after) - before.stored)


def _narrowed(hole: RemainingGap) -> Gap:
    """The gap with the ids that are missing now, where it was one of ids."""
    if not hole.ids or hole.gap.first_missing is None:
        return hole.gap
    return replace(
        hole.gap, first_missing=hole.ids[0][0], last_missing=hole.ids[-1][1], missing=hole.missing
    )


def _judged(gap: Gap, left: int | None, found: int, asked: Asked | None, at: datetime) -> Gap:
    if left == 0:
        return gap.closed(REPAIRED, at)
    if asked is None:
        return gap
    if asked.unavailable:
        return replace(gap, reason=asked.unavailable[:500])
    if asked.ended:
        return gap.closed(IRREPARABLE, at, asked.ended[:500])
    return _judged_by_answers(gap, left, found, at)


def _judged_by_answers(gap: Gap, left: int | None, found: int, at: datetime) -> Gap:
    """The verdict on a gap for which the venue answered all that it has."""
    if left is None:  # answered whole by time: what the venue has is in the store
        return gap.closed(REPAIRED, at)
    if found == 0 and gap.attempts < _EMPTY_ANSWERS:
        return replace(gap, reason=f"the venue gave none of {left} missing ids; asked again")
    return gap.closed(
        IRREPARABLE, at, f"the venue was asked for these ids and does not have {left} of them"
    )
