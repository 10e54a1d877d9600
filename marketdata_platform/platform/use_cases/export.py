"""Exporting the open day: hours that are over go to the archive, and become one file once their day
is archived.

Belongs here: which datasets, days and hours of a deployment. Does not: writing them
(workflows.archive_hours).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.workflows.archiving.hours import compact_day, export_hours
from marketdata_platform.workflows.bookkeeping.cursors import cursor_of

_LOOK_BACK = timedelta(days=2)


@dataclass(slots=True)
class Exported:
    """What one export did."""

    hours: int = 0
    rows: int = 0
    compacted: int = 0


def export_open_days(
    platform: Platform,
    *,
    now: datetime | None = None,
    progress: Callable[[str], None] | None = None,
) -> Exported:
    """Write the hours that every gatherer has passed, of what is captured; compact days that are
    archived whole.

    Running it again adds what came since. Nothing is exported while a gatherer was never landed.
    """
    at = now or datetime.now(UTC)
    done = Exported()
    store, archive = platform.store, platform.archive
    until = _passed(platform)
    with store.session():
        for instrument, dataset, day in _places(platform, at.date() - _LOOK_BACK):
            if until is not None:
                for hour in export_hours(store, archive, dataset, instrument, day, until=until):
                    done.hours += hour.written
                    done.rows += hour.manifest.rows if hour.written else 0
            if archive.manifest(dataset, instrument, day) is None or not list(
                archive.hours(dataset, instrument, day)
            ):
                continue
            compacted = compact_day(store, archive, dataset, instrument, day, now=at)
            done.compacted += not compacted.kept
            if progress is not None:
                progress(
                    f"{compacted.partition}: "
                    f"{compacted.kept or f'{compacted.hours} hours are one file now'}"
                )
    return done


def _places(platform: Platform, since: date) -> list[tuple[Instrument, str, date]]:
    return [
        (instrument, dataset, held.day)
        for instrument, datasets in sorted(platform.settings.captured().items())
        for dataset in sorted({"trades", *datasets} - set(platform.settings.archive.skip))
        for held in platform.store.coverage(dataset, instrument)
        if held.day >= since
    ]


def _passed(platform: Platform) -> datetime | None:
    """Up to where every gatherer has been landed, settled; None when one never was."""
    reached = [cursor_of(platform.store, name).ts_recv for name in platform.settings.gatherers]
    known = [moment for moment in reached if moment is not None]
    if len(known) < len(reached):
        return None
    return min(known) - timedelta(seconds=platform.settings.landing.settle_seconds)
