"""Exporting the open day: hours that are over go to the archive, and become one file once their day
is archived.

Belongs here: which datasets, days and hours. Does not: writing them (hours).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.archiving.hours import compact_day, export_hours
from marketdata_platform.workflows.archiving.landed_days import Captured, landed_until
from marketdata_platform.workflows.ports import Archive, Store

_LOOK_BACK = timedelta(days=2)


@dataclass(slots=True)
class Exported:
    """What one export did."""

    hours: int = 0
    rows: int = 0
    compacted: int = 0


def export_open_days(
    store: Store,
    archive: Archive,
    captured: Captured,
    *,
    skip: Collection[str],
    now: datetime,
    progress: Callable[[str], None] | None = None,
) -> Exported:
    """Write the hours that every gatherer has passed, of what is captured; compact days that are
    archived whole. `skip`: datasets that are not archived.

    Running it again adds what came since. Nothing is exported while a gatherer was never landed.

    Raises:
        ArchiveUnavailable, ArchiveChanged: the archive does not answer, or another exporter was
            quicker: run it again.
    """
    done = Exported()
    until = landed_until(store, captured)
    with store.session():
        for instrument, dataset, day in _places(store, captured, skip, now.date() - _LOOK_BACK):
            if until is not None:
                for hour in export_hours(store, archive, dataset, instrument, day, until=until):
                    done.hours += hour.written
                    done.rows += hour.manifest.rows if hour.written else 0
            if not _is_compactable(archive, dataset, instrument, day):
                continue
            compacted = compact_day(store, archive, dataset, instrument, day, now=now)
            done.compacted += not compacted.kept
            if progress is not None:
                outcome = compacted.kept or f"{compacted.hours} hours are one file now"
                progress(f"{compacted.partition}: {outcome}")
    return done


def _places(
    store: Store, captured: Captured, skip: Collection[str], since: date
) -> list[tuple[Instrument, str, date]]:
    return [
        (instrument, dataset, held.day)
        for instrument, datasets in sorted(captured.datasets.items())
        for dataset in sorted({"trades", *datasets} - set(skip))
        for held in store.coverage(dataset, instrument)
        if held.day >= since
    ]


def _is_compactable(archive: Archive, dataset: str, instrument: Instrument, day: date) -> bool:
    """True if the day is archived and hours of it still lie apart."""
    if archive.manifest(dataset, instrument, day) is None:
        return False
    return bool(archive.hours(dataset, instrument, day))
