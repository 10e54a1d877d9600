"""After a landing: the holes that no gatherer could fill go into the ledger, and those that were filled leave it.

Belongs here: what is looked at, and when a hole may be opened. Does not: how one is found (gap_ids, gap_books,
gap_silence). A hole is opened once every gatherer has been landed beyond it, or has had its time: `settle_seconds`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketdata_platform.core.continuity import IdGap
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import day_of_us, from_us, to_us
from marketdata_platform.venues.continuity import numbered_trades
from marketdata_platform.workflows.gap_ids import changed_ledger, holes_by_ids, mark_after, only_newer
from marketdata_platform.workflows.gap_ledger import BY_SILENCE, OPEN, REPAIRED, Gap, new_gap, read_gaps, write_gaps
from marketdata_platform.workflows.gap_pending import Loss, Pending, Touched, parted_key, pending_key
from marketdata_platform.workflows.gap_silence import forget_losses, joined, newest_of, silences
from marketdata_platform.workflows.ports import Store

_KEPT_US = 2 * 86_400_000_000  # a gatherer may come back after a day


@dataclass(frozen=True, slots=True)
class Settling:
    """When a hole is settled: `reached` is the receipt up to which each gatherer has been landed, None: not at all."""

    now: datetime
    settle: timedelta
    reached: Mapping[str, datetime | None]

    def settled(self, until: datetime) -> bool:
        """Whether nobody can be expected to fill a hole that ends at `until`."""
        if until + self.settle <= self.now:
            return True
        return all(moment is not None and moment >= until for moment in self.reached.values())


def numbered(instrument: Instrument, dataset: str) -> bool:
    """Whether holes in a dataset are seen in its numbers."""
    return dataset == "trades" and numbered_trades(instrument)


def find_gaps(store: Store, pending: Pending, settling: Settling) -> list[Gap]:
    """Bring the ledger up to date with what was added; what changed in it. What is not settled stays pending."""
    changed: list[Gap] = []
    for key in list(pending.touched):
        instrument, dataset = parted_key(key)
        if numbered(instrument, dataset):
            changed += _look_at_ids(store, instrument, pending, pending.touched[key], settling)
        else:
            del pending.touched[key]
    for key in list(pending.losses):
        changed += _look_at_silence(store, key, pending, settling)
    forget_losses(pending, _KEPT_US)
    write_gaps(store, changed)
    return changed


def _look_at_silence(store: Store, key: str, pending: Pending, settling: Settling) -> list[Gap]:
    """Open the time in which no gatherer listened, and close what one of them had heard after all."""
    instrument, dataset = parted_key(key)
    untold = [
        loss
        for losses in pending.losses[key].values()
        for loss in losses
        if not loss.told and settling.settled(from_us(loss.until_us))
    ]
    known = [gap for gap in read_gaps(store, instrument, dataset=dataset) if gap.detected_by == BY_SILENCE]
    changed = []
    for gap in known:
        recent = to_us(gap.from_time) >= newest_of(pending, key) - _KEPT_US  # of older ones the losses are forgotten
        heard = recent and not silences(pending, key, [Loss(to_us(gap.from_time), to_us(gap.to_time))])
        if gap.status == OPEN and heard:
            changed.append(gap.closed(REPAIRED, settling.now))
    held = joined((to_us(gap.from_time), to_us(gap.to_time)) for gap in known)
    for start, end in silences(pending, key, untold):
        if not any(a <= start and end <= b for a, b in held):
            span = (from_us(start), from_us(end))
            changed.append(new_gap(instrument, dataset, span, BY_SILENCE, settling.now))
    for loss in untold:
        loss.told = True
    return changed


def newly_opened(changed: Iterable[Gap], at: datetime) -> int:
    """How many of the changes are holes opened now."""
    return sum(gap.status == OPEN and gap.opened_at == at for gap in changed)


def _look_at_ids(
    store: Store, instrument: Instrument, pending: Pending, touched: Touched, settling: Settling
) -> list[Gap]:
    key = pending_key(instrument, "trades")
    mark = pending.marks.get(key)
    holes = holes_by_ids(store, instrument, touched, mark)
    settled = [hole for hole in holes if settling.settled(hole.before)]
    newer = only_newer(touched, mark)
    days = None if newer else (day_of_us(touched.first_us), day_of_us(touched.last_us))
    changed: Sequence[Gap] = []
    if settled or not newer:
        known = read_gaps(store, instrument, dataset="trades")
        changed = changed_ledger(instrument, known, holes if days else settled, days, settling.now)
        unsettled = [hole for hole in holes if hole not in settled]
        changed = [gap for gap in changed if gap.opened_at != settling.now or not _in(gap, unsettled)]
    if len(settled) == len(holes):
        del pending.touched[key]
        after = mark_after(store, instrument)
        if after is not None:
            pending.marks[key] = after
    return list(changed)


def _in(gap: Gap, holes: Iterable[IdGap]) -> bool:
    first = gap.first_missing
    return first is not None and any(hole.first_missing <= first <= hole.last_missing for hole in holes)
