"""Statements on one instrument's rows, inside somebody else's transaction.

Belongs here: SQL and the shapes that go in and out of it. Does not: connections (pool), the port
(store).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any

import polars as pl
import pyarrow as pa

from marketdata_platform.core.coverage import DayCoverage
from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ddl.duckdb import COVERAGE, identifier, table_name
from marketdata_platform.core.datasets.ddl.postgres import INSTRUMENT_COLUMNS, unique_columns
from marketdata_platform.core.datasets.ordering import has_sequence
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window, to_us
from marketdata_platform.stores.changes import DayEnds, coverage_row
from marketdata_platform.stores.postgres_server.conditions import (
    OF_INSTRUMENT,
    column_list,
    has_key_ranges,
    in_stretches,
    same,
    within,
)
from marketdata_platform.stores.postgres_server.pool import Connection
from marketdata_platform.stores.postgres_server.querying.queries import ask, query_named
from marketdata_platform.stores.postgres_server.staging import copied_in, copied_out, staged

_ENDS = ("min", "max")


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
        """True if the store holds the instrument."""
        return ask(self.session, "is_known", **self._named).fetchone() is not None

    def fetch(
        self,
        dataset: Dataset,
        columns: Sequence[str],
        where: str = "",
        parameters: Sequence[Any] = (),
    ) -> pa.Table:
        """Rows in no order; `where` speaks of the table as `t`."""
        query = (
            f"SELECT {column_list(columns)} FROM {table_name(dataset)} t "
            f"WHERE {OF_INSTRUMENT}{where and ' AND '}{where}"
        )
        whole = dataset.arrow_schema
        return copied_out(
            self.session,
            query,
            [*self._who, *parameters],
            pa.schema([whole.field(name) for name in columns]),
        )

    def query(
        self, dataset: Dataset, columns: str, rest: str = "", parameters: Sequence[Any] = ()
    ) -> list[Any]:
        """Rows of `SELECT columns FROM the dataset's table t WHERE it is the instrument's, and
        rest`.
        """
        sql = f"SELECT {columns} FROM {table_name(dataset)} t WHERE {OF_INSTRUMENT} {rest}"
        return self.session.execute(sql, [*self._who, *parameters]).fetchall()

    def with_keys_of(
        self, dataset: Dataset, frame: pl.DataFrame, stretches: Sequence[Window] | None
    ) -> pl.DataFrame:
        """Stored rows whose key is in `frame`; they are looked for in `stretches` of time (None:
        everywhere).
        """
        where, parameters = in_stretches(dataset, stretches)
        keys = staged(self.session, dataset, dataset.key, frame)
        query = (
            f"SELECT {column_list(dataset.arrow_schema.names)} FROM {table_name(dataset)} t "
            f"JOIN {keys} s ON {same(dataset.key)} "
            f"WHERE {OF_INSTRUMENT}{where and ' AND '}{where}"
        )
        return pl.DataFrame(
            copied_out(self.session, query, [*self._who, *parameters], dataset.arrow_schema)
        )

    def looked_up(
        self, dataset: Dataset, frame: pl.DataFrame, partitions: Sequence[str]
    ) -> pl.DataFrame:
        """Stored rows whose key is in `frame`, which are few: each is looked up by its id in each
        of `partitions`.

        The planner is left no other way: where it has no statistics of the newest rows, it takes a
        stretch of time to be one row, and reads millions. So the condition on the instrument is one
        that no index serves.
        """
        keys = staged(self.session, dataset, dataset.key, frame)
        who = " AND ".join(f"t.{name} IS NOT DISTINCT FROM %s" for name in INSTRUMENT_COLUMNS)
        self._know(dataset, partitions)
        query = " UNION ALL ".join(
            f"SELECT {column_list(dataset.arrow_schema.names)} FROM "
            f"{identifier(dataset.schema_name)}.{identifier(partition)} t "
            f"JOIN {keys} s ON {same(dataset.key)} WHERE {who}"
            for partition in partitions
        )
        self.session.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
        found = copied_out(self.session, query, self._who * len(partitions), dataset.arrow_schema)
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
            copied_in(self.session, table_name(dataset), names, rows, self._who)

    def upsert(self, dataset: Dataset, frame: pl.DataFrame) -> None:
        """Put rows of bookkeeping in place of those with their keys."""
        setters = ", ".join(
            f"{identifier(name)} = excluded.{identifier(name)}"
            for name in dataset.arrow_schema.names
            if name not in dataset.key
        )
        self._insert_rows(dataset, frame, f"UPDATE SET {setters}")

    def insert_missing(self, dataset: Dataset, rows: pl.DataFrame) -> None:
        """Add those rows of bookkeeping whose key is not there."""
        self._insert_rows(dataset, rows, "NOTHING")

    def _insert_rows(self, dataset: Dataset, frame: pl.DataFrame, otherwise: str) -> None:
        """Add rows one by one; `otherwise`: what is done where the key is there."""
        names = [column.name for column in dataset.columns]
        unique = ", ".join(identifier(name) for name in unique_columns(dataset))
        columns = ", ".join(identifier(name) for name in (*INSTRUMENT_COLUMNS, *names))
        marks = ", ".join(["%s"] * (len(names) + 3))
        sql = (
            f"INSERT INTO {table_name(dataset)} ({columns}) VALUES ({marks}) ON CONFLICT "
            f"({unique}) DO {otherwise}"
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
        keys = staged(self.session, dataset, columns, rows)
        where, parameters = "", []
        if dataset.time_column in columns:
            time = identifier(dataset.time_column)
            # Plain bounds let whole partitions and chunks be passed over.
            where = f" AND t.{time} BETWEEN %s AND %s"
            parameters = [rows[dataset.time_column].min(), rows[dataset.time_column].max()]
        sql = (
            f"DELETE FROM {table_name(dataset)} t USING {keys} s WHERE {same(columns)} AND "
            f"{OF_INSTRUMENT}{where}"
        )
        self.session.execute(sql, [*self._who, *parameters])

    def delete(self, dataset: Dataset, window: Window) -> int:
        """Delete the rows of a window; how many."""
        where, parameters = within(dataset, window)
        sql = f"DELETE FROM {table_name(dataset)} t WHERE {OF_INSTRUMENT} AND {where}"
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

    def coverage_on(self, dataset: Dataset, days: Sequence[date]) -> Mapping[date, DayCoverage]:
        """See `CoveredTables.coverage_on`."""
        return self.coverage(dataset, "day = ANY(%s)", [list(days)])

    def covered_days(self, dataset: Dataset, first: date, last: date) -> Iterable[date]:
        """See `CoveredTables.covered_days`."""
        return list(self.coverage(dataset, "day BETWEEN %s AND %s", [first, last]))

    def rows_of_day(self, dataset: Dataset, day: date) -> pl.DataFrame:
        """See `CoveredTables.rows_of_day`."""
        where, parameters = within(dataset, Window.of_day(day))
        names = dataset.arrow_schema.names
        return pl.DataFrame(self.fetch(dataset, names, where, parameters))

    def ends_of_day(self, dataset: Dataset, day: date) -> DayEnds:
        """See `CoveredTables.ends_of_day`."""
        time = f"t.{identifier(dataset.time_column)}"
        columns = [f"(extract(epoch FROM {end}({time})) * 1000000)::bigint" for end in _ENDS]
        columns += ["NULL", "NULL", "0"]
        if has_sequence(dataset):
            key = identifier(dataset.key[0])
            irregular = f"count(*) FILTER (WHERE sequence::text IS DISTINCT FROM {key})"
            columns[2:] = ["min(sequence)", "max(sequence)", irregular]
        where, parameters = within(dataset, Window.of_day(day))
        row = self.query(dataset, ", ".join(columns), f"AND {where}", parameters)[0]
        return DayEnds(*row)

    def set_coverage(self, dataset: Dataset, days: dict[date, DayCoverage | None]) -> None:
        """Put the coverage of these days in place; None: the day holds nothing now."""
        gone = [day for day, now in days.items() if now is None]
        if gone:
            for table in (table_name(COVERAGE), "meta.key_ranges"):
                condition = f"{OF_INSTRUMENT} AND dataset = %s AND day = ANY(%s)"
                sql = f"DELETE FROM {table} t WHERE {condition}"
                self.session.execute(sql, [*self._who, dataset.name, gone])
        kept = [coverage_row(dataset, day, now) for day, now in days.items() if now is not None]
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


def _day_coverage(row: Sequence[Any]) -> DayCoverage:
    rows, first, last, first_sequence, last_sequence, digest, irregular = row
    return DayCoverage(
        rows, to_us(first), to_us(last), first_sequence, last_sequence, int(digest, 16), irregular
    )
