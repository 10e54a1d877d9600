"""The state of one instrument: coverage, gaps, quarantine, checkpoints, archive."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from marketdata_platform.core.datasets import CHECKPOINTS, QUARANTINE, RAW
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.bookkeeping.record import Record, day_gaps, open_record
from marketdata_platform.workflows.deriving.derivation import Derivation
from marketdata_platform.workflows.deriving.derive import stale_days
from marketdata_platform.workflows.ports import Archive, Store

_VALUE = re.compile(r"""'[^']*'|"[^"]*\"""")


@dataclass(frozen=True, slots=True)
class Status:
    """Counts of one instrument; `derived`, `stale` and `archived` count dataset-days."""

    first_day: date | None
    last_day: date | None
    days: int
    trades: int
    missing_ids: int | None
    gaps: tuple[str, ...]
    quarantined: int
    quarantine_reasons: Mapping[str, int]
    derived: int
    derivable: int
    stale: int
    archived: int
    archivable: int


def status_of(
    store: Store, archive: Archive, derivations: Mapping[str, Derivation], instrument: Instrument
) -> Status:
    """The status of `instrument`."""
    record = open_record(store, instrument)
    days = [c.day for c in record.days]
    stale = {name: set(of) for name, of in stale_days(store, instrument, derivations, days).items()}
    written = _written(store, instrument, list(derivations))
    out_of_date = sum(len(stale[name] & written[name].keys()) for name in derivations)
    reasons = _quarantine(store, instrument)
    return Status(
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        days=len(days),
        trades=record.rows,
        missing_ids=record.missing_ids,
        gaps=_gaps(store, record),
        quarantined=sum(reasons.values()),
        quarantine_reasons=dict(reasons.most_common()),
        derived=len(days) * len(derivations) - sum(len(of) for of in stale.values()),
        derivable=len(days) * len(derivations),
        stale=out_of_date,
        archived=sum(1 for _ in archive.manifests(instrument=instrument)),
        archivable=_recorded_days(store, instrument)
        + sum(1 for of in written.values() for rows in of.values() if rows),
    )


def _recorded_days(store: Store, instrument: Instrument) -> int:
    """Days with rows, of every raw dataset."""
    return sum(1 for kind in RAW for day in store.coverage(kind.name, instrument) if day.rows)


def _written(
    store: Store, instrument: Instrument, datasets: list[str]
) -> dict[str, dict[date, int]]:
    """Rows of each day that was derived, whether it still follows from the trades or not."""
    written: dict[str, dict[date, int]] = {name: {} for name in datasets}
    for batch in store.read(CHECKPOINTS.name, instrument, columns=["dataset", "day", "rows"]):
        for row in batch.to_pylist():
            if row["rows"] is not None and row["dataset"] in written:
                written[row["dataset"]][row["day"]] = row["rows"]
    return written


def _quarantine(store: Store, instrument: Instrument) -> Counter[str]:
    reasons: Counter[str] = Counter()
    for batch in store.read(QUARANTINE.name, instrument, columns=["reason"]):
        # Quoted, and in brackets, are the values of one row; what is left names the kind.
        kinds = (
            _VALUE.sub("…", reason.split(" (", 1)[0])
            for reason in batch.column("reason").to_pylist()
        )
        reasons.update(kinds)
    return reasons


def _gaps(store: Store, record: Record) -> tuple[str, ...]:
    """The gaps in words; trades are read only of days that lack ids inside."""
    if not record.missing_ids:
        return ()
    seen = {}
    for day in (c.day for c in record.days):
        for gap in day_gaps(store, record, day):
            span = f"{gap.after:%Y-%m-%d %H:%M:%S.%f} and {gap.before:%Y-%m-%d %H:%M:%S.%f}"
            seen[gap] = (
                f"{gap.missing:,} trade id(s) from {gap.first_missing} missing between {span} UTC"
            )
    return tuple(seen[gap] for gap in sorted(seen))
