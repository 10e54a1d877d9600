"""After a landing: the holes that no gatherer could fill go into the ledger, and those that were
filled leave it.

Belongs here: what is looked at, and when a hole may be opened. Does not: how one is found
(sequence_gaps, book_gaps, outage_gaps). A hole is opened once every gatherer has been landed beyond
it, or has had its time: `settle_seconds`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.continuity import IdGap
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window, day_of_us, from_us, to_us
from marketdata_platform.venues.lookups import numbered_trades
from marketdata_platform.workflows.bookkeeping.gap_ledger import (
    BY_BOOK,
    BY_SILENCE,
    OPEN,
    REPAIRED,
    Gap,
    new_gap,
    read_gaps,
    write_gaps,
)
from marketdata_platform.workflows.bookkeeping.ingest_state import (
    AddedRows,
    Mark,
    Outage,
    Pending,
    parted_key,
    pending_key,
)
from marketdata_platform.workflows.gaps.book_gaps import (
    BookGap,
    breaks_in_book,
    numbered_book,
    touched_chain,
)
from marketdata_platform.workflows.gaps.outage_gaps import (
    forget_losses,
    joined,
    newest_of,
    silences,
)
from marketdata_platform.workflows.gaps.sequence_gaps import (
    changed_ledger,
    holes_after,
    holes_on_days,
    mark_after,
    touched_numbers,
)
from marketdata_platform.workflows.ports import Store

_KEPT_US = 2 * 86_400_000_000  # a gatherer may come back after a day


@dataclass(frozen=True, slots=True)
class Settling:
    """When a hole is settled: `reached` is the receipt up to which each gatherer has been landed,
    None: not at all.
    """

    now: datetime
    settle: timedelta
    reached: Mapping[str, datetime | None]

    def settled(self, until: datetime) -> bool:
        """True if nobody can be expected to fill a hole that ends at `until`."""
        if until + self.settle <= self.now:
            return True
        return all(moment is not None and moment >= until for moment in self.reached.values())


def numbered(instrument: Instrument, dataset: str) -> bool:
    """True if holes in a dataset are seen in its numbers."""
    return dataset == "trades" and numbered_trades(instrument)


def find_gaps(store: Store, pending: Pending, settling: Settling) -> list[Gap]:
    """Bring the ledger up to date with what was added; what changed in it. What is not settled
    stays pending.
    """
    changed: list[Gap] = []
    for key in list(pending.touched):
        instrument, dataset = parted_key(key)
        if numbered(instrument, dataset):
            changed += _look_at_ids(store, instrument, pending, pending.touched[key], settling)
        elif numbered_book(instrument, dataset):
            changed += _look_at_book(store, instrument, pending, pending.touched[key], settling)
        else:
            del pending.touched[key]
    for key in list(pending.losses):
        changed += _look_at_silence(store, key, pending, settling)
    forget_losses(pending, _KEPT_US)
    write_gaps(store, changed)
    return changed


def _look_at_book(
    store: Store, instrument: Instrument, pending: Pending, touched: AddedRows, settling: Settling
) -> list[Gap]:
    """Open breaks of the chain, and close those that late updates filled."""
    key = pending_key(instrument, "book_deltas")
    mark = pending.marks.get(key)
    gaps = read_gaps(store, instrument, dataset="book_deltas")
    unfilled = [gap for gap in gaps if gap.status != REPAIRED]
    known = {(gap.first_missing, gap.last_missing): gap for gap in unfilled}
    breaks, window, after = breaks_in_book(store, instrument, touched, mark, unfilled)
    changed = [gap.closed(REPAIRED, settling.now) for gap in _filled(known, breaks, window)]
    new = [one for one in breaks if (one.first, one.last) not in known]
    changed += _opened_breaks(instrument, new, settling)
    if all(settling.settled(from_us(one.before_us)) for one in new):
        del pending.touched[key]
        if mark is None or after.time_us >= mark.time_us:
            pending.marks[key] = after
    pending.note_broken(key, bool(breaks))
    return changed


def _opened_breaks(
    instrument: Instrument, breaks: Iterable[BookGap], settling: Settling
) -> list[Gap]:
    """Breaks that are settled, as gaps; between ids that began anew time may run backwards."""
    opened = []
    for one in breaks:
        span = (from_us(one.after_us), from_us(max(one.before_us, one.after_us)))
        if settling.settled(span[1]):
            ids = (one.first, one.last)
            opened.append(new_gap(instrument, "book_deltas", span, BY_BOOK, settling.now, ids=ids))
    return opened


def _filled(
    known: Mapping[tuple[int | None, int | None], Gap], breaks: Iterable[BookGap], window: Window
) -> Iterator[Gap]:
    """The known gaps inside the window that are no breaks any more."""
    found = {(one.first, one.last) for one in breaks}
    for ids, gap in known.items():
        if ids not in found and window.start <= gap.from_time and gap.to_time < window.end:
            yield gap


def _look_at_silence(store: Store, key: str, pending: Pending, settling: Settling) -> list[Gap]:
    """Open the time in which no gatherer listened, and close what one of them had heard after
    all.
    """
    instrument, dataset = parted_key(key)
    gaps = read_gaps(store, instrument, dataset=dataset)
    known = [gap for gap in gaps if gap.detected_by == BY_SILENCE]
    changed = [
        gap.closed(REPAIRED, settling.now)
        for gap in known
        if gap.status == OPEN and _was_heard(pending, key, gap)
    ]
    held = joined(_span_of(gap) for gap in known)
    for start, end in silences(pending, key, _newly_settled(pending, key, settling)):
        if not any(a <= start and end <= b for a, b in held):
            span = (from_us(start), from_us(end))
            changed.append(new_gap(instrument, dataset, span, BY_SILENCE, settling.now))
    return changed


def _newly_settled(pending: Pending, key: str, settling: Settling) -> list[Outage]:
    """The losses that nobody can be expected to fill any more, each told once."""
    losses = [
        loss for losses in pending.losses[key].values() for loss in losses if not loss.in_ledger
    ]
    news = [loss for loss in losses if settling.settled(from_us(loss.until_us))]
    for loss in news:
        loss.in_ledger = True
    return news


def _was_heard(pending: Pending, key: str, gap: Gap) -> bool:
    """True if a gatherer that was landed late had listened; of older gaps the losses are
    forgotten.
    """
    start, end = _span_of(gap)
    if start < newest_of(pending, key) - _KEPT_US:
        return False
    return not silences(pending, key, [Outage(start, end)])


def _span_of(gap: Gap) -> tuple[int, int]:
    return to_us(gap.from_time), to_us(gap.to_time)


def touch(pending: Pending, batches: Iterable[tuple[Instrument, Batch]]) -> bool:
    """Note rows that are going to be added, where there may be holes between them; whether that is
    news to be kept.

    Rows that follow what was looked through already only move the mark.
    """
    added: dict[str, AddedRows] = {}
    for instrument, batch in batches:
        dataset, key = batch.dataset.name, pending_key(instrument, batch.dataset.name)
        mark, broken = pending.marks.get(key), key in pending.broken
        if not len(batch):
            continue
        if numbered(instrument, dataset):
            touched, mark = touched_numbers(batch, mark, broken)
        elif numbered_book(instrument, dataset):
            touched, mark = touched_chain(instrument, batch.rows, mark, broken)
        else:
            continue
        if touched is not None:
            added[key] = touched.widened(added[key]) if key in added else touched
        elif mark is not None and key not in pending.touched and key not in added:
            pending.marks[key] = mark
    return pending.touch(added)


def newly_opened(changed: Iterable[Gap], at: datetime) -> int:
    """How many of the changes are holes opened now."""
    return sum(gap.status == OPEN and gap.opened_at == at for gap in changed)


def _look_at_ids(
    store: Store, instrument: Instrument, pending: Pending, touched: AddedRows, settling: Settling
) -> list[Gap]:
    """Open holes in the numbers, and close or shrink those that were filled."""
    key = pending_key(instrument, "trades")
    mark, known = pending.marks.get(key), read_gaps(store, instrument, dataset="trades")
    if mark is not None and _only_behind(touched, mark, known):
        holes, days = holes_after(store, instrument, touched, mark), None
    else:
        holes = holes_on_days(store, instrument, touched)
        days = (day_of_us(touched.first_us), day_of_us(touched.last_us))
    waiting = [hole for hole in holes if not settling.settled(hole.before)]
    changed = changed_ledger(instrument, known, holes, days, settling.now)
    if waiting:
        return [gap for gap in changed if gap.opened_at != settling.now or not _in(gap, waiting)]
    del pending.touched[key]
    left = {gap.gap_id: gap for gap in (*known, *changed)}.values()
    pending.note_broken(key, any(gap.status != REPAIRED for gap in left))
    after = mark_after(store, instrument)
    if after is not None:
        pending.marks[key] = after
    return changed


def _only_behind(touched: AddedRows, mark: Mark, known: Iterable[Gap]) -> bool:
    """True if only rows behind the mark can have changed anything. All holes up to it are known, so
    rows before it matter only where there are some, or where they begin earlier.
    """
    if touched.first is not None and touched.first > mark.number:
        return True
    unfilled = any(gap.status != REPAIRED for gap in known)
    return not unfilled and (touched.first or 0) >= mark.first


def _in(gap: Gap, holes: Iterable[IdGap]) -> bool:
    first = gap.first_missing
    return first is not None and any(
        hole.first_missing <= first <= hole.last_missing for hole in holes
    )
