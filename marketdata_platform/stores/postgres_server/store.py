"""The PostgreSQL store, plain or with TimescaleDB: one table per dataset, all instruments in
it.

Belongs here: the port's verbs as transactions. Does not: SQL text (tables), connections (pool).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import polars as pl
import pyarrow as pa

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.coverage import DayCoverage, covered
from marketdata_platform.core.datasets import Dataset, Tier, dataset_named
from marketdata_platform.core.datasets.ordering import in_order
from marketdata_platform.core.dedup import RejectedRow, deduplicate, frame_of
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import EPOCH, Window
from marketdata_platform.stores.changes import (
    coverage_after_append,
    coverage_after_outcome,
    coverage_after_removal,
)
from marketdata_platform.stores.postgres_server.changes import same_rows, stored_rows
from marketdata_platform.stores.postgres_server.engine import Engine
from marketdata_platform.stores.postgres_server.options import ConnectionOptions
from marketdata_platform.stores.postgres_server.pool import (
    Connection,
    Connections,
    ConnectionStatistics,
)
from marketdata_platform.stores.postgres_server.querying.queries import ask
from marketdata_platform.stores.postgres_server.querying.query import run_query
from marketdata_platform.stores.postgres_server.querying.reading import read_batches
from marketdata_platform.stores.postgres_server.schema.migrations import Timescale
from marketdata_platform.stores.postgres_server.schema.partitions import make_missing
from marketdata_platform.stores.postgres_server.schema.retention import cutoffs, delete_before
from marketdata_platform.stores.postgres_server.schema.sizes import stored_bytes
from marketdata_platform.stores.postgres_server.tables import InstrumentTables
from marketdata_platform.stores.postgres_server.text_limits import check_texts, storable
from marketdata_platform.stores.rows import (
    Companions,
    appended,
    as_coverage,
    checked_columns,
    refuse_changed,
    valid_companions,
    valid_replacement,
)
from marketdata_platform.stores.store_verbs import StoreVerbs, covered_days, put_into_quarantine
from marketdata_platform.workflows.ports import Addition, Appended, Coverage

_T = TypeVar("_T")


class PostgresStore(StoreVerbs):
    """`Store` in PostgreSQL. Safe for threads and processes.

    A verb that changes an instrument is its only writer meanwhile (an advisory lock), in one
    transaction. All raise `StoreUnavailable` when the server does not answer, or gave the
    transaction up more often than it is tried again. `ConfigurationError`: user, grants or tables
    are not right.
    """

    def __init__(
        self, engine: Engine, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`clock` dates what goes into quarantine. Nothing is opened before the first verb."""
        self._engine = engine
        self._clock = clock

    def read(
        self,
        dataset: str,
        instrument: Instrument,
        window: Window | None = None,
        *,
        columns: Sequence[str] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """See `Store.read`. Memory holds half a million rows at a time, and no connection is held
        between batches.

        A change made by somebody else meanwhile is seen in the batches that follow.
        """
        kind = dataset_named(dataset)
        checked_columns(kind, columns)
        return read_batches(self._engine.reading, kind, instrument, window, columns)

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
        check_texts(kind, frame)

        def put(tables: InstrumentTables) -> None:
            tables.delete(kind, window)
            tables.insert(kind, in_order(kind, frame))
            tables.widen(kind, frame)
            tables.set_coverage(kind, coverage_after_removal(tables, kind, window, frame))

        self._change(
            instrument, valid_companions(companions), put, [(kind, list(covered(kind, frame)))]
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
        """See `Store.drop_before`. What nobody else has rows in goes as whole partitions or chunks,
        many in steps.
        """
        kind = dataset_named(dataset)
        if cutoff <= EPOCH or instrument not in self.instruments():
            return 0
        if kind.tier is Tier.META:
            return self._change(
                instrument, [], lambda tables: tables.delete(kind, Window(EPOCH, cutoff))
            )
        days = [day.day for day in self.coverage(dataset, instrument)]
        steps = cutoffs(kind, days, cutoff, timescale=self._engine.timescale)
        return sum(self._drop_before(kind, instrument, step, known) for step in steps)

    def _drop_before(
        self,
        kind: Dataset,
        instrument: Instrument,
        cutoff: datetime,
        known: Sequence[Coverage] | None,
    ) -> int:
        def drop(tables: InstrumentTables) -> int:
            if known is not None:
                held = (as_coverage(instrument, *day) for day in tables.coverage(kind).items())
                refuse_changed(kind, cutoff, known, held)
            deleted = delete_before(tables, kind, cutoff, timescale=self._engine.timescale)
            if deleted:
                nothing = frame_of(kind, kind.arrow_schema.empty_table())
                gone = coverage_after_removal(tables, kind, Window(EPOCH, cutoff), nothing)
                tables.set_coverage(kind, gone)
            return deleted

        return self._change(instrument, [], drop)

    def instruments(self) -> list[Instrument]:
        """See `Store.instruments`."""
        with self._engine.reading() as session:
            rows = ask(session, "known_instruments").fetchall()
        return sorted(Instrument(*row) for row in rows)

    def query(
        self,
        sql: str,
        parameters: Sequence[Any] | Mapping[str, Any] | None = None,
        instruments: Sequence[Instrument] | None = None,
    ) -> pa.Table:
        """See `QueryableStore.query`; `trades` is also `raw.trades`, with venue, market and symbol
        in front.
        """
        with self._engine.reading() as session:
            return run_query(session, sql, parameters, instruments)

    def stored_bytes(self, instrument: Instrument) -> int:
        """See `QueryableStore.stored_bytes`: the instrument's share of each table, by rows."""
        with self._engine.reading() as session:
            return stored_bytes(session, instrument, timescale=self._engine.timescale)

    def close(self) -> None:
        """See `QueryableStore.close`."""
        self._engine.close()

    def session(self) -> AbstractContextManager[None]:
        """See `Store.session`; connections are the pool's, nothing more is held."""
        return nullcontext()

    def statistics(self) -> ConnectionStatistics:
        """How the pool of connections stands."""
        return self._engine.connections.statistics()

    def _change(
        self,
        instrument: Instrument,
        companions: Companions,
        work: Callable[[InstrumentTables], _T],
        rows: Sequence[tuple[Dataset, list[date]]] = (),
    ) -> _T:
        """`work` on the instrument's tables in one transaction, which ends with the companions or
        not at all.

        `rows`: the days on which each dataset will get rows.
        """
        for dataset, frame in companions:
            check_texts(dataset, frame)

        def transaction(session: Connection) -> _T:
            tables = InstrumentTables(session, instrument)
            tables.take()
            for dataset, _ in rows:
                tables.share(dataset)
            result = work(tables)
            for dataset, frame in companions:
                tables.upsert(dataset, frame)
            return result

        def before(session: Connection) -> None:
            if not self._engine.timescale:
                for dataset, days in rows:
                    make_missing(session, dataset, days)

        return self._engine.write(transaction, before=before)

    def _write(
        self,
        instrument: Instrument,
        additions: Sequence[tuple[Batch, Addition]],
        companions: Companions,
    ) -> list[Appended]:
        batches = [(storable(batch), addition) for batch, addition in additions]

        def add(tables: InstrumentTables) -> list[Appended]:
            return [self._add(tables, batch, addition) for batch, addition in batches]

        days = [(batch.dataset, list(batch.coverage)) for batch, _ in batches]
        return self._change(instrument, companions, add, days)

    def _covered_days(self, dataset: Dataset, instrument: Instrument) -> Mapping[date, DayCoverage]:
        with self._engine.reading() as session:
            return covered_days(InstrumentTables(session, instrument), dataset)

    def _add(self, tables: InstrumentTables, batch: Batch, addition: Addition) -> Appended:
        """One addition of a transaction, with its quarantine."""
        result, conflicts = self._append(tables, batch)
        put_into_quarantine(tables, batch, conflicts, addition, self._clock())
        return result

    def _append(self, tables: InstrumentTables, batch: Batch) -> tuple[Appended, list[RejectedRow]]:
        """Add what is new, complete what is stored; also the conflicts."""
        kind = batch.dataset
        stored = stored_rows(tables, batch, timescale=self._engine.timescale)
        if stored.is_empty() and batch.unique:
            tables.insert(kind, batch.rows)
            tables.widen(kind, batch.good)
            days = coverage_after_append(tables, kind, batch.coverage, stored, stored)
            tables.set_coverage(kind, days)
            return Appended(len(batch), 0, 0, len(batch.refused)), []
        if same_rows(batch, stored):
            return Appended(0, len(batch), 0, len(batch.refused)), []
        outcome = deduplicate(kind, batch.good, stored)
        tables.remove(kind, outcome.before)
        written = pl.concat([outcome.new, outcome.after])
        tables.insert(kind, in_order(kind, written))
        tables.widen(kind, written)
        tables.set_coverage(kind, coverage_after_outcome(tables, kind, outcome))
        return appended(batch, outcome), outcome.conflicts


def open_postgres(
    url: str,
    read_url: str | None = None,
    *,
    options: ConnectionOptions | None = None,
    timescale: Timescale = "auto",
    create: bool = True,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> PostgresStore:
    """The store at `url`, read from `read_url` where one is given. Nothing is opened before the
    first verb.

    Raises:
        ConfigurationError: a URL that cannot be read.
    """
    options = options or ConnectionOptions()
    readers = None if read_url is None else Connections(read_url, options)
    engine = Engine(Connections(url, options), readers, timescale=timescale, create=create)
    return PostgresStore(engine, clock=clock)
