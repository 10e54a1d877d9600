"""Rows into and out of a session by binary COPY: into a table, into one that only the session sees,
and out of a query.

Belongs here: journeys of whole tables of rows. Does not: their encoding (copying), which rows
(tables).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
import psycopg
import pyarrow as pa

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ddl.duckdb import identifier
from marketdata_platform.core.datasets.ddl.postgres import postgres_type
from marketdata_platform.stores.postgres_server.copying.copy import decoded, encoded
from marketdata_platform.stores.postgres_server.copying.stream import copy_out
from marketdata_platform.stores.postgres_server.pool import Connection


def staged(
    session: Connection, dataset: Dataset, columns: Sequence[str], rows: pl.DataFrame
) -> str:
    """Put columns of `rows` into a table that only this session sees, until the transaction ends;
    the table's name.
    """
    name = f"pg_temp.{identifier(f'staged_{dataset.name}_{len(columns)}')}"
    types = {column: postgres_type(dataset.column(column).type) for column in columns}
    listed = ", ".join(f"{identifier(column)} {kind}" for column, kind in types.items())
    session.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({listed}) ON COMMIT DELETE ROWS")
    session.execute(f"TRUNCATE {name}")
    copied_in(session, name, columns, rows.select(columns))
    return name


def copied_in(
    session: Connection,
    table: str,
    columns: Iterable[str],
    rows: pl.DataFrame | pa.Table,
    constants: Sequence[str] = (),
) -> None:
    """Add `rows` to `table`; `constants` stand in front of each row."""
    if isinstance(rows, pl.DataFrame):
        rows = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    names = ", ".join(identifier(name) for name in columns)
    statement = f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
    with session.cursor() as cursor, cursor.copy(statement) as copy:
        for block in encoded(rows, constants):
            copy.write(block)


def copied_out(
    session: Connection, query: str, parameters: Sequence[Any], schema: pa.Schema
) -> pa.Table:
    """The result of `query`, whose columns are those of `schema`."""
    text = psycopg.ClientCursor(session).mogrify(query, parameters)
    return decoded(copy_out(session, f"COPY ({text}) TO STDOUT (FORMAT BINARY)"), schema)
