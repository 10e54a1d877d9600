"""Holes in numbers that a venue counts without holes: which are new, which are filled, which are
left of old ones.

Belongs here: trades by their sequence. Does not: books (gap_books), venues that do not number
(outage_gaps).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pyarrow as pa

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.continuity import IdGap, id_gaps
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window, day_of_us, from_us, to_us
from marketdata_platform.workflows.bookkeeping.gap_ledger import BY_IDS, REPAIRED, Gap, new_gap
from marketdata_platform.workflows.bookkeeping.ingest_state import AddedRows, Mark
from marketdata_platform.workflows.ports import Coverage, Store

_TICK = timedelta(microseconds=1)
_TRADES = "trades"
_ENDS = pl.Schema([("sequence", pl.Int64()), ("ts_event", pl.Datetime("us", "UTC"))])


def touched_numbers(
    batch: Batch, mark: Mark | None, broken: bool
) -> tuple[AddedRows | None, Mark | None]:
    """What must be looked at with the store, None when the rows go on where the mark is; and the
    mark after them.

    `broken`: there are gaps before the mark, which a late row may fill; else late rows are there
    already.
    """
    touched = _touched(batch)
    if mark is None or touched.first is None or touched.last is None or touched.first < mark.first:
        return touched, mark
    if broken and touched.first <= mark.number:
        return touched, mark
    numbers = batch.good["sequence"].to_numpy()
    newer = np.unique(numbers[numbers > mark.number])
    if not len(newer):
        return None, mark
    if len(newer) != touched.last - mark.number:
        return touched, mark
    return None, Mark(int(newer[-1]), touched.last_us, mark.first)


def _touched(batch: Batch) -> AddedRows:
    days = batch.coverage.values()
    first, last = batch.sequences or (None, None)
    return AddedRows(min(d.first_us for d in days), max(d.last_us for d in days), first, last)


def holes_after(
    store: Store, instrument: Instrument, touched: AddedRows, mark: Mark
) -> list[IdGap]:
    """Holes behind what was looked through; nothing older is read."""
    window = Window(from_us(mark.time_us), from_us(max(touched.last_us, mark.time_us)) + _TICK)
    rows = _numbers(store, instrument, window)
    return id_gaps(rows.filter(pl.col("sequence") >= mark.number))


def holes_on_days(store: Store, instrument: Instrument, touched: AddedRows) -> list[IdGap]:
    """Holes on the days of rows in `touched`, and between those and the days around them."""
    days = store.coverage(_TRADES, instrument)
    first, last = day_of_us(touched.first_us), day_of_us(touched.last_us)

    before = [day for day in days if day.day < first and day.last_sequence is not None][-1:]
    after = [day for day in days if day.day > last and day.first_sequence is not None][:1]
    ends = [_end(day, last=True) for day in before] + [_end(day, last=False) for day in after]
    chosen = [day.day for day in days if first <= day.day <= last]
    parts = [_numbers(store, instrument, Window.of_day(day)) for day in chosen]
    edges = pl.DataFrame(ends, _ENDS, orient="row")
    return id_gaps(pl.concat([edges, *parts]))


def mark_after(store: Store, instrument: Instrument) -> Mark | None:
    """From the smallest to the largest number stored."""
    days = [day for day in store.coverage(_TRADES, instrument) if day.last_sequence is not None]
    if not days:
        return None
    best = max(days, key=lambda day: day.last_sequence or 0)
    first = min(day.first_sequence for day in days if day.first_sequence is not None)
    return Mark(best.last_sequence or 0, to_us(best.last_time), first)


def changed_ledger(
    instrument: Instrument,
    known: Sequence[Gap],
    holes: Iterable[IdGap],
    days: tuple[date, date] | None,
    at: datetime,
) -> list[Gap]:
    """What changes in the ledger: new holes, and known ones on these days that are filled or have
    become smaller.

    `days` None: no known one can have changed.
    """
    holes, taken = list(holes), list[tuple[int, int]]()
    changed: list[Gap] = []
    for gap in known:
        if gap.first_missing is None or gap.last_missing is None or gap.status == REPAIRED:
            continue
        ids = (gap.first_missing, gap.last_missing)
        taken.append(ids)
        if days is not None and _on_days(gap, *days):
            left = [part for hole in holes if (part := _common(hole, *ids))]
            changed += _shrunk(gap, left, at)
    return changed + [
        new_gap(instrument, _TRADES, (hole.after, hole.before), BY_IDS, at, ids=ids)
        for hole in holes
        for ids in _outside(hole, taken)
    ]


def _on_days(gap: Gap, first: date, last: date) -> bool:
    return gap.to_time.date() >= first and gap.from_time.date() <= last


def _shrunk(gap: Gap, left: Sequence[IdGap], at: datetime) -> list[Gap]:
    if not left:
        return [gap.closed(REPAIRED, at)]
    if sum(part.missing for part in left) == gap.missing:
        return []
    parts = [
        replace(
            gap,
            first_missing=part.first_missing,
            last_missing=part.last_missing,
            missing=part.missing,
            from_time=part.after,
            to_time=part.before,
        )
        for part in left
    ]
    others = [
        new_gap(gap.instrument, gap.dataset, (p.from_time, p.to_time), BY_IDS, at, ids=_ids(p))
        for p in parts[1:]
    ]
    kept = [
        replace(other, status=gap.status, reason=gap.reason, attempts=gap.attempts)
        for other in others
    ]
    return [parts[0], *kept]


def _ids(gap: Gap) -> tuple[int, int]:
    assert gap.first_missing is not None and gap.last_missing is not None  # made of an IdGap
    return gap.first_missing, gap.last_missing


def _common(hole: IdGap, first: int, last: int) -> IdGap | None:
    first, last = max(first, hole.first_missing), min(last, hole.last_missing)
    return IdGap(first, last, hole.after, hole.before) if first <= last else None


def _outside(hole: IdGap, taken: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of a hole that no known gap has."""
    parts = []
    reached = hole.first_missing
    for first, last in sorted(taken):
        if last < reached or first > hole.last_missing:
            continue
        if first > reached:
            parts.append((reached, first - 1))
        reached = last + 1
    if reached <= hole.last_missing:
        parts.append((reached, hole.last_missing))
    return parts


def _numbers(store: Store, instrument: Instrument, window: Window) -> pl.DataFrame:
    batches = list(store.read(_TRADES, instrument, window, columns=["sequence", "ts_event"]))
    schema = pa.schema([("sequence", pa.int64()), ("ts_event", pa.timestamp("us", "UTC"))])
    rows = (
        pa.Table.from_batches(batches).select(["sequence", "ts_event"])
        if batches
        else schema.empty_table()
    )
    return pl.DataFrame(pl.from_arrow(rows.cast(schema))).drop_nulls("sequence")


def _end(day: Coverage, *, last: bool) -> tuple[int | None, datetime]:
    return (day.last_sequence, day.last_time) if last else (day.first_sequence, day.first_time)
