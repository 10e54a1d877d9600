"""A gatherer's own PostgreSQL in the two-tier layout: what makes it readable by commit, and reading
it so.

Belongs here: the column that dates a row by its transaction, and `Source` over it. Does not:
filling the database (it is a store like any other, landed from the journal).

A poll by time or by a sequence misses what commits late: a transaction that took its number early
may become visible after a later one was read. So each row carries the number of the transaction
that wrote it, and a reader goes only up to the oldest transaction that is still running: below it
everything is decided, nothing can appear any more.

Such numbers are one server's. A database that was made anew, restored or taken over by a replica
counts others, so a position says whose it is, and one of another history is no position: all is
read again, and nothing is stored twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg

from marketdata_platform.core.datasets import RAW, Dataset
from marketdata_platform.core.datasets.ddl.duckdb import identifier, table_name
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.postgres_server.failures import as_ours
from marketdata_platform.stores.postgres_server.options import ConnectionOptions
from marketdata_platform.stores.postgres_server.pool import Connection, Connections
from marketdata_platform.stores.postgres_server.querying.queries import ask
from marketdata_platform.stores.postgres_server.tables import InstrumentTables
from marketdata_platform.workflows.ports import RowBatch

LANDED_IN = "landed_in"
_ROW_BYTES = 200  # about what a row weighs in memory, to turn a caller's bytes into rows
_CURRENT = "(pg_current_xact_id()::text)::bigint"


def prepare(url: str, options: ConnectionOptions | None = None) -> None:
    """Let the rows of a gatherer's database be read by commit; a second call changes nothing.

    Rows that were there before count as written first.

    Raises:
        StoreUnavailable, ConfigurationError: no answer, or this user may not change the tables.
    """
    connections = Connections(url, options or ConnectionOptions(component="gatherer"))
    try:
        with connections.connection() as session:
            for dataset in RAW:
                _prepare_table(session, dataset)
    except psycopg.Error as error:
        raise as_ours(error, connections.secrets) from error
    finally:
        connections.close()


def _prepare_table(session: Connection, dataset: Dataset) -> None:
    """One transaction, so that no row is written between column and default; where both are there,
    no lock is taken.

    The default is set after the column is made: a default that changes would rewrite every stored
    row.
    """
    table, name = table_name(dataset), f"{dataset.name}_{LANDED_IN}"
    with session.transaction():
        index = f"{identifier(dataset.schema_name)}.{identifier(name)}"
        if ask(session, "is_dated", table=table, column=LANDED_IN, index=index).fetchone() is None:
            session.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {LANDED_IN} bigint")
            session.execute(f"ALTER TABLE {table} ALTER COLUMN {LANDED_IN} SET DEFAULT {_CURRENT}")
            session.execute(
                f"CREATE INDEX IF NOT EXISTS {identifier(name)} ON {table} ({LANDED_IN})"
            )
        # A dump brought numbers of another server: they lie ahead of this one's, and no reader
        # would come to them.
        session.execute("SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction = 0")
        session.execute(
            f"UPDATE {table} SET {LANDED_IN} = {_CURRENT} WHERE {LANDED_IN} > {_CURRENT}"
        )


@dataclass(frozen=True, slots=True)
class _Span:
    """Transactions `first..end` (half-open) and the datasets that have rows of them."""

    first: int
    end: int
    datasets: tuple[Dataset, ...]


class DatabaseSource:
    """`Source` over a gatherer's database; reading only, whoever the user is.

    A position is the number of a transaction, all before which has been read, and whose number it
    is.
    """

    def __init__(self, url: str, name: str, options: ConnectionOptions | None = None) -> None:
        """Nothing is opened yet.

        Raises:
            ConfigurationError: the URL is none.
        """
        self._name = name
        self._connections = Connections(
            url, options or ConnectionOptions(component="landing", max_size=2)
        )

    @property
    def name(self) -> str:
        """The gatherer."""
        return self._name

    def batches(self, position: str | None, batch_bytes: int) -> Iterator[RowBatch]:
        """Rows of transactions that are decided, in their order; see `Source.batches`.

        Raises:
            StoreUnavailable: the database does not answer.
            ConfigurationError: it is not prepared, or the position is another source's.
        """
        limit = max(1, batch_bytes // _ROW_BYTES)
        number, history = self._parsed(position)
        try:
            with self._connections.connection() as session:
                self._check(session)
                horizon, ours = self._standing(session)
                first = number if history == ours and number <= horizon else 0
                for span in _spans(session, first, horizon, limit):
                    yield from _rows_of(session, span, limit, ours)
        except psycopg.Error as error:
            raise as_ours(error, self._connections.secrets) from error

    def tail(self) -> str:
        """The oldest transaction that is still running, or the next one."""
        try:
            with self._connections.connection() as session:
                return _position(*self._standing(session))
        except psycopg.Error as error:
            raise as_ours(error, self._connections.secrets) from error

    def close(self) -> None:
        """Give the connections back."""
        self._connections.close()

    def _parsed(self, position: str | None) -> tuple[int, str]:
        number, _, history = (position or "0").partition("@")
        if not number.isdigit():
            raise ConfigurationError(
                f"gatherer {self._name} was landed from a journal before (cursor {number[:40]}), "
                "and has a database "
                "now: give the database's gatherer a name of its own"
            )
        return int(number), history

    @staticmethod
    def _standing(session: Connection) -> tuple[int, str]:
        """The oldest transaction that is still running, or the next one, and the history that it is
        of.
        """
        row = ask(session, "standing").fetchone()
        assert row is not None  # functions
        return int(row[0]), str(row[1])

    def _check(self, session: Connection) -> None:
        row = ask(session, "raw_tables_with", column=LANDED_IN).fetchone()
        if row is None or row[0] < len(RAW):
            raise ConfigurationError(
                f"the database of gatherer {self._name} is not prepared: run `marketdata gatherer "
                f"prepare {self._name}`"
            )


def _transactions(
    session: Connection, first: int, horizon: int
) -> tuple[Counter[int], dict[int, list[Dataset]]]:
    """Rows and datasets of each transaction."""
    rows: Counter[int] = Counter()
    datasets: dict[int, list[Dataset]] = {}
    for dataset in RAW:
        query = (
            f"SELECT coalesce({LANDED_IN}, 0) AS written, count(*) FROM {table_name(dataset)} "
            f"WHERE {_within(first)} GROUP BY written"
        )
        for number, found in session.execute(query, _bounds(first, horizon)).fetchall():
            rows[number] += found
            datasets.setdefault(number, []).append(dataset)
    return rows, datasets


def _spans(session: Connection, first: int, horizon: int, limit: int) -> Iterator[_Span]:
    """Runs of transactions with about `limit` rows each; one transaction is never cut."""
    rows, datasets = _transactions(session, first, horizon)
    begun, held, held_rows = first, dict[str, Dataset](), 0
    for number in sorted(rows):
        if held and held_rows + rows[number] > limit:
            yield _Span(begun, number, tuple(held.values()))
            begun, held, held_rows = number, {}, 0
        held |= {dataset.name: dataset for dataset in datasets[number]}
        held_rows += rows[number]
    if held:
        yield _Span(begun, horizon, tuple(held.values()))


def _rows_of(session: Connection, span: _Span, limit: int, history: str) -> Iterator[RowBatch]:
    """The span's rows by dataset and instrument, in batches of about `limit`; only the last one
    moves the cursor.
    """
    found = [
        (dataset, one, where)
        for dataset in span.datasets
        for one, rows in _instruments(session, dataset, span)
        for where in _parts(session, dataset, one, span, limit if rows > limit else 0)
    ]
    for number, (dataset, instrument, (where, bounds)) in enumerate(found, 1):
        names = [column.name for column in dataset.columns]
        rows = InstrumentTables(session, instrument).fetch(dataset, names, where, bounds)
        yield RowBatch(
            dataset.name,
            instrument,
            rows,
            _position(span.end if number == len(found) else span.first, history),
        )


def _parts(
    session: Connection, dataset: Dataset, instrument: Instrument, span: _Span, limit: int
) -> list[tuple[str, list[Any]]]:
    """Conditions that together are the instrument's rows of the span; `limit` 0: in one."""
    where, bounds = _within(span.first, "t."), list[Any](_bounds(span.first, span.end))
    if not limit:
        return [(where, bounds)]
    time = f"t.{identifier(dataset.time_column)}"
    minutes = InstrumentTables(session, instrument).query(
        dataset,
        f"date_trunc('minute', {time}) AS minute, count(*)",
        f"AND {where} GROUP BY minute ORDER BY minute",
        bounds,
    )
    starts, filled = list[Any](), limit
    for minute, rows in minutes:
        if filled + rows > limit:
            starts.append(minute)
            filled = 0
        filled += rows
    ends = [*starts[1:], minutes[-1][0] + timedelta(minutes=1)]
    return [
        (f"{where} AND {time} >= %s AND {time} < %s", [*bounds, *part])
        for part in zip(starts, ends, strict=True)
    ]


def _instruments(
    session: Connection, dataset: Dataset, span: _Span
) -> list[tuple[Instrument, int]]:
    query = (
        f"SELECT venue, market, symbol, count(*) FROM {table_name(dataset)} WHERE "
        f"{_within(span.first)} "
        "GROUP BY venue, market, symbol"
    )
    rows = session.execute(query, _bounds(span.first, span.end)).fetchall()
    return sorted((Instrument(*who), count) for *who, count in rows)


def _position(number: int, history: str) -> str:
    return f"{number}@{history}"


def _within(first: int, alias: str = "") -> str:
    """Transactions of a span; rows from before the column was made have none, and belong to the
    first span.
    """
    old = f" OR {alias}{LANDED_IN} IS NULL" if first == 0 else ""
    return f"(({alias}{LANDED_IN} >= %s AND {alias}{LANDED_IN} < %s){old})"


def _bounds(first: int, end: int) -> list[int]:
    return [first, end]
