"""What the record of an instrument holds and lacks: its days, its id gaps, and the time that no
source vouches for.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from marketdata_platform.core.continuity import IdGap, id_gaps, merged, uncovered
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.bookkeeping.contiguous_ids import contiguous_trade_ids
from marketdata_platform.workflows.bookkeeping.day_frame import frame_of_day
from marketdata_platform.workflows.bookkeeping.gap_ledger import REPAIRED, read_gaps
from marketdata_platform.workflows.bookkeeping.recorded_spans import LIVE
from marketdata_platform.workflows.bookkeeping.retention_tombstones import DroppedDay, dropped_days
from marketdata_platform.workflows.ports import Coverage, Store

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Record:
    """The trades of one instrument as the store's bookkeeping knows them; no trade is read for
    it.
    """

    instrument: Instrument
    days: tuple[Coverage, ...]  # UTC days with trades, sorted
    covered: tuple[Window, ...]  # stretches that the sources claim to record without a hole, merged
    dropped: tuple[DroppedDay, ...] = ()  # days that retention has deleted, sorted

    @property
    def rows(self) -> int:
        """Trades stored."""
        return sum(day.rows for day in self.days)

    @cached_property
    def known(self) -> tuple[Coverage, ...]:
        """UTC days that have, or had before retention deleted them, trades; sorted. Rests of
        deleted days are not.
        """
        gone = [one.coverage for one in self.dropped]
        return tuple(
            sorted([*gone, *(day for day in self.days if self.dropped_on(day.day) is None)])
        )

    def dropped_on(self, day: date) -> DroppedDay | None:
        """The deleted day, when `day` is one."""
        return self._gone.get(day)

    @cached_property
    def _gone(self) -> dict[date, DroppedDay]:
        return {one.day: one for one in self.dropped}

    @property
    def span(self) -> Window | None:
        """From the first moment that is recorded to the last; None without trades."""
        known = self.known
        if not known:
            return None
        first = min(known[0].first_time, *(w.start for w in self.covered[:1]))
        last = max(known[-1].last_time + _TICK, *(w.end for w in self.covered[-1:]))
        return Window(first, last)

    @property
    def missing_ids(self) -> int | None:
        """Ids missing between the first and the last trade; None where the venue's ids are not
        contiguous.
        """
        known = self.known
        first = [d.first_sequence for d in known if d.first_sequence is not None]
        last = [d.last_sequence for d in known if d.last_sequence is not None]
        if not contiguous_trade_ids(self.instrument) or not first or not last:
            return None
        return max(last) - min(first) + 1 - sum(day.rows for day in known)


def open_record(store: Store, instrument: Instrument) -> Record:
    """The record of `instrument`."""
    days = tuple(sorted(store.coverage("trades", instrument)))
    stretches, live = _claimed(store, instrument)
    stretches += _without_gaps(store, instrument, live)
    dropped = dropped_days(store, instrument, days)
    known = [
        Window(d.first_time, d.last_time + _TICK)
        for d in (*(one.coverage for one in dropped), *days)
    ]
    return Record(instrument, days, tuple(merged(stretches or known)), dropped)


def _claimed(store: Store, instrument: Instrument) -> tuple[list[Window], list[Window]]:
    """What files, and what gatherers, say that they hold without a hole."""
    files: list[Window] = []
    live: list[Window] = []
    for batch in store.read("imports", instrument, columns=["format", "covers_from", "covers_to"]):
        for row in batch.to_pylist():
            start, end = row["covers_from"], row["covers_to"]
            if start is not None and end is not None and start < end:
                (live if row["format"] == LIVE else files).append(Window(start, end))
    return files, live


def _without_gaps(store: Store, instrument: Instrument, live: list[Window]) -> list[Window]:
    """What gatherers recorded, but for what the gap ledger says none of them heard and nothing
    filled.
    """
    if not live:
        return []
    unfilled = [
        gap for gap in read_gaps(store, instrument, dataset="trades") if gap.status != REPAIRED
    ]
    missing = [Window(gap.from_time, gap.to_time + _TICK) for gap in unfilled]
    return [part for window in live for part in uncovered(window, missing)]


def holes_of_day(store: Store, record: Record, day: date) -> list[Window]:
    """Stretches of the UTC day in which trades are known, or must be feared, to be missing.

    Where ids are contiguous only the ids decide, up to the ends of the record; elsewhere what the
    sources claim.
    """
    dropped = record.dropped_on(day)
    if dropped is not None:
        return list(dropped.holes)
    window = Window.of_day(day)
    if not contiguous_trade_ids(record.instrument):
        return uncovered(window, record.covered)
    gaps = [_clip(gap.window, window) for gap in day_gaps(store, record, day)]
    ends = [record.span] if record.span else []
    return merged(uncovered(window, ends) + [gap for gap in gaps if gap])


def day_gaps(store: Store, record: Record, day: date) -> list[IdGap]:
    """Id gaps that touch the UTC day, those over its midnights included; none where ids are not
    contiguous.

    The day's trades are read only when the bookkeeping says that ids are missing inside it; those
    of a deleted day are gone, and it knows no gap.
    """
    if not contiguous_trade_ids(record.instrument) or record.dropped_on(day) is not None:
        return []
    numbered = [d for d in record.known if None not in (d.first_sequence, d.last_sequence)]
    here = [d for d in numbered if d.day == day]
    at = bisect_left(numbered, day, key=lambda one: one.day)
    around = numbered[max(at - 1, 0) : at + len(here) + 1]
    gaps = [gap for left, right in pairwise(around) if (gap := _between(left, right))]
    if here and here[0].last_sequence - here[0].first_sequence + 1 > here[0].rows:  # type: ignore[operator]
        gaps += id_gaps(
            frame_of_day(store, "trades", record.instrument, day, ["ts_event", "sequence"])
        )
    return sorted(gaps)


def _between(left: Coverage, right: Coverage) -> IdGap | None:
    assert left.last_sequence is not None and right.first_sequence is not None
    if right.first_sequence <= left.last_sequence + 1:
        return None
    return IdGap(left.last_sequence + 1, right.first_sequence - 1, left.last_time, right.first_time)


def _clip(window: Window, bounds: Window) -> Window | None:
    start, end = max(window.start, bounds.start), min(window.end, bounds.end)
    return Window(start, end) if start < end else None
