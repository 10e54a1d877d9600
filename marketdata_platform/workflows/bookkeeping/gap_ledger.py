"""The gap ledger: what no gatherer saw, instrument by instrument, and what became of it.

Belongs here: its rows, read and written. Does not: finding holes (gap_finding), filling them
(repair).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import pyarrow as pa

from marketdata_platform.core.datasets import GAPS
from marketdata_platform.core.instrument import GATHERERS, Instrument
from marketdata_platform.core.window import Window, to_us
from marketdata_platform.workflows.ports import Store

OPEN, REPAIRED, IRREPARABLE = "open", "repaired", "irreparable"
BY_IDS, BY_BOOK, BY_SILENCE = "landing:ids", "landing:book", "landing:silence"


@dataclass(frozen=True, slots=True)
class Gap:
    """One hole. Ids are null where the venue does not number; see the dataset `gaps`."""

    instrument: Instrument
    gap_id: str
    dataset: str
    first_missing: int | None
    last_missing: int | None
    from_time: datetime
    to_time: datetime
    missing: int | None
    detected_by: str
    status: str
    reason: str | None
    attempts: int
    opened_at: datetime
    closed_at: datetime | None = None

    @property
    def window(self) -> Window | None:
        """The time that the hole touches; None when it has no length."""
        return Window(self.from_time, self.to_time) if self.from_time < self.to_time else None

    def closed(self, status: str, at: datetime, reason: str | None = None) -> Gap:
        """The gap with a final status."""
        return replace(self, status=status, closed_at=at, reason=reason)


def new_gap(
    instrument: Instrument,
    dataset: str,
    span: tuple[datetime, datetime],
    detected_by: str,
    at: datetime,
    *,
    ids: tuple[int, int] | None = None,
) -> Gap:
    """An open gap, named by what is missing: whoever finds the same hole names it alike."""
    stretch = f"{ids[0]}-{ids[1]}" if ids else f"{to_us(span[0])}-{to_us(span[1])}"
    first, last = ids or (None, None)
    return Gap(
        instrument=instrument,
        gap_id=gap_id(dataset, detected_by, stretch),
        dataset=dataset,
        first_missing=first,
        last_missing=last,
        from_time=span[0],
        to_time=span[1],
        missing=ids[1] - ids[0] + 1 if ids and detected_by == BY_IDS else None,
        detected_by=detected_by,
        status=OPEN,
        reason=None,
        attempts=0,
        opened_at=at,
    )


def gap_id(dataset: str, detected_by: str, stretch: str) -> str:
    """A short name that follows from what is missing."""
    return hashlib.sha256(f"{dataset}|{detected_by}|{stretch}".encode()).hexdigest()[:16]


def read_gaps(
    store: Store,
    instrument: Instrument | None = None,
    status: str | None = None,
    dataset: str | None = None,
) -> list[Gap]:
    """Gaps of one instrument, or of all, in the order of their times; only of this status and
    dataset where given.
    """
    if instrument is not None:
        chosen: Sequence[Instrument] = [instrument]
    else:
        chosen = [one for one in store.instruments() if one.venue != GATHERERS]
    found = []
    for one in chosen:
        for batch in store.read(GAPS.name, one):
            for row in batch.to_pylist():
                if status in (None, row["status"]) and dataset in (None, row["dataset"]):
                    found.append(Gap(instrument=one, **row))
    return sorted(found, key=lambda gap: (gap.from_time, gap.instrument, gap.gap_id))


def write_gaps(store: Store, gaps: Iterable[Gap]) -> None:
    """Put gaps into the ledger, in place of those with their names."""
    by_instrument: dict[Instrument, list[Gap]] = {}
    for gap in gaps:
        by_instrument.setdefault(gap.instrument, []).append(gap)
    for instrument, found in by_instrument.items():
        store.append(GAPS.name, instrument, _table(found))


def _table(gaps: Sequence[Gap]) -> pa.Table:
    rows = [
        {name: value for name, value in asdict(gap).items() if name != "instrument"} for gap in gaps
    ]
    return pa.Table.from_pylist(rows, GAPS.arrow_schema)
