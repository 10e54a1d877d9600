"""Statements on one instrument's rows, inside somebody else's transaction.

Belongs here: SQL and the shapes that go in and out of it. Does not: connections (postgres_pool),
the port (postgres).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

import polars as pl
import psycopg
import pyarrow as pa

from marketdata_platform.core.coverage import DayCoverage
from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ddl.duckdb import COVERAGE, identifier, table_name
from marketdata_platform.core.datasets.ddl.postgres import (
    INSTRUMENT_COLUMNS,
    lookup_columns,
    postgres_type,
    unique_columns,
)
from marketdata_platform.core.digest import as_text
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window, from_us, to_us
from marketdata_platform.stores.postgres_server.copying.copy import decoded, encoded
from marketdata_platform.stores.postgres_server.copying.stream import copy_out
from marketdata_platform.stores.postgres_server.pool import Connection
from marketdata_platform.stores.postgres_server.querying.queries import ask, query_named

_WHO = "t.venue = %s AND t.market = %s AND t.symbol = %s"


def lock_number(text: str) -> int:
    """The number of an advisory lock by its name."""
    return int.from_bytes(
        blake2b(f"marketdata {text}".encode(), digest_size=8).digest(), "big", signed=True
    )


class InstrumentTables:
    """The rows of one instrument in every table, on one session."""

    def __init__(self, session: Connection, instrument: Instrument) -> None:
        self.session = session
        self.instrument = instrument
        self._who = [instrument.venue, instrument.market, instrument.symbol]
        self._named = dict(zip(INSTRUMENT_COLUMNS, self._who, strict=True))

    def take(self) -> None:
        """Be the instrument's only writer until the transaction ends, and make it known."""
        ask(self.session, "wait_for_lock", number=lock_number(str(self.instrument)))
        ask(self.session, "add_instrument", **self._named)

    def share(self, dataset: Dataset) -> None:
        """Keep the dataset's partitions from being dropped until the transaction ends."""
        ask(self.session, "share_lock", number=lock_number(f"rows of {dataset.name}"))

    def is_known(self) -> bool:
        """Whether the store holds the instrument."""
        return ask(self.session, "is_known", **self._named).fetchone() is not None

    def fetch(
        self,
        dataset: Dataset,
        columns: Sequence[str],
        where: str = "",
        parameters: Sequence[Any] = (),
    ) -> pa.Table:
        """Rows in no order; `where` speaks of the table as `t`."""
        names = ", ".join(f"t.{identifier(name)}" for name in columns)
        query = (
            f"SELECT {names} FROM {table_name(dataset)} t WHERE {_WHO}{where and ' AND '}{where}"
        )
        whole = dataset.arrow_schema
        return self._copied(
            query, [*self._who, *parameters], pa.schema([whole.field(name) for name in columns])
        )

    def query(
        self, dataset: Dataset, columns: str, rest: str = "", parameters: Sequence[Any] = ()
    ) -> list[Any]:
        """Rows of `SELECT columns FROM the dataset's table t WHERE it is the instrument's, and
        rest`.
        """
        sql = f"SELECT {columns} FROM {table_name(dataset)} t WHERE {_WHO} {rest}"
        return self.session.execute(sql, [*self._who, *parameters]).fetchall()

    def with_keys_of(
        self, dataset: Dataset, frame: pl.DataFrame, stretches: Sequence[Window] | None
    ) -> pl.DataFrame:
        """Stored rows whose key is in `frame`; they are looked for in `stretches` of time (None:
        everywhere).
        """
        where, parameters = _in_stretches(dataset, stretches)
        staged = self._stage(dataset, dataset.key, frame)
        query = (
            f"SELECT {_names(dataset)} FROM {table_name(dataset)} t JOIN {staged} s ON "
            f"{_same(dataset.key)} "
            f"WHERE {_WHO}{where and ' AND '}{where}"
        )
        return pl.DataFrame(self._copied(query, [*self._who, *parameters], dataset.arrow_schema))

    def looked_up(
        self, dataset: Dataset, frame: pl.DataFrame, partitions: Sequence[str]
    ) -> pl.DataFrame:
        """Stored rows whose key is in `frame`, which are few: each is looked up by its id in each
        of `partitions`.

        The planner is left no other way: where it has no statistics of the newest rows, it takes a
        stretch of time to be one row, and reads millions. So the condition on the instrument is one
        that no index serves.
        """
        staged = self._stage(dataset, dataset.key, frame)
        who = " AND ".join(f"t.{name} IS NOT DISTINCT FROM %s" for name in INSTRUMENT_COLUMNS)
        self._know(dataset, partitions)
        query = " UNION ALL ".join(
            f"SELECT {_names(dataset)} FROM "
            f"{identifier(dataset.schema_name)}.{identifier(partition)} t "
            f"JOIN {staged} s ON {_same(dataset.key)} WHERE {who}"
            for partition in partitions
        )
        self.session.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        found = self._copied(query, self._who * len(partitions), dataset.arrow_schema)
        self.session.execute("SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on")
        return pl.DataFrame(found)

    def existing(self, dataset: Dataset, partitions: Iterable[str]) -> list[str]:
        """Those of the partitions that are there."""
        rows = ask(self.session, "tables_there", names=list(partitions), schema=dataset.schema_name)
        return [row[0] for row in rows.fetchall()]

    def widen(self, dataset: Dataset, rows: pl.DataFrame) -> None:
        """Let the bounds of ids hold those of `rows`, too."""
        if not has_key_ranges(dataset) or rows.is_empty():
            return
        time, key = pl.col(dataset.time_column).dt.date().alias("day"), pl.col(dataset.key[0])
        ends = rows.group_by(time).agg(key.min().alias("first"), key.max().alias("last"))
        values = [
            {**self._named, "dataset": dataset.name, **row} for row in ends.iter_rows(named=True)
        ]
        self.session.cursor().executemany(query_named("widen_key_range"), values)

    def insert(self, dataset: Dataset, rows: pl.DataFrame | pa.Table) -> None:
        """Add rows, which have the dataset's columns in its order."""
        if len(rows):
            names = [*INSTRUMENT_COLUMNS, *(column.name for column in dataset.columns)]
            self._copy_in(table_name(dataset), names, _arrow(rows), self._who)

    def upsert(self, dataset: Dataset, frame: pl.DataFrame, *, keep: bool = False) -> None:
        """Put rows of bookkeeping in place of those with their keys; `keep`: only those whose key
        is not there.
        """
        names = [column.name for column in dataset.columns]
        unique = ", ".join(identifier(name) for name in unique_columns(dataset))
        setters = ", ".join(
            f"{identifier(n)} = excluded.{identifier(n)}" for n in names if n not in dataset.key
        )
        action = "NOTHING" if keep else f"UPDATE SET {setters}"
        columns = ", ".join(identifier(name) for name in (*INSTRUMENT_COLUMNS, *names))
        marks = ", ".join(["%s"] * (len(names) + 3))
        sql = (
            f"INSERT INTO {table_name(dataset)} ({columns}) VALUES ({marks}) ON CONFLICT "
            f"({unique}) DO {action}"
        )
        if len(frame):
            self.session.cursor().executemany(
                sql, [[*self._who, *row] for row in frame.select(names).iter_rows()]
            )

    def remove(self, dataset: Dataset, rows: pl.DataFrame) -> None:
        """Delete exactly these rows."""
        if not len(rows):
            return
        columns = [name for name in unique_columns(dataset) if name not in INSTRUMENT_COLUMNS]
        staged = self._stage(dataset, columns, rows)
        where, parameters = "", []
        if dataset.time_column in columns:
            time = identifier(dataset.time_column)
            # Plain bounds let whole partitions and chunks be passed over.
            where = f" AND t.{time} BETWEEN %s AND %s"
            parameters = [rows[dataset.time_column].min(), rows[dataset.time_column].max()]
        sql = (
            f"DELETE FROM {table_name(dataset)} t USING {staged} s WHERE {_same(columns)} AND "
            f"{_WHO}{where}"
        )
        self.session.execute(sql, [*self._who, *parameters])

    def delete(self, dataset: Dataset, window: Window) -> int:
        """Delete the rows of a window; how many."""
        where, parameters = within(dataset, window)
        sql = f"DELETE FROM {table_name(dataset)} t WHERE {_WHO} AND {where}"
        return max(self.session.execute(sql, [*self._who, *parameters]).rowcount, 0)

    def coverage(
        self, dataset: Dataset, where: str = "", parameters: Sequence[Any] = ()
    ) -> dict[date, DayCoverage]:
        """The kept coverage of all days, or those for which `where` holds, in order."""
        rows = self.query(
            COVERAGE,
            "day, rows, first_time, last_time, first_sequence, last_sequence, digest, irregular",
            f"AND dataset = %s{where and ' AND '}{where} ORDER BY day",
            [dataset.name, *parameters],
        )
        return {row[0]: _day_coverage(row[1:]) for row in rows}

    def set_coverage(self, dataset: Dataset, days: dict[date, DayCoverage | None]) -> None:
        """Put the coverage of these days in place; None: the day holds nothing now."""
        gone = [day for day, now in days.items() if now is None]
        if gone:
            for table in (table_name(COVERAGE), "meta.key_ranges"):
                sql = f"DELETE FROM {table} t WHERE {_WHO} AND dataset = %s AND day = ANY(%s)"
                self.session.execute(sql, [*self._who, dataset.name, gone])
        kept = [_coverage_row(dataset, day, now) for day, now in days.items() if now is not None]
        if kept:
            self.upsert(
                COVERAGE, pl.DataFrame(pa.Table.from_pylist(kept, schema=COVERAGE.arrow_schema))
            )

    def _know(self, dataset: Dataset, partitions: Sequence[str]) -> None:
        """Have statistics made of partitions that never had any."""
        unknown = ask(
            self.session, "never_analyzed", schema=dataset.schema_name, names=list(partitions)
        )
        for (name,) in unknown.fetchall():
            self.session.execute(f"ANALYZE {identifier(dataset.schema_name)}.{identifier(name)}")

    def _stage(self, dataset: Dataset, columns: Sequence[str], rows: pl.DataFrame) -> str:
        """Put columns of `rows` into a table that only this session sees, until the transaction
        ends.
        """
        name = f"pg_temp.{identifier('staged_' + dataset.name + '_' + str(len(columns)))}"
        listed = ", ".join(
            f"{identifier(c)} {postgres_type(dataset.column(c).type)}" for c in columns
        )
        self.session.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {name} ({listed}) ON COMMIT DELETE ROWS"
        )
        self.session.execute(f"TRUNCATE {name}")
        self._copy_in(name, columns, _arrow(rows.select(columns)), ())
        return name

    def _copy_in(
        self, table: str, columns: Iterable[str], rows: pa.Table, constants: Sequence[str]
    ) -> None:
        names = ", ".join(identifier(name) for name in columns)
        with (
            self.session.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy,
        ):
            for block in encoded(rows, constants):
                copy.write(block)

    def _copied(self, query: str, parameters: Sequence[Any], schema: pa.Schema) -> pa.Table:
        text = psycopg.ClientCursor(self.session).mogrify(query, parameters)
        return decoded(copy_out(self.session, f"COPY ({text}) TO STDOUT (FORMAT BINARY)"), schema)


