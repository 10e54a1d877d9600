"""The DuckDB store: one file an instrument, `data/{venue}/{market}/{symbol}/trading.duckdb`.

Belongs here: the port's verbs as transactions. Does not: SQL text (duckdb_tables), attachments and
locks (duckdb_pool).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.coverage import covered, irregular_rows
from marketdata_platform.core.datasets import QUARANTINE, Dataset, Tier, dataset_named
from marketdata_platform.core.datasets.ordering import in_order, order_columns, positions_in_order
from marketdata_platform.core.dedup import Refused, frame_of
from marketdata_platform.core.instrument import Instrument, symbol_from_path
from marketdata_platform.core.window import EPOCH, Window
from marketdata_platform.stores.duckdb_files.changes import (
    coverage_after_append,
    coverage_after_removal,
    held_against,
    sequence_tells_id,
    stored_rows,
)
from marketdata_platform.stores.duckdb_files.failures import naming, roll_back
from marketdata_platform.stores.duckdb_files.pool import FILE_NAME, AttachmentPool, PoolStatistics
from marketdata_platform.stores.duckdb_files.query import run_query
from marketdata_platform.stores.duckdb_files.slices import Slice, slices
from marketdata_platform.stores.duckdb_files.tables import PairTables, within
from marketdata_platform.stores.rows import (
    BATCH_ROWS,
    as_coverage,
    bookkeeping,
    checked_columns,
    judged_additions,
    quarantined,
    refuse_changed,
    rows_of,
    valid_companions,
    valid_replacement,
)
from marketdata_platform.workflows.ports import Addition, Appended, Coverage


class DuckDBStore:
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

    def append(
        self,
        dataset: str,
        instrument: Instrument,
        rows: pa.Table | Batch,
        *,
        source: str = "",
        positions: Sequence[int] | None = None,
        companions: Mapping[str, pa.Table] | None = None,
    ) -> Appended:
        """See `Store.append`."""
        kind = dataset_named(dataset)
        if kind.tier is not Tier.META:
            return self.append_many(
                instrument, [Addition(dataset, rows, source, positions)], companions=companions
            )[0]
        riders, frame = valid_companions(companions), bookkeeping(kind, rows_of(rows))
        with self._changing(instrument, [kind], riders) as tables:
            tables.upsert(kind, frame)
        return Appended(inserted=len(frame))

    def append_many(
        self,
        instrument: Instrument,
        additions: Sequence[Addition],
        *,
        companions: Mapping[str, pa.Table] | None = None,
    ) -> list[Appended]:
        """See `Store.append_many`."""
        riders, batches = valid_companions(companions), judged_additions(additions)
        with self._changing(instrument, [batch.dataset for batch, _ in batches], riders) as tables:
            return [self._add(tables, batch, addition) for batch, addition in batches]

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
        with self._changing(instrument, [kind], {}) as tables:
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

    def coverage(self, dataset: str, instrument: Instrument | None = None) -> list[Coverage]:
        """See `Store.coverage`."""
        kind = dataset_named(dataset)
        result: list[Coverage] = []
        for who in [instrument] if instrument is not None else self.instruments():
            with self._looking(who) as tables:
                if tables is None or not tables.has(kind):
                    continue
                if kind.tier is Tier.META:
                    days = covered(
                        kind, pl.DataFrame(tables.fetch(kind, [c.name for c in kind.columns]))
                    )
                else:
                    days = tables.coverage(kind)
            result.extend(as_coverage(who, day, held) for day, held in days.items())
        return sorted(result)

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

    def _add(self, tables: PairTables, batch: Batch, addition: Addition) -> Appended:
        """One addition of a transaction, with its quarantine."""
        result, conflicts = self._append(tables, batch)
        if refused := [*conflicts, *batch.refused]:
            rows = quarantined(
                batch.dataset, refused, addition.source, addition.positions, self._clock()
            )
            known = tables.with_keys_of(QUARANTINE, rows, "", ())
            tables.insert(
                QUARANTINE, rows.join(known, on=QUARANTINE.key, how="anti", maintain_order="left")
            )
        return result

    def _append(self, tables: PairTables, batch: Batch) -> tuple[Appended, list[Refused]]:
        """Add what is new, complete what is stored; also the conflicts."""
        kind, stored = batch.dataset, stored_rows(tables, batch)
        if stored.is_empty() and batch.unique:
            tables.insert(kind, batch.rows, ids_told=batch.irregular == 0)
            days = coverage_after_append(tables, kind, batch.coverage, stored, stored)
            tables.set_coverage(kind, days)
            return Appended(len(batch), 0, 0, len(batch.refused)), []
        outcome = held_against(batch, stored)
        tables.insert(kind, in_order(kind, outcome.new))
        irregular = irregular_rows(kind, outcome.after)
        tables.complete(kind, outcome.after, by_sequence=sequence_tells_id(tables, kind, irregular))
        days = coverage_after_append(
            tables, kind, covered(kind, outcome.new), outcome.before, outcome.after
        )
        tables.set_coverage(kind, days)
        counts = Appended(
            len(outcome.new), outcome.duplicates, len(outcome.conflicts), len(batch.refused)
        )
        return counts, outcome.conflicts

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
        riders: Mapping[Dataset, pl.DataFrame],
    ) -> Iterator[PairTables]:
        """The instrument's tables in one transaction, which ends with the companions or not at
        all.
        """
        path = self._path(instrument)
        with self._pool.writing(path) as (attachment, cursor), naming(path):
            tables = PairTables(attachment, cursor)
            tables.make([*kinds, *riders])
            cursor.execute("BEGIN")
            try:
                yield tables
                for dataset, frame in riders.items():
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
            yield from self._slice(kind, instrument, part, columns).to_batches(
                max_chunksize=BATCH_ROWS
            )

    def _slice(
        self, kind: Dataset, instrument: Instrument, part: Slice, columns: Sequence[str] | None
    ) -> pa.Table:
        names = dict.fromkeys([*checked_columns(kind, columns), *order_columns(kind)])
        with self._looking(instrument) as tables:
            if tables is None:
                return kind.arrow_schema.empty_table().select(checked_columns(kind, columns))
            rows = tables.fetch(kind, list(names), part.where, part.parameters)
        keys = pl.from_arrow(rows.select(order_columns(kind)), rechunk=False)
        order = positions_in_order(kind, pl.DataFrame(keys))
        wanted = checked_columns(kind, columns)
        schema = pa.schema([kind.arrow_schema.field(name) for name in wanted])
        return (rows if order is None else rows.take(order.to_arrow())).select(wanted).cast(schema)
