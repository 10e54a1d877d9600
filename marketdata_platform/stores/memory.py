"""A store in memory: the port in a page of Python, for tests and for what lives no longer than its
process.

Belongs here: the rules of the port, plainly. Does not: anything about files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime

import polars as pl
import pyarrow as pa

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.coverage import DayCoverage, covered
from marketdata_platform.core.datasets import QUARANTINE, Dataset, dataset_named
from marketdata_platform.core.datasets.ordering import in_order
from marketdata_platform.core.dedup import deduplicate, frame_of
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.stores.reading import BATCH_ROWS
from marketdata_platform.stores.rows import (
    Companions,
    appended,
    as_coverage,
    before,
    checked_columns,
    inside,
    quarantined,
    refuse_changed,
    selected,
    valid_companions,
    valid_replacement,
)
from marketdata_platform.stores.store_verbs import StoreVerbs
from marketdata_platform.workflows.ports import Addition, Appended, Coverage

_Tables = dict[str, pl.DataFrame]


class MemoryStore(StoreVerbs):
    """`Store` over dictionaries of frames; safe to use from several threads."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._held: dict[Instrument, _Tables] = {}
        self._lock = threading.RLock()

    def _write(
        self,
        instrument: Instrument,
        additions: Sequence[tuple[Batch, Addition]],
        companions: Companions,
    ) -> list[Appended]:
        with self._changing(instrument, companions) as tables:
            return [_append(tables, batch, one, self._clock()) for batch, one in additions]

    def _covered_days(self, dataset: Dataset, instrument: Instrument) -> Mapping[date, DayCoverage]:
        with self._lock:
            tables = self._held.get(instrument, {})
        return covered(dataset, _table(tables, dataset))

    def read(
        self,
        dataset: str,
        instrument: Instrument,
        window: Window | None = None,
        *,
        columns: Sequence[str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """See `Store.read`."""
        kind = dataset_named(dataset)
        checked_columns(kind, columns)
        with self._lock:
            frame = _table(self._held.get(instrument, {}), kind)
        if window is not None:
            frame = frame.filter(inside(kind, window))
        rows = selected(kind, in_order(kind, frame), columns)
        return iter(rows.to_batches(max_chunksize=BATCH_ROWS))

    def replace(
        self,
        dataset: str,
        instrument: Instrument,
        window: Window,
        rows: pa.Table,
        *,
        companions: Mapping[str, pa.Table] | None = None,
    ) -> int:
        """See `Store.replace`."""
        kind = dataset_named(dataset)
        frame = valid_replacement(kind, window, rows)
        with self._changing(instrument, valid_companions(companions)) as tables:
            tables[kind.name] = pl.concat(
                [_table(tables, kind).filter(~inside(kind, window)), frame]
            )
        return len(frame)

    def drop_before(
        self,
        dataset: str,
        instrument: Instrument,
        cutoff: datetime,
        *,
        known: Sequence[Coverage] | None = None,
    ) -> int:
        """See `Store.drop_before`."""
        kind = dataset_named(dataset)
        if instrument not in self.instruments():
            return 0
        with self._changing(instrument, []) as tables:
            held = _table(tables, kind)
            if known is not None:
                days = (as_coverage(instrument, *day) for day in covered(kind, held).items())
                refuse_changed(kind, cutoff, known, days)
            tables[kind.name] = held.filter(~before(kind, cutoff))
        return len(held) - len(tables[kind.name])

    def instruments(self) -> list[Instrument]:
        """See `Store.instruments`."""
        with self._lock:
            return sorted(self._held)

    @contextmanager
    def session(self) -> Iterator[None]:
        """See `Store.session`; there is nothing to hold here."""
        yield

    @contextmanager
    def _changing(self, instrument: Instrument, companions: Companions) -> Iterator[_Tables]:
        """The instrument's tables to change; the change is seen when the block ends, or not at
        all.
        """
        with self._lock:
            tables = dict(self._held.get(instrument, {}))
            yield tables
            for kind, frame in companions:
                _upsert(tables, kind, frame)
            self._held[instrument] = tables


def _append(tables: _Tables, batch: Batch, addition: Addition, now: datetime) -> Appended:
    kind, held = batch.dataset, _table(tables, batch.dataset)
    outcome = deduplicate(kind, batch.good, _matching(kind, held, batch.good, "semi"))
    kept = _matching(kind, held, outcome.before, "anti")
    tables[kind.name] = pl.concat([kept, outcome.after, outcome.new])
    conflicts = [*outcome.conflicts, *batch.refused]
    refused = quarantined(kind, conflicts, addition.source, addition.positions, now)
    _upsert(tables, QUARANTINE, _matching(QUARANTINE, refused, _table(tables, QUARANTINE), "anti"))
    return appended(batch, outcome)


def _table(tables: _Tables, kind: Dataset) -> pl.DataFrame:
    return (
        tables[kind.name]
        if kind.name in tables
        else frame_of(kind, kind.arrow_schema.empty_table())
    )


def _matching(kind: Dataset, frame: pl.DataFrame, others: pl.DataFrame, how: str) -> pl.DataFrame:
    """The rows of `frame` whose key is (`semi`) or is not (`anti`) among `others`."""
    keys = others.select(kind.key).unique()
    return frame.join(
        keys, on=kind.key, how="semi" if how == "semi" else "anti", maintain_order="left"
    )


def _upsert(tables: _Tables, kind: Dataset, frame: pl.DataFrame) -> None:
    tables[kind.name] = pl.concat([_matching(kind, _table(tables, kind), frame, "anti"), frame])
