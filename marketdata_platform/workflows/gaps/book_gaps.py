"""Breaks in the chain of a book's update ids that neither another gatherer nor a snapshot bridges.

Belongs here: venues that number their updates. Does not: the rule that makes a book invalid
(venues.continuity).

A round's own rows are looked at first; nothing is read from the store while they follow what came
before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
import pyarrow as pa

from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window, from_us
from marketdata_platform.venues.lookups import continuity_of
from marketdata_platform.workflows.bookkeeping.gap_ledger import Gap
from marketdata_platform.workflows.bookkeeping.ingest_state import AddedRows, Mark
from marketdata_platform.workflows.ports import Store

_TICK = timedelta(microseconds=1)
_SLACK = timedelta(seconds=15)
_IDS = ["ts_event", "update_id", "first_update_id", "previous_update_id"]


@dataclass(frozen=True, slots=True)
class BookGap:
    """Updates `first..last` are missing between two events, at `after_us` and `before_us`."""

    first: int
    last: int
    after_us: int
    before_us: int


def numbered_book(instrument: Instrument, dataset: str) -> bool:
    """True if the dataset is a chain of numbered changes.

    Raises:
        ConfigurationError: nothing is known of the venue.
    """
    return dataset == "book_deltas" and continuity_of(instrument).numbered_books


def touched_chain(
    instrument: Instrument, rows: pa.Table, mark: Mark | None, broken: bool
) -> tuple[AddedRows | None, Mark | None]:
    """What must be looked at with the store, None when all follows the mark; and the mark after
    these rows.

    `broken`: there are gaps before the mark, which a late row may fill; else late rows are there
    already.
    """
    events = _events(instrument, pl.DataFrame(pl.from_arrow(rows.select(_IDS))))
    newer = events
    if mark is not None:
        by_time = pl.col("ts_event").to_physical() > mark.time_us
        restarts = continuity_of(instrument).restarts
        newer = events.filter(by_time if restarts else pl.col("update_id") > mark.number)
    if (len(newer) == len(events) or not broken) and not _breaks(newer, mark):
        return None, _mark_at_end(newer, mark)
    times = events["ts_event"].to_physical().to_numpy()
    return AddedRows(int(times.min()), int(times.max())), mark


def breaks_in_book(
    store: Store,
    instrument: Instrument,
    touched: AddedRows,
    mark: Mark | None,
    known: Iterable[Gap],
) -> tuple[list[BookGap], Window, Mark]:
    """Breaks around what was touched, the window that was looked through, and the mark after it."""
    first_us = touched.first_us if mark is None else min(touched.first_us, mark.time_us)
    first, last = from_us(first_us), from_us(touched.last_us)
    for gap in known:
        if gap.to_time >= first and gap.from_time <= last:
            first, last = min(first, gap.from_time), max(last, gap.to_time)
    window = Window(first - _SLACK, last + _SLACK)
    batches = store.read("book_deltas", instrument, window, columns=_IDS)
    schema = dataset_named("book_deltas").arrow_schema
    table = pa.Table.from_batches(list(batches), pa.schema([schema.field(name) for name in _IDS]))
    events = _events(instrument, pl.DataFrame(pl.from_arrow(table)))
    found = [one for one in _breaks(events, None) if not _bridged(store, instrument, one)]
    return found, window, _mark_at_end(events, mark) or Mark(0, 0)


def _mark_at_end(events: pl.DataFrame, mark: Mark | None) -> Mark | None:
    """The mark after these events; the one before them where there are none."""
    if events.is_empty():
        return mark
    return Mark(int(events["update_id"][-1]), int(events["ts_event"].to_physical()[-1]))


def _events(instrument: Instrument, rows: pl.DataFrame) -> pl.DataFrame:
    """One row per event, in the order of the chain."""
    numbered = rows.drop_nulls("update_id")
    restarts = continuity_of(instrument).restarts  # only time orders ids that begin anew
    keys = ["ts_event", "update_id"] if restarts else ["update_id"]
    return numbered.unique(keys, keep="first").sort(keys)


def _breaks(events: pl.DataFrame, mark: Mark | None) -> list[BookGap]:
    last = events["update_id"].to_numpy()
    times = events["ts_event"].to_physical().to_numpy()
    needed = events.select(
        pl.coalesce("previous_update_id", pl.col("first_update_id") - 1, pl.col("update_id") - 1)
    ).to_series()
    need = needed.to_numpy()
    before, before_us = last[:-1], times[:-1]
    if mark is not None:
        before, before_us = np.append(mark.number, before), np.append(mark.time_us, before_us)
    else:
        need, times, last = need[1:], times[1:], last[1:]
    broken = np.flatnonzero((need > before) & (last > before))
    return [
        BookGap(int(before[n]) + 1, int(need[n]), int(before_us[n]), int(times[n]))
        for n in broken.tolist()
    ]


def _bridged(store: Store, instrument: Instrument, one: BookGap) -> bool:
    """True if a snapshot of that moment holds what is missing."""
    window = Window(
        from_us(one.after_us) - _SLACK, from_us(max(one.before_us, one.after_us)) + _TICK
    )
    for batch in store.read("book_snapshots", instrument, window, columns=["update_id"]):
        numbers = pl.Series(batch.column(0))
        if ((numbers >= one.last) & (numbers <= one.last + 1)).any():
            return True
    return False
