"""How live capture stands: what each gatherer says of itself, and how far it was landed.

Belongs here: heartbeats beside landing cursors. Does not: what the store holds (status.py), showing
it (cli). Nothing here talks to a gatherer: a dead one is seen by the age of its heartbeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from marketdata_platform.core.datasets import CURSORS, GAPS
from marketdata_platform.core.instrument import Instrument, gatherer_home
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus, read_heartbeat
from marketdata_platform.workflows.ports import Store

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LandedGatherer:
    """How far a gatherer's recording is in the store."""

    position: str
    received: datetime | None  # receipt of the last frame before the position
    moved: datetime


@dataclass(frozen=True, slots=True)
class LiveGatherer:
    """A gatherer as its heartbeat and its cursor report it; no heartbeat: it never ran here, or
    keeps its journal elsewhere.

    `age_seconds` is the heartbeat's. `stale`: a process that should beat each second does not.
    """

    name: str
    heartbeat: GathererStatus | None
    age_seconds: float | None
    stale: bool
    landed: LandedGatherer | None

    @property
    def state(self) -> str:
        """Its own word for it; `absent` without any, and where it has none to say any more `ended`,
        or else `dead`.
        """
        if self.heartbeat is None:
            return "absent"
        if not self.stale:
            return self.heartbeat.state
        return "ended" if self.heartbeat.state == "draining" else "dead"


def live_gatherers(
    store: Store, journals: Mapping[str, str], now: datetime, stale_after: timedelta
) -> list[LiveGatherer]:
    """Every gatherer of `journals` (name → folder; one in an object store has no heartbeat to
    read).
    """
    return [_one(store, name, folder, now, stale_after) for name, folder in journals.items()]


def _one(
    store: Store, name: str, folder: str, now: datetime, stale_after: timedelta
) -> LiveGatherer:
    beat = None if "://" in folder else read_heartbeat(Path(folder))
    age = (
        None
        if beat is None
        else (now - _EPOCH - timedelta(microseconds=beat.beat_us)).total_seconds()
    )
    stale = age is not None and age > stale_after.total_seconds()
    return LiveGatherer(name, beat, age, stale, _landed(store, name))


def _landed(store: Store, name: str) -> LandedGatherer | None:
    for batch in store.read(
        CURSORS.name, gatherer_home(name), columns=["gatherer", "position", "ts_recv", "moved_at"]
    ):
        for row in batch.to_pylist():
            if row["gatherer"] == name:
                return LandedGatherer(row["position"], row["ts_recv"], row["moved_at"])
    return None


def gap_counts(store: Store, instruments: Iterable[Instrument]) -> dict[str, int]:
    """Gaps of the ledger by status."""
    counted = {"open": 0, "repaired": 0, "irreparable": 0}
    for instrument in instruments:
        for batch in store.read(GAPS.name, instrument, columns=["status"]):
            for status in batch.column("status").to_pylist():
                counted[status] = counted.get(status, 0) + 1
    return counted
