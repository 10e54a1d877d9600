"""Books at any time, rebuilt from snapshots and deltas.

Belongs here: which snapshot a book starts from, and which deltas follow it. Does not: applying them
(core.books), each venue's rule (venues).

The store holds the union of what all gatherers heard, so a break in one of them is bridged by the
others before anything is rebuilt. A hole that none bridged makes the book invalid until the next
snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pyarrow as pa

from marketdata_platform.core.books.book import Book, BookEvent
from marketdata_platform.core.books.book_events import book_events
from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import EPOCH, Window
from marketdata_platform.venues.lookups import book_rule, continuity_of
from marketdata_platform.workflows.bookkeeping.gap_ledger import REPAIRED, read_gaps
from marketdata_platform.workflows.gaps.outage_gaps import unnumbered
from marketdata_platform.workflows.ports import Store

_TICK = timedelta(microseconds=1)
# A snapshot that its receipt dates may lie this far from the exchange's time of its deltas: clocks
# and queues. Where the venue dates it, numbers may begin anew with it, and nothing before it
# belongs to it.
_SLACK = timedelta(seconds=15)
_STARTS = 6  # snapshots that are tried at most
_SNAPSHOTS, _DELTAS = "book_snapshots", "book_deltas"


def book_at(store: Store, instrument: Instrument, moment: datetime) -> Book:
    """The instrument's book after the last change up to `moment` (exchange time); not valid where
    none can be known.

    Raises:
        ConfigurationError: nothing is known of the venue, or no rule for books of the market.
    """
    rule = book_rule(instrument)
    with store.session():
        starts = _snapshots(store, instrument, moment)
        if unnumbered(instrument, _DELTAS):
            return _unnumbered_book(store, instrument, moment, starts)
        for number, start in enumerate(starts[:2]):
            book = Book(rule)
            if _rebuilt(book, store, instrument, start, moment) or number == len(starts[:2]) - 1:
                return book
    return Book(rule)


def _unnumbered_book(
    store: Store, instrument: Instrument, moment: datetime, starts: list[dict[str, Any]]
) -> Book:
    """Where no number joins changes to a snapshot, only receipts do, and gatherers' receipts differ
    by milliseconds.

    So books from different snapshots are held against each other: one that two of them give is
    right, and where no two agree there is none. Nothing from before a hole in the ledger counts.
    """
    gaps = [gap for gap in read_gaps(store, instrument, dataset=_DELTAS) if gap.status != REPAIRED]
    broken = max((gap.to_time for gap in gaps if gap.from_time <= moment), default=EPOCH)
    books: list[Book] = []
    for start in starts:
        if (start["ts_recv"] or start["ts_event"]) < broken:
            continue
        book = Book(book_rule(instrument))
        _rebuilt(book, store, instrument, start, moment)
        if not book.valid:
            continue
        if any(book.levels() == other.levels() for other in books):
            return book
        books.append(book)
    return books[0] if len(books) == 1 else Book(book_rule(instrument))


def _rebuilt(
    book: Book, store: Store, instrument: Instrument, start: dict[str, Any], moment: datetime
) -> bool:
    """Apply a snapshot and what follows it; False when it is of a later state than the moment's."""
    (snapshot,) = book_events(_levels_of(store, instrument, start), snapshot=True)
    book.apply(snapshot)
    latest: int | None = None
    for event in _following(store, instrument, start, moment):
        book.apply(event)
        latest = (
            event.last_id if latest is None or event.last_id is None else max(latest, event.last_id)
        )
    return latest is None or snapshot.last_id is None or snapshot.last_id <= latest


def _snapshots(store: Store, instrument: Instrument, moment: datetime) -> list[dict[str, Any]]:
    """The last snapshots up to the moment, the newest first: what a book may start from."""
    columns = ["ts_event", "ts_recv", "event_id", "update_id"]
    days = [day.day for day in store.coverage(_SNAPSHOTS, instrument) if day.first_time <= moment]
    found: list[dict[str, Any]] = []
    for day in sorted(days, reverse=True):
        window = Window.of_day(day)
        batches = store.read(
            _SNAPSHOTS,
            instrument,
            Window(window.start, min(window.end, moment + _TICK)),
            columns=columns,
        )
        frame = _frame(_SNAPSHOTS, batches, columns).unique("event_id", maintain_order=True)
        found = [*frame.sort("ts_event").to_dicts(), *found]
        if len(found) >= _STARTS:
            break
    return found[: -_STARTS - 1 : -1]


def _levels_of(store: Store, instrument: Instrument, start: dict[str, Any]) -> pl.DataFrame:
    window = Window(start["ts_event"], start["ts_event"] + _TICK)
    names = dataset_named(_SNAPSHOTS).arrow_schema.names
    rows = _frame(_SNAPSHOTS, store.read(_SNAPSHOTS, instrument, window), names)
    return rows.filter(pl.col("event_id") == start["event_id"])


def _following(
    store: Store, instrument: Instrument, start: dict[str, Any], moment: datetime
) -> Iterator[BookEvent]:
    """Events up to the moment that may follow the snapshot, in order."""
    slack = timedelta(0) if continuity_of(instrument).dated_snapshots else _SLACK
    first = max(EPOCH, start["ts_event"] - slack)
    if first > moment:
        return
    schema = dataset_named(_DELTAS).arrow_schema
    carried = pl.DataFrame(pl.from_arrow(schema.empty_table()))
    for batch in store.read(_DELTAS, instrument, Window(first, moment + _TICK)):
        rows = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch]))).select(schema.names)
        rows = pl.concat([carried, rows])
        last = rows["event_id"][-1]
        whole = rows["event_id"] != last  # the last event may go on in the next batch
        carried = rows.filter(~whole)
        yield from book_events(_after(rows.filter(whole), start), snapshot=False)
    yield from book_events(_after(carried, start), snapshot=False)


def _after(rows: pl.DataFrame, start: dict[str, Any]) -> pl.DataFrame:
    """Without numbers that would show it, what was received after the snapshot follows it."""
    if start["update_id"] is not None or rows.is_empty():
        return rows
    received = pl.coalesce("ts_recv", "ts_event")
    return rows.filter(received >= (start["ts_recv"] or start["ts_event"]))


def _frame(dataset: str, batches: Iterator[pa.RecordBatch], columns: list[str]) -> pl.DataFrame:
    schema = dataset_named(dataset).arrow_schema
    chosen = pa.schema([schema.field(name) for name in columns])
    return pl.DataFrame(pl.from_arrow(pa.Table.from_batches(list(batches), chosen)))
