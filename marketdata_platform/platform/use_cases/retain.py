"""Retention in a deployment: which policies its configuration means, and journals, which are files
of their own.

Belongs here: policies, and what may go of a journal. Does not: what may go of the store
(workflows.archiving.retain).
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from marketdata_platform.core.datasets import DATASETS, RAW, Tier
from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.core.instrument import GATHERERS, Instrument
from marketdata_platform.core.window import Window, from_us
from marketdata_platform.journal import JournalReader, Position, SegmentInfo, drop_before
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.gatherers.gatherer_counts import local_journal
from marketdata_platform.platform.gatherers.two_tier import own_store
from marketdata_platform.platform.use_cases.land import gatherer_names
from marketdata_platform.platform.watching.run_metrics import note_retention
from marketdata_platform.settings import Settings
from marketdata_platform.workflows.archiving.proof import archived_and_verified
from marketdata_platform.workflows.archiving.retain import Policy, Retained
from marketdata_platform.workflows.archiving.retain import retain as retain_rows
from marketdata_platform.workflows.bookkeeping.cursors import cursor_of

JOURNAL = "journal"
# Local clocks may be behind the exchange's: a frame received before midnight can hold a row of the
# next UTC day.
_CLOCK_SLACK = timedelta(hours=1)
_UNKNOWN_AGE = timedelta(days=30)  # of a segment whose header is damaged


def retain(
    platform: Platform,
    *,
    apply: bool,
    dataset: str | None = None,
    instrument: Instrument | None = None,
    now: datetime | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Retained]:
    """Delete (with `apply`) what is older than configured, and archived and verified; without, say
    what would go.

    `dataset` may be `journal`. The store's rows go first: a journal's segments go only when their
    days are proved.
    """
    at = now or datetime.now(UTC)
    started = time.perf_counter()
    done: list[Retained] = []
    with platform.store.session():
        if dataset != JOURNAL:
            chosen = [one for one in policies(platform.settings) if dataset in (None, one.dataset)]
            done += retain_rows(
                platform.store,
                platform.archive,
                chosen,
                now=at,
                apply=apply,
                derivations=platform.derivations,
                instruments=None if instrument is None else [instrument],
                progress=progress,
            )
        if dataset in (None, JOURNAL) and instrument is None:
            done += _journals(platform, at, apply, progress)
    if apply:
        note_retention(platform, done, time.perf_counter() - started)
    return done


def policies(settings: Settings) -> list[Policy]:
    """Every dataset that is not kept for ever, in the order in which they may go: derived rows
    before raw ones.
    """
    kept = {name: settings.retention_of(name) for name in DATASETS}
    made = [
        Policy(name, keep, name not in settings.archive.skip)
        for name, keep in kept.items()
        if keep is not None
    ]
    return sorted(made, key=lambda one: DATASETS[one.dataset].tier is Tier.RAW)


def _journals(
    platform: Platform, now: datetime, apply: bool, progress: Callable[[str], None] | None
) -> Iterator[Retained]:
    keep = platform.settings.retention_of(JOURNAL)
    if keep is None:
        return
    for name in gatherer_names(platform):
        if progress:
            progress(f"{JOURNAL} {name}")
        try:
            yield from _journal(platform, name, now - keep, apply)
        except (MarketDataError, OSError) as error:
            yield Retained(
                JOURNAL, name, "keep", None, now - keep, reason=f"{type(error).__name__}: {error}"
            )


def _journal(platform: Platform, name: str, cutoff: datetime, apply: bool) -> Iterator[Retained]:
    """The sealed segments of one journal that are old enough, up to the first that may not go."""
    folder = journal_folder(platform, name)
    old = [s for s in JournalReader(folder).segments()[:-1] if s.sealed and _sealed_at(s) < cutoff]
    going, reason = _may_go(platform, name, old)
    if going:
        deleted = _retained("delete", name, going, _sealed_at(going[-1]), "")
        if apply:
            drop_before(folder, Position(going[-1].number + 1, 0))
        yield deleted
    if len(going) < len(old):
        yield _retained("keep", name, old[len(going) :], cutoff, reason)


def _may_go(
    platform: Platform, name: str, old: Sequence[SegmentInfo]
) -> tuple[list[SegmentInfo], str]:
    if not old:
        return [], ""
    going: list[SegmentInfo] = []
    elsewhere = name in platform.settings.gatherers and "://" in platform.settings.journal_of(name)
    # Landing reads the shipped copy then, and the copy stays: lifecycle rules keep the time there.
    landed = 0 if elsewhere else _landed_segment(platform, name)
    unproved = None if elsewhere else _first_unproved_day(platform, old)
    for segment in old:
        if not elsewhere and segment.number >= landed:
            return going, f"segment {segment.number} is not landed: `marketdata land`"
        if (
            unproved is not None
            and _sealed_at(segment) + _CLOCK_SLACK >= Window.of_day(unproved[0]).start
        ):
            return (
                going,
                f"segment {segment.number} may hold rows of {unproved[1]}, which the archive does "
                "not prove",
            )
        reason = _unshipped(platform, name, segment)
        if reason:
            return going, reason
        going.append(segment)
    return going, ""


def _landed_segment(platform: Platform, name: str) -> int:
    """The segment that landing has come to; in the two-tier layout the gatherer's own database says
    it.
    """
    section = platform.settings.gatherers.get(name)
    if section is not None and section.database is not None:
        with own_store(platform.settings, name) as store:
            position = cursor_of(store, name).position
    else:
        position = cursor_of(platform.store, name).position
    return Position.parse(position).segment if position else 0


def _first_unproved_day(
    platform: Platform, segments: Sequence[SegmentInfo]
) -> tuple[date, str] | None:
    """The first UTC day of these segments of which stored raw rows are not proved archived, and
    which rows.
    """
    days = {
        day
        for one in segments
        for day in Window(_created(one) - _CLOCK_SLACK, _sealed_at(one) + _CLOCK_SLACK).days()
    }
    found: list[tuple[date, str]] = []
    datasets = [one.name for one in RAW if one.name not in platform.settings.archive.skip]
    for instrument in (one for one in platform.store.instruments() if one.venue != GATHERERS):
        for dataset in datasets:
            for day in sorted(
                c.day for c in platform.store.coverage(dataset, instrument) if c.day in days
            ):
                if found and day >= min(found)[0]:
                    break
                if not archived_and_verified(
                    platform.archive, platform.store, dataset, instrument, day
                ):
                    found.append((day, f"{dataset} {instrument} {day}"))
                    break
    return min(found, default=None)


def _unshipped(platform: Platform, name: str, segment: SegmentInfo) -> str:
    """Why the segment is not safe in the object store it should be shipped to; empty when it is, or
    need not be.
    """
    section = platform.settings.gatherers.get(name)
    if section is None or not section.ship:
        elsewhere = section is not None and "://" in section.journal
        return (
            "its journal is read from an object store, and `ship` names none: it may be the only "
            "copy"
            if elsewhere
            else ""
        )
    from marketdata_platform.objects.bucket import Bucket

    bucket = Bucket(section.ship, platform.settings.archive)
    moved = bucket.download(segment.path.name, segment.stored_bytes, cast(BinaryIO, _Nowhere()))
    with segment.path.open("rb") as file:
        ours = hashlib.file_digest(file, "sha256").hexdigest()
    if moved is None or moved.sha256 != ours:
        return f"segment {segment.number} is not shipped to {section.ship}, or differs there"
    return ""


class _Nowhere(io.RawIOBase):
    """Takes bytes that are only hashed on their way."""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return memoryview(data).nbytes  # type: ignore[arg-type]


def journal_folder(platform: Platform, name: str) -> Path:
    """The folder on this machine of a gatherer's journal, whether it is there or not."""
    if name not in platform.settings.gatherers:
        return platform.root / "journals" / name
    return local_journal(platform.settings, name)


def _sealed_at(segment: SegmentInfo) -> datetime:
    """When the segment was finished: no record in it came later."""
    return datetime.fromtimestamp(segment.path.stat().st_mtime, UTC)


def _created(segment: SegmentInfo) -> datetime:
    """When the first record in it came; sealing may be days later, after a crash."""
    if segment.header is None:
        return _sealed_at(segment) - _UNKNOWN_AGE
    return min(from_us(segment.header.created_ns // 1_000), _sealed_at(segment))


def _retained(
    action: str, name: str, segments: Sequence[SegmentInfo], before: datetime, reason: str
) -> Retained:
    size = sum(segment.stored_bytes for segment in segments)
    return Retained(
        JOURNAL, name, action, _sealed_at(segments[0]), before, len(segments), size, reason
    )