def has_key_ranges(dataset: Dataset) -> bool:
    """Whether bounds of its ids are kept: rows are found by a text id, and not by their time."""
    return bool(lookup_columns(dataset)) and dataset.column(dataset.key[0]).type == pa.string()


def within(dataset: Dataset, window: Window) -> tuple[str, list[Any]]:
    """The condition that a row's time is in `window`, with its parameters."""
    name = f"t.{identifier(dataset.time_column)}"
    bounds: list[Any] = [window.start, window.end]
    if pa.types.is_date32(dataset.column(dataset.time_column).type):
        bounds = [_midnight_after(window.start), _midnight_after(window.end)]
    return f"{name} >= %s AND {name} < %s", bounds


def _midnight_after(moment: datetime) -> date:
    """The first day whose midnight is not before `moment`: a day stands for its midnight."""
    whole = Window.of_day(moment.date())
    return moment.date() if moment == whole.start else whole.end.date()


def _in_stretches(dataset: Dataset, stretches: Sequence[Window] | None) -> tuple[str, list[Any]]:
    if stretches is None:
        return "", []
    parts, parameters = [], []
    for stretch in stretches:
        where, bounds = within(dataset, stretch)
        parts.append(f"({where})")
        parameters += bounds
    return f"({' OR '.join(parts) or 'false'})", parameters


def _names(dataset: Dataset) -> str:
    return ", ".join(f"t.{identifier(column.name)}" for column in dataset.columns)


def _same(columns: Iterable[str]) -> str:
    return " AND ".join(f"t.{identifier(name)} = s.{identifier(name)}" for name in columns)


def _arrow(rows: pl.DataFrame | pa.Table) -> pa.Table:
    return (
        rows if isinstance(rows, pa.Table) else rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    )


def _day_coverage(row: Sequence[Any]) -> DayCoverage:
    rows, first, last, first_sequence, last_sequence, digest, irregular = row
    return DayCoverage(
        rows, to_us(first), to_us(last), first_sequence, last_sequence, int(digest, 16), irregular
    )


def _coverage_row(dataset: Dataset, day: date, held: DayCoverage) -> dict[str, Any]:
    return {
        "dataset": dataset.name,
        "day": day,
        "rows": held.rows,
        "first_time": from_us(held.first_us),
        "last_time": from_us(held.last_us),
        "first_sequence": held.first_sequence,
        "last_sequence": held.last_sequence,
        "digest": as_text(held.digest),
        "irregular": held.irregular,
    }
