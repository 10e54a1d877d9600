"""How far every gatherer of a deployment has been landed: the days and hours before are complete,
as far as anybody heard them.

Belongs here: the moment, and the days before it. Does not: archiving them (days, hours, export).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.bookkeeping.cursors import cursor_of
from marketdata_platform.workflows.ports import Store


@dataclass(frozen=True, slots=True)
class Captured:
    """What a deployment records: its gatherers, the datasets of each instrument, and for how long
    rows may still come in after their time.
    """

    gatherers: Collection[str]
    datasets: Mapping[Instrument, Collection[str]]
    settle_seconds: float


def landed_until(store: Store, captured: Captured) -> datetime | None:
    """Up to where every gatherer has been landed, settled; None when one never was, or there is
    none.
    """
    reached = [cursor_of(store, name).ts_recv for name in captured.gatherers]
    known = [moment for moment in reached if moment is not None]
    if not known or len(known) < len(reached):
        return None
    return min(known) - timedelta(seconds=captured.settle_seconds)


def landed_days(store: Store, captured: Captured) -> dict[Instrument, set[date]]:
    """The UTC days with captured rows, per instrument, that the cursor of every gatherer has
    passed; empty where one was never landed.
    """
    until = landed_until(store, captured)
    if until is None:
        return {}
    return {
        instrument: {
            held.day
            for dataset in {"trades", *datasets}
            for held in store.coverage(dataset, instrument)
            if held.day < until.date()
        }
        for instrument, datasets in captured.datasets.items()
    }
