"""Retention of journals: a segment goes when it is old, landed, shipped where it should be, and all
rows that it may hold are proved to be archived.

Belongs here: what may go of a journal. Does not: rows of the store (retain), segments (the port
`RetainableJournal`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.core.instrument import GATHERERS, Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.archiving.proof import archived_and_verified
from marketdata_platform.workflows.archiving.retain import Retained
from marketdata_platform.workflows.ports import Archive, RetainableJournal, SealedSegment, Store

JOURNAL = "journal"
# Local clocks may be behind the exchange's: a frame received before midnight can hold a row of the
# next UTC day.
_CLOCK_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class JournalRetention:
    """What retention of one journal needs."""

    store: Store
    archive: Archive
    journal: RetainableJournal
    landed_segment: Callable[[], int]  # the segment that landing has come to
    datasets: Collection[str]  # those whose rows must be archived before segments go


def retain_journal(case: JournalRetention, *, cutoff: datetime, apply: bool) -> Iterator[Retained]:
    """Delete (with `apply`) the segments that were sealed before `cutoff`, up to the first that may
    not go; without, say which would. What goes wrong is reported as a reason to keep.
    """
    name = case.journal.name
    try:
        yield from _settle(case, cutoff, apply)
    except (MarketDataError, OSError) as error:
        reason = f"{type(error).__name__}: {error}"
        yield Retained(JOURNAL, name, "keep", None, cutoff, reason=reason)


def _settle(case: JournalRetention, cutoff: datetime, apply: bool) -> Iterator[Retained]:
    segments = case.journal.sealed_segments()
    old = [segment for segment in segments if segment.sealed < cutoff]
    going, reason = _may_go(case, old)
    if going:
        verdict = _verdict(case, "delete", going, going[-1].sealed, "")
        if apply:
            case.journal.drop_through(going[-1])
        yield verdict
    if len(going) < len(old):
        yield _verdict(case, "keep", old[len(going) :], cutoff, reason)


def _may_go(
    case: JournalRetention, old: Sequence[SealedSegment]
) -> tuple[list[SealedSegment], str]:
    """The leading segments that may go, and why the next one may not."""
    going: list[SealedSegment] = []
    if not old:
        return going, ""
    # Landing reads the shipped copy then, and the copy stays: lifecycle rules keep the time there.
    elsewhere = case.journal.landed_from_elsewhere
    landed = None if elsewhere else case.landed_segment()
    unproved = None if elsewhere else _first_unproved_day(case, old)
    for segment in old:
        reason = (
            _unlanded(segment, landed)
            or _unproved(segment, unproved)
            or case.journal.unshipped(segment)
        )
        if reason:
            return going, reason
        going.append(segment)
    return going, ""


def _unlanded(segment: SealedSegment, landed: int | None) -> str:
    if landed is None or segment.number < landed:
        return ""
    return f"segment {segment.number} is not landed: `marketdata land`"


def _unproved(segment: SealedSegment, first: tuple[date, str] | None) -> str:
    if first is None or segment.sealed + _CLOCK_SLACK < Window.of_day(first[0]).start:
        return ""
    return f"segment {segment.number} may hold rows of {first[1]}, which the archive does not prove"


def _first_unproved_day(
    case: JournalRetention, segments: Sequence[SealedSegment]
) -> tuple[date, str] | None:
    """The first UTC day of these segments of which stored raw rows are not proved archived, and
    which rows.
    """
    stretches = [Window(one.created - _CLOCK_SLACK, one.sealed + _CLOCK_SLACK) for one in segments]
    days = {day for stretch in stretches for day in stretch.days()}
    first: tuple[date, str] | None = None
    for instrument in case.store.instruments():
        for dataset in () if instrument.venue == GATHERERS else case.datasets:
            before = days if first is None else {day for day in days if day < first[0]}
            day = _first_unproved(case, dataset, instrument, before)
            if day is not None:
                first = (day, f"{dataset} {instrument} {day}")
    return first


def _first_unproved(
    case: JournalRetention, dataset: str, instrument: Instrument, days: set[date]
) -> date | None:
    held = (one.day for one in case.store.coverage(dataset, instrument))
    for day in sorted(days.intersection(held)):
        if not archived_and_verified(case.archive, case.store, dataset, instrument, day):
            return day
    return None


def _verdict(
    case: JournalRetention,
    action: str,
    segments: Sequence[SealedSegment],
    before: datetime,
    reason: str,
) -> Retained:
    size = sum(segment.stored_bytes for segment in segments)
    first = segments[0].sealed
    return Retained(JOURNAL, case.journal.name, action, first, before, len(segments), size, reason)
