"""The DuckDB store: one file per instrument, `data/{venue}/{market}/{symbol}/trading.duckdb`.

Belongs here: the port's verbs as transactions. Does not: SQL text (tables), attachments and locks
(pool).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.coverage import DayCoverage, irregular_rows
from marketdata_platform.core.datasets import Dataset, Tier, dataset_named
from marketdata_platform.core.datasets.ordering import in_order
from marketdata_platform.core.dedup import RejectedRow, frame_of
from marketdata_platform.core.instrument import Instrument, symbol_from_path
from marketdata_platform.core.window import EPOCH, Window
from marketdata_platform.stores.changes import (
    coverage_after_append,
    coverage_after_outcome,
    coverage_after_removal,
)
from marketdata_platform.stores.duckdb_files.attachment import FILE_NAME
from marketdata_platform.stores.duckdb_files.changes import (
    held_against,
    sequence_tells_id,
    stored_rows,
)
from marketdata_platform.stores.duckdb_files.conditions import within
from marketdata_platform.stores.duckdb_files.failures import naming, roll_back
from marketdata_platform.stores.duckdb_files.pool import AttachmentPool, PoolStatistics
from marketdata_platform.stores.duckdb_files.query import run_query
from marketdata_platform.stores.duckdb_files.slices import slices
from marketdata_platform.stores.duckdb_files.tables import PairTables
from marketdata_platform.stores.reading import batches_in_order, fetched_columns
from marketdata_platform.stores.rows import (
    Companions,
    appended,
    as_coverage,
    checked_columns,
    refuse_changed,
    valid_companions,
    valid_replacement,
)
from marketdata_platform.stores.slices import Slice
from marketdata_platform.stores.store_verbs import StoreVerbs, covered_days, put_into_quarantine
from marketdata_platform.workflows.ports import Addition, Appended, Coverage


class DuckDBStore(StoreVerbs):
    """`Store` in DuckDB files under `root`. Safe for threads and processes.

    Outside `session` a verb gives its file back at its end, so that other processes (a shell, a
    notebook) can have it. Every verb raises `StoreLocked` when another process keeps the file for
    longer than the timeout, and `StoreCorrupt` when it is no DuckDB file.
    """

    def __init__(
        self,
        root: Path,
        *,
        capacity: int = 200,
        lock_timeout_seconds: float = 30.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`capacity` attachments at most stay open in a session; `clock` dates what goes into
        quarantine.
        """
        self._data = Path(root).resolve() / "data"
        self._pool = AttachmentPool(capacity, lock_timeout_seconds)
        self._clock = clock
        self._lock_timeout_seconds = lock_timeout_seconds

    def read(
        self,
        dataset: str,
        instrument: Instrument,
        window: Window | None = None,
        *,
        columns: Sequence[str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """See `Store.read`. Memory holds about a million rows at a time.

        The file is free between batches, so the reader may write to the same instrument; a change
        made by somebody else meanwhile is seen in the batches that follow.
        """
        kind = dataset_named(dataset)
        checked_columns(kind, columns)
        return self._batches(kind, instrument, window, columns)

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
        with self._changing(instrument, [kind], valid_companions(companions)) as tables:
            tables.delete(kind, *within(kind, window))
            tables.insert(kind, in_order(kind, frame))
            tables.set_coverage(kind, coverage_after_removal(tables, kind, window, frame))
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
        if not self._path(instrument).exists() or cutoff <= EPOCH:
            return 0
        window = Window(EPOCH, cutoff)
        with self._changing(instrument, [kind], []) as tables:
            if known is not None:
                held = (
                    as_coverage(instrument, *day) for day in tables.writers_coverage(kind).items()
                )
                refuse_changed(kind, cutoff, known, held)
            deleted = tables.delete(kind, *within(kind, window))
            if deleted and kind.tier is not Tier.META:
                nothing = frame_of(kind, kind.arrow_schema.empty_table())
                tables.set_coverage(kind, coverage_after_removal(tables, kind, window, nothing))
        return deleted

    def instruments(self) -> list[Instrument]:
        """See `Store.instruments`."""
        found = (
            file.parent.relative_to(self._data).parts
            for file in self._data.glob(f"*/*/*/{FILE_NAME}")
        )
        return sorted(
            Instrument(venue, market, symbol_from_path(name)) for venue, market, name in found
        )

    def query(
        self,
        sql: str,
        parameters: Sequence[Any] | Mapping[str, Any] | None = None,
        instruments: Sequence[Instrument] | None = None,
    ) -> pa.Table:
        """One reading SQL statement over all instruments, or these.

        Each dataset is a view (`trades`, also `raw.trades`) with venue, market and symbol in front.
        Nothing can be written, and no file but the store's own can be read.

        Raises:
            InvalidInput: the statement is not one that reads, or is wrong.
        """
        chosen = self.instruments() if instruments is None else sorted(set(instruments))
        files = {who: self._path(who) for who in chosen if self._path(who).exists()}
        self._pool.release_idle()
        return run_query(sql, parameters, files, self._lock_timeout_seconds)

    def stored_bytes(self, instrument: Instrument) -> int:
        """See `QueryableStore.stored_bytes`."""
        return sum(
            path.stat().st_size for path in self._path(instrument).parent.glob(f"{FILE_NAME}*")
        )

    def close(self) -> None:
        """See `QueryableStore.close`."""
        self._pool.release_idle()

    def session(self) -> AbstractContextManager[None]:
        """See `Store.session`."""
        return self._pool.session()

    def statistics(self) -> PoolStatistics:
        """How the pool of attachments did."""
        return self._pool.statistics()

    def _path(self, instrument: Instrument) -> Path:
        return (
            self._data / instrument.venue / instrument.market / instrument.path_symbol / FILE_NAME
        )

    def _write(
        self,
        instrument: Instrument,
        additions: Sequence[tuple[Batch, Addition]],
        companions: Companions,
    ) -> list[Appended]:
        kinds = [batch.dataset for batch, _ in additions]
        with self._changing(instrument, kinds, companions) as tables:
            return [self._add(tables, batch, addition) for batch, addition in additions]

    def _covered_days(self, dataset: Dataset, instrument: Instrument) -> Mapping[date, DayCoverage]:
        with self._looking(instrument) as tables:
            if tables is None or not tables.has(dataset):
                return {}
            return covered_days(tables, dataset)

    def _add(self, tables: PairTables, batch: Batch, addition: Addition) -> Appended:
        """One addition of a transaction, with its quarantine."""
        result, conflicts = self._append(tables, batch)
        put_into_quarantine(tables, batch, conflicts, addition, self._clock())
        return result

    def _append(self, tables: PairTables, batch: Batch) -> tuple[Appended, list[RejectedRow]]:
        """Add what is new, complete what is stored; also the conflicts."""
        kind, stored = batch.dataset, stored_rows(tables, batch)
        if stored.is_empty() and batch.unique:
            tables.insert(kind, batch.rows, ids_are_sequences=batch.irregular == 0)
            days = coverage_after_append(tables, kind, batch.coverage, stored, stored)
            tables.set_coverage(kind, days)
            return Appended(len(batch), 0, 0, len(batch.refused)), []
        outcome = held_against(batch, stored)
        tables.insert(kind, in_order(kind, outcome.new))
        irregular = irregular_rows(kind, outcome.after)
        tables.complete(kind, outcome.after, by_sequence=sequence_tells_id(tables, kind, irregular))
        tables.set_coverage(kind, coverage_after_outcome(tables, kind, outcome))
        return appended(batch, outcome), outcome.conflicts

    @contextmanager
    def _looking(self, instrument: Instrument) -> Iterator[PairTables | None]:
        path = self._path(instrument)
        with self._pool.reading(path) as held, naming(path):
            yield None if held is None else PairTables(*held)

    @contextmanager
    def _changing(
        self,
        instrument: Instrument,
        kinds: Sequence[Dataset],
        companions: Companions,
    ) -> Iterator[PairTables]:
        """The instrument's tables in one transaction, which ends with the companions or not at
        all.
        """
        path = self._path(instrument)
        with self._pool.writing(path) as (attachment, cursor), naming(path):
            tables = PairTables(attachment, cursor)
            tables.make([*kinds, *(kind for kind, _ in companions)])
            cursor.execute("BEGIN")
            try:
                yield tables
                for dataset, frame in companions:
                    tables.upsert(dataset, frame)
                cursor.execute("COMMIT")
            except BaseException:
                roll_back(cursor)
                tables.forget()
                raise

    def _batches(
        self,
        kind: Dataset,
        instrument: Instrument,
        window: Window | None,
        columns: Sequence[str] | None,
    ) -> Iterator[pa.RecordBatch]:
        with self._looking(instrument) as tables:
            parts = [] if tables is None or not tables.has(kind) else slices(tables, kind, window)
        for part in parts:
            yield from batches_in_order(kind, self._slice(kind, instrument, part, columns), columns)

    def _slice(
        self, kind: Dataset, instrument: Instrument, part: Slice, columns: Sequence[str] | None
    ) -> pa.Table:
        names = fetched_columns(kind, columns)
        with self._looking(instrument) as tables:
            if tables is None:  # it was removed meanwhile
                return kind.arrow_schema.empty_table().select(names)
            return tables.fetch(kind, names, part.where, part.parameters)
