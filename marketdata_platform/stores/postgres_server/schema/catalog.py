"""What a PostgreSQL database's catalogues say of it: sizes, chunks, sessions. No row
of data is counted.

Belongs here: reading catalogues. Does not: acting on them (postgres_maintenance).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import psycopg

from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.datasets.ddl.duckdb import identifier
from marketdata_platform.core.datasets.ddl.postgres import partitioned
from marketdata_platform.stores.postgres_server.pool import Connection
from marketdata_platform.stores.postgres_server.querying.queries import ask
from marketdata_platform.stores.postgres_server.schema.partitions import partitions_of


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table, all instruments together. `ratio`: bytes before : after compression, where
    something is compressed.
    """

    name: str  # schema.table
    chunks: int
    bytes: int
    largest_chunk_bytes: int
    ratio: float | None = None


def has_timescale(session: Connection) -> bool:
    """True if the extension is installed in this database."""
    return ask(session, "has_extension", name="timescaledb").fetchone() is not None


def table_facts(session: Connection) -> list[TableFacts]:
    """Every table of the platform, by name."""
    hyper = ask(session, "hypertables").fetchall() if has_timescale(session) else []
    found = [_hypertable(session, *row) for row in hyper]
    rows = ask(session, "table_sizes", hypertables=[row[0] for row in hyper]).fetchall()
    found += [
        TableFacts(f"{schema}.{name}", chunks, int(size), int(top))
        for schema, name, chunks, size, top in rows
    ]
    return sorted(found, key=lambda one: one.name)


def sessions(session: Connection) -> dict[tuple[str, str], int]:
    """Sessions of the platform at the server, by component and state."""
    return {
        (component, state): count for component, state, count in ask(session, "sessions").fetchall()
    }


def last_chunk(session: Connection, dataset: str) -> str | None:
    """The newest partition of a raw dataset by name, or the end of its newest chunk; None: there is
    none.
    """
    query = "last_chunk" if has_timescale(session) else "last_partition"
    row = ask(session, query, dataset=dataset).fetchone()
    return row[0] if row else None


def missing_partitions(session: Connection, days: Iterable[date]) -> list[str]:
    """Partitions that rows of `days` would need and that are not there; a hypertable makes its
    chunks itself.
    """
    if has_timescale(session):
        return []
    wanted = [
        f"{identifier(d.schema_name)}.{identifier(one.name)}"
        for d in DATASETS.values()
        if partitioned(d)
        for one in partitions_of(d, days)
    ]
    rows = ask(session, "missing_partitions", names=wanted)
    return [name for (name,) in rows.fetchall()]


def strayed(session: Connection) -> list[str]:
    """Default partitions with rows in them: their partition could not be made when they came."""
    if has_timescale(session):
        return []
    found = []
    for dataset in (d for d in DATASETS.values() if partitioned(d)):
        table = f"{identifier(dataset.schema_name)}.{identifier(f'{dataset.name}_default')}"
        try:
            row = session.execute(f"SELECT EXISTS (SELECT FROM {table})").fetchone()
        except psycopg.errors.UndefinedTable:
            continue
        except (
            psycopg.errors.InsufficientPrivilege
        ):  # one who may watch and not read: by the statistics
            row = ask(
                session, "has_live_rows", schema=dataset.schema_name, name=f"{dataset.name}_default"
            ).fetchone()
        if row and row[0]:
            found.append(f"{dataset.schema_name}.{dataset.name}_default")
    return found


def _hypertable(session: Connection, oid: int, schema: str, name: str, chunks: int) -> TableFacts:
    row = ask(session, "chunk_sizes", hypertable=oid).fetchone()
    size, largest = (int(value) for value in row) if row else (0, 0)
    ratio = None
    try:
        compressed = ask(session, "compression", hypertable=oid).fetchone()
    except psycopg.Error:  # compression is not enabled on this one
        compressed = None
    if compressed and compressed[0] and compressed[1]:
        ratio = float(compressed[0]) / float(compressed[1])
    return TableFacts(f"{schema}.{name}", chunks, size, largest, ratio)
