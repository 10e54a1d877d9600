"""Statements on one pair's tables, inside somebody else's transaction.

Belongs here: SQL and the shapes that go in and out of it. Does not: files and locks (pool), the
port (store).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from marketdata_platform.core.coverage import DayCoverage
from marketdata_platform.core.datasets import QUARANTINE, Dataset, Merge
from marketdata_platform.core.datasets.ddl.duckdb import (
    COVERAGE,
    create_table,
    identifier,
    table_name,
)
from marketdata_platform.core.datasets.ordering import has_sequence
from marketdata_platform.core.dedup import has_finer_times
from marketdata_platform.core.window import Window
from marketdata_platform.stores.changes import DayEnds, coverage_row
from marketdata_platform.stores.duckdb_files.attachment import Attachment
from marketdata_platform.stores.duckdb_files.conditions import (
    STAGED,
    StagedRows,
    inserted_values,
    same,
    within,
)

# A bound statement costs 1 ms, staging rows cost 7: an append touches a day or two, a rebuilt
# history thousands.
_FEW_DAYS = 4
_NAMES = [column.name for column in COVERAGE.columns]
_SETTERS = ", ".join(f"{identifier(name)} = ${name}" for name in _NAMES if name not in COVERAGE.key)
_UPDATE = f"UPDATE {{}} SET {_SETTERS} WHERE dataset = $dataset AND day = $day"
_INSERT = f"INSERT INTO {{}} VALUES ({', '.join(f'${name}' for name in _NAMES)})"


class PairTables:
    """The tables of one attached file, on one cursor."""

    def __init__(self, attachment: Attachment, cursor: duckdb.DuckDBPyConnection) -> None:
        self._attachment = attachment
        self._cursor = cursor

    def has(self, dataset: Dataset) -> bool:
        """True if the file has the dataset's table."""
        if dataset.name not in self._attachment.known_tables:
            try:
                self._cursor.execute(f"SELECT 1 FROM {self._name(dataset)} LIMIT 0")
            except duckdb.CatalogException:
                return False
            self._attachment.known_tables.add(dataset.name)
        return True

    def make(self, datasets: Iterable[Dataset]) -> None:
        """Make the tables of `datasets` and what every change may need, where they are missing."""
        wanted = [dataset for dataset in (*datasets, COVERAGE, QUARANTINE) if not self.has(dataset)]
        if wanted:
            script = "".join(create_table(dataset, self._attachment.catalog) for dataset in wanted)
            self._cursor.execute(f"BEGIN;\n{script}COMMIT;")

    def fetch(
        self,
        dataset: Dataset,
        columns: Sequence[str],
        where: str = "",
        parameters: Sequence[Any] = (),
    ) -> pa.Table:
        """Rows in stored order."""
        names = ", ".join(identifier(name) for name in columns)
        return self._table(
            f"SELECT {names} FROM {self._name(dataset)}{where and ' WHERE '}{where}", parameters
        )

    def query(
        self, dataset: Dataset, columns: str, rest: str = "", parameters: Sequence[Any] = ()
    ) -> list[Any]:
        """Rows of `SELECT columns FROM the dataset's table rest`."""
        return self._cursor.execute(
            f"SELECT {columns} FROM {self._name(dataset)} {rest}", list(parameters)
        ).fetchall()

    def with_keys_of(
        self,
        dataset: Dataset,
        frame: pl.DataFrame,
        where: str,
        parameters: Sequence[Any],
        by: str = "",
    ) -> pl.DataFrame:
        """Stored rows whose key (or column `by`, equivalent here) is in `frame`, looked for where
        `where` holds.
        """
        columns = (by,) if by else dataset.key
        names = ", ".join(f"t.{identifier(column.name)}" for column in dataset.columns)
        with StagedRows(self._cursor, frame.select(columns)):
            found = self._table(
                f"SELECT {names} FROM {self._name(dataset)} t SEMI JOIN {STAGED} s ON "
                f"{same(columns)}"
                f"{where and ' WHERE '}{where}",
                parameters,
            )
        return pl.DataFrame(found)

    def insert(
        self, dataset: Dataset, rows: pl.DataFrame | pa.Table, *, ids_are_sequences: bool = False
    ) -> None:
        """Add rows, which have the dataset's columns in its order; `ids_are_sequences`: each id is
        its sequence as text.
        """
        if len(rows):
            with StagedRows(self._cursor, rows):
                values = inserted_values(dataset, ids_are_sequences=ids_are_sequences)
                self._cursor.execute(f"INSERT INTO {self._name(dataset)} {values}")

    def insert_missing(self, dataset: Dataset, rows: pl.DataFrame) -> None:
        """Add those rows whose key is not there."""
        known = self.with_keys_of(dataset, rows, "", ())
        self.insert(dataset, rows.join(known, on=dataset.key, how="anti", maintain_order="left"))

    def upsert(self, dataset: Dataset, frame: pl.DataFrame) -> None:
        """Put rows in place of those with their keys."""
        if len(frame):
            with StagedRows(self._cursor, frame):
                name = self._name(dataset)
                self._cursor.execute(
                    f"DELETE FROM {name} t USING {STAGED} s WHERE {same(dataset.key)}"
                )
                self._cursor.execute(f"INSERT INTO {name} {inserted_values(dataset)}")

    def complete(self, dataset: Dataset, after: pl.DataFrame, *, by_sequence: bool) -> None:
        """Write the columns that a later copy of a row may complete, found by key or by the
        sequence that gives it.
        """
        if len(after):
            names = [c.name for c in dataset.columns if c.merge is not Merge.PAYLOAD]
            names += [dataset.time_column] if has_finer_times(dataset) else []
            setters = ", ".join(f"{identifier(name)} = s.{identifier(name)}" for name in names)
            where, bounds = same(dataset.key), []
            if by_sequence:
                where, bounds = (
                    f'{same(["sequence"])} AND t."sequence" BETWEEN ? AND ?',
                    [*_ends(after["sequence"])],
                )
            with StagedRows(self._cursor, after.select([*dataset.key, *names])):
                update = (
                    f"UPDATE {self._name(dataset)} t SET {setters} FROM {STAGED} s WHERE {where}"
                )
                self._cursor.execute(update, bounds)

    def delete(self, dataset: Dataset, where: str, parameters: Sequence[Any]) -> int:
        """Delete rows; how many."""
        row = self._cursor.execute(
            f"DELETE FROM {self._name(dataset)} WHERE {where}", list(parameters)
        ).fetchone()
        return int(row[0]) if row else 0

    def writers_coverage(self, dataset: Dataset) -> dict[date, DayCoverage]:
        """The kept coverage as the one writer knows it: read once an attachment, and then kept
        along.
        """
        known = self._attachment.known_coverage
        if dataset.name not in known:
            known[dataset.name] = self.coverage(dataset)
        return known[dataset.name]

    def coverage(
        self, dataset: Dataset, days: Iterable[date] | None = None
    ) -> dict[date, DayCoverage]:
        """The kept coverage of these days, or of all, in order."""
        chosen = "" if days is None else " AND day IN (SELECT unnest(?))"
        rows = self.query(
            COVERAGE,
            "day, rows, epoch_us(first_time), epoch_us(last_time), first_sequence, last_sequence, "
            "digest, irregular",
            f"WHERE dataset = ?{chosen} ORDER BY day",
            [dataset.name] + ([] if days is None else [list(days)]),
        )
        return {row[0]: DayCoverage(*row[1:6], int(row[6], 16), row[7]) for row in rows}  # type: ignore[call-arg]

    def coverage_on(self, dataset: Dataset, days: Sequence[date]) -> Mapping[date, DayCoverage]:
        """See `CoveredTables.coverage_on`."""
        return self.writers_coverage(dataset)

    def covered_days(self, dataset: Dataset, first: date, last: date) -> Iterable[date]:
        """See `CoveredTables.covered_days`."""
        return [day for day in self.writers_coverage(dataset) if first <= day <= last]

    def rows_of_day(self, dataset: Dataset, day: date) -> pl.DataFrame:
        """See `CoveredTables.rows_of_day`."""
        names = [column.name for column in dataset.columns]
        return pl.DataFrame(self.fetch(dataset, names, *within(dataset, Window.of_day(day))))

    def ends_of_day(self, dataset: Dataset, day: date) -> DayEnds:
        """See `CoveredTables.ends_of_day`."""
        time = identifier(dataset.time_column)
        columns = [f"epoch_us(min({time}))", f"epoch_us(max({time}))", "NULL", "NULL", "0"]
        if has_sequence(dataset):
            key = identifier(dataset.key[0])
            irregular = f"count_if(CAST(sequence AS VARCHAR) IS DISTINCT FROM {key})"
            columns[2:] = ["min(sequence)", "max(sequence)", irregular]
        where, parameters = within(dataset, Window.of_day(day))
        row = self.query(dataset, ", ".join(columns), f"WHERE {where}", parameters)[0]
        return DayEnds(*row)

    def set_coverage(self, dataset: Dataset, days: dict[date, DayCoverage | None]) -> None:
        """Put the coverage of these days in place; None: the day holds nothing now."""
        if not days:
            return
        held = self.writers_coverage(dataset)
        kept = {day: now for day, now in days.items() if now is not None}
        gone = [day for day in days if day in held and (day not in kept or len(days) > _FEW_DAYS)]
        if gone:
            self.delete(COVERAGE, "dataset = ? AND day IN (SELECT unnest(?))", [dataset.name, gone])
        for day in gone:
            del held[day]
        self._put_coverage(dataset, kept, held)
        held.update(kept)

    def _put_coverage(
        self, dataset: Dataset, days: dict[date, DayCoverage], held: Container[date]
    ) -> None:
        records = {day: coverage_row(dataset, day, now) for day, now in days.items()}
        if len(records) > _FEW_DAYS:
            rows = pa.Table.from_pylist(list(records.values()), COVERAGE.arrow_schema)
            self.insert(COVERAGE, rows)
            return
        for day, record in records.items():
            statement = _UPDATE if day in held else _INSERT
            self._cursor.execute(statement.format(self._name(COVERAGE)), record)

    def forget(self) -> None:
        """Drop what the writer knows: its transaction was rolled back."""
        self._attachment.known_coverage.clear()
        self._attachment.known_tables.clear()

    def _name(self, dataset: Dataset) -> str:
        return table_name(dataset, self._attachment.catalog)

    def _table(self, sql: str, parameters: Sequence[Any]) -> pa.Table:
        return self._cursor.sql(sql, params=list(parameters)).to_arrow_table()


def _ends(numbers: pl.Series) -> tuple[Any, Any]:
    return numbers.min(), numbers.max()
