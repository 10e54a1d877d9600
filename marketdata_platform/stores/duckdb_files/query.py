"""SQL from a person, over all pair files at once, that can read them and do nothing else.

Belongs here: views over many files and the cage around a statement. Does not: the verbs of the
store.

The cage: an instance of its own, files attached READ_ONLY, external access off and the
configuration locked, and one statement of a kind that reads. DuckDB alone would allow DETACH, DROP
VIEW or CREATE TABLE in memory after that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from marketdata_platform.core.datasets import DATASETS, Dataset
from marketdata_platform.core.datasets.ddl.duckdb import (
    COVERAGE,
    duckdb_type,
    identifier,
    literal,
    table_name,
)
from marketdata_platform.core.datasets.ordering import order_columns
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.duckdb_files.attachment import attach_file, lock_path
from marketdata_platform.stores.duckdb_files.file_lock import FileLock

_READING = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
# Steps of a plan that hand rows on as they come: without another one the result shows the order of
# the tables.
_ROW_BY_ROW = {
    "PROJECTION",
    "FILTER",
    "UNION",
    "LIMIT",
    "STREAMING_LIMIT",
    "SEQ_SCAN",
    "EMPTY_RESULT",
}


def run_query(
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any] | None,
    files: Mapping[Instrument, Path],
    lock_timeout_seconds: float,
) -> pa.Table:
    """The result of one reading statement over views named as the datasets.

    A statement that only picks rows and columns gives them by instrument in the dataset's order, so
    that two stores that took the same trades in another order answer alike; any other shape is
    ordered by its own ORDER BY.

    Raises:
        InvalidInput: it is not one reading statement, or DuckDB refuses it.
        StoreLocked, StoreCorrupt: a file cannot be had.
    """
    with _caged(files, lock_timeout_seconds) as (connection, catalogs):
        try:
            _check(connection, sql)
            given = _parameters(parameters)
            if _picks_rows(connection, sql, given):
                _make_views(connection, catalogs, ordered=True)
            return connection.sql(sql, params=given).to_arrow_table()
        except duckdb.Error as error:
            raise InvalidInput(f"the query was refused: {error}") from error


def _parameters(parameters: Sequence[Any] | Mapping[str, Any] | None) -> object:
    if parameters is None:
        return None
    return dict(parameters) if isinstance(parameters, Mapping) else list(parameters)


@contextmanager
def _caged(
    files: Mapping[Instrument, Path], lock_timeout_seconds: float
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, Instrument]]]:
    with ExitStack() as stack:
        connection = duckdb.connect(":memory:", config={"python_enable_replacements": False})
        stack.callback(connection.close)
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        catalogs: dict[str, Instrument] = {}
        for number, (instrument, path) in enumerate(files.items()):
            lock = FileLock(lock_path(path), exclusive=False, timeout_seconds=lock_timeout_seconds)
            stack.callback(lock.release)
            catalogs[f"pair_{number}"] = instrument
            attach_file(connection, path, f"pair_{number}", " (READ_ONLY)", lock_timeout_seconds)
        stack.callback(_detach_all, connection, list(catalogs))
        _make_views(connection, catalogs)
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        yield connection, catalogs


def _detach_all(connection: duckdb.DuckDBPyConnection, catalogs: list[str]) -> None:
    for catalog in catalogs:
        connection.execute(f"DETACH {identifier(catalog)}")


def _check(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    kinds = [statement.type for statement in statements]
    if len(kinds) != 1 or kinds[0] not in _READING:
        got = ", ".join(kind.name for kind in kinds) or "nothing"
        raise InvalidInput(
            f"queries are read-only: give one SELECT, FROM, WITH, DESCRIBE or SUMMARIZE; got {got}"
        )


def _picks_rows(connection: duckdb.DuckDBPyConnection, sql: str, parameters: object) -> bool:
    """True if the plan has no step that groups, joins or sorts: sorting below such a step would
    only cost time.
    """
    if connection.extract_statements(sql)[0].type is not duckdb.StatementType.SELECT:
        return False
    try:
        plan = connection.execute(f"EXPLAIN (FORMAT json) {sql}", parameters).fetchall()[-1][1]
    except duckdb.Error:
        # The statement itself says what is wrong with it, without our EXPLAIN in front.
        return False
    return all(step in _ROW_BY_ROW for step in _steps(json.loads(plan)))


def _steps(plan: list[dict[str, Any]]) -> Iterator[str]:
    for step in plan:
        yield step["name"].strip()
        yield from _steps(step["children"])


def _make_views(
    connection: duckdb.DuckDBPyConnection,
    catalogs: Mapping[str, Instrument],
    *,
    ordered: bool = False,
) -> None:
    rows = connection.execute(
        "SELECT database_name, schema_name, table_name FROM duckdb_tables()"
    ).fetchall()
    tables = set(rows)
    for dataset in [*DATASETS.values(), COVERAGE]:
        holders = [name for name in catalogs if (name, dataset.schema_name, dataset.name) in tables]
        body = "\nUNION ALL\n".join(
            _part(dataset, name, catalogs[name]) for name in holders
        ) or _nothing(dataset)
        if ordered:
            body = f"FROM ({body}) ORDER BY {_order(dataset)}"
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(dataset.schema_name)}")
        connection.execute(f"CREATE OR REPLACE VIEW {table_name(dataset)} AS {body}")
        connection.execute(
            f"CREATE OR REPLACE VIEW {identifier(dataset.name)} AS FROM {table_name(dataset)}"
        )


def _order(dataset: Dataset) -> str:
    """By instrument, then as `ordering.in_order` sorts: ids that are numbers as numbers, nulls
    last.
    """
    terms = [identifier(name) for name in ("venue", "market", "symbol")]
    for name in order_columns(dataset):
        if name == "trade_id":
            terms.append(f"TRY_CAST({identifier(name)} AS BIGINT) NULLS LAST")
        terms.append(f"{identifier(name)} NULLS LAST")
    return ", ".join(terms)


def _part(dataset: Dataset, catalog: str, instrument: Instrument) -> str:
    who = {"venue": instrument.venue, "market": instrument.market, "symbol": instrument.symbol}
    constants = [f"{literal(value)} AS {identifier(name)}" for name, value in who.items()]
    columns = ", ".join([*constants, *(identifier(column.name) for column in dataset.columns)])
    return f"SELECT {columns} FROM {table_name(dataset, catalog)}"


def _nothing(dataset: Dataset) -> str:
    columns = [(name, "VARCHAR") for name in ("venue", "market", "symbol")]
    columns += [(column.name, duckdb_type(column.type)) for column in dataset.columns]
    typed = ", ".join(f"CAST(NULL AS {kind}) AS {identifier(name)}" for name, kind in columns)
    return f"SELECT {typed} WHERE false"
