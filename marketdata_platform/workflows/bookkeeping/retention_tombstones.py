"""What retention has deleted of an instrument's trades: remembered, so that nobody computes from
half a record.

Belongs here: the memory of deleted days. Does not: deleting (retain.py), what follows from it
(record.py, derive.py).

A derived day follows from all trades before it. Of a deleted day its coverage and holes stay known,
so the chain of fingerprints still holds over it and later days go on from its checkpoint; only
folding it again is refused. A day that was restored, to the last row, is no longer deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from marketdata_platform.core.datasets import CHECKPOINTS
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window, from_us, to_us
from marketdata_platform.workflows.ports import Coverage, Store

NAME = "dropped_trades"
_KEPT_AT = date(
    1970, 1, 1
)  # one row per instrument beside the checkpoints: no derived series has this day
PARTLY = "partly"  # the digest of a day of which a part was deleted: nothing can restore it


@dataclass(frozen=True, slots=True)
class DroppedDay:
    """A UTC day whose trades were deleted: its coverage and holes as they were."""

    coverage: Coverage
    holes: tuple[Window, ...] = ()

    @property
    def day(self) -> date:
        """The UTC day."""
        return self.coverage.day


def dropped_days(
    store: Store, instrument: Instrument, stored: Sequence[Coverage]
) -> tuple[DroppedDay, ...]:
    """The days whose trades were deleted and are not, to the last row, back among `stored`;
    sorted.
    """
    back = {(c.day, c.rows, c.digest) for c in stored}
    remembered = _remembered(store, instrument)
    return tuple(d for d in remembered if (d.day, d.coverage.rows, d.coverage.digest) not in back)


def remember_dropped(store: Store, instrument: Instrument, days: Iterable[DroppedDay]) -> None:
    """Write down that `days` are about to be deleted; before it happens, so that a crash in between
    hides nothing.
    """
    known = {d.day: d for d in _remembered(store, instrument)}
    for one in days:
        before = known.get(one.day)
        known[one.day] = one if before is None or one.coverage.digest != PARTLY else before
    _keep(store, instrument, [known[day] for day in sorted(known)])


def forget_restored(store: Store, instrument: Instrument) -> None:
    """Forget that days were deleted which are wholly back: rows that come later make them neither
    more nor less so.
    """
    remembered = _remembered(store, instrument)
    if not remembered:
        return
    left = dropped_days(store, instrument, store.coverage("trades", instrument))
    if len(left) != len(remembered):
        _keep(store, instrument, list(left))


def _keep(store: Store, instrument: Instrument, days: list[DroppedDay]) -> None:
    state = json.dumps([_as_json(one) for one in days]).encode()
    row = {
        "dataset": NAME,
        "day": _KEPT_AT,
        "fingerprint": "",
        "state": state,
        "state_digest": hashlib.sha256(state).hexdigest(),
        "rows": None,
    }
    store.append(
        CHECKPOINTS.name, instrument, pa.Table.from_pylist([row], schema=CHECKPOINTS.arrow_schema)
    )


def _remembered(store: Store, instrument: Instrument) -> list[DroppedDay]:
    for batch in store.read(
        CHECKPOINTS.name, instrument, Window.of_day(_KEPT_AT), columns=["dataset", "state"]
    ):
        for row in batch.to_pylist():
            if row["dataset"] == NAME:
                return [_from_json(instrument, one) for one in json.loads(row["state"])]
    return []


def _as_json(one: DroppedDay) -> list[Any]:
    c = one.coverage
    times = [to_us(c.first_time), to_us(c.last_time), c.first_sequence, c.last_sequence]
    return [
        c.day.isoformat(),
        c.rows,
        *times,
        c.digest,
        [[w.start_us, w.end_us] for w in one.holes],
    ]


def _from_json(instrument: Instrument, values: list[Any]) -> DroppedDay:
    day, rows, first_us, last_us, first_sequence, last_sequence, digest, holes = values
    coverage = Coverage(
        instrument,
        date.fromisoformat(day),
        rows,
        from_us(first_us),
        from_us(last_us),
        first_sequence,
        last_sequence,
        digest,
    )
    return DroppedDay(coverage, tuple(Window(from_us(start), from_us(end)) for start, end in holes))
