"""What a PostgreSQL database tells of itself from its catalogues: sizes, chunks, sessions. No row of data is counted.

Belongs here: reading catalogues. Does not: acting on them (postgres_maintenance).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import psycopg

from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.datasets.ddl import identifier
from marketdata_platform.core.datasets.ddl_postgres import partitioned
from marketdata_platform.stores.postgres_partitions import partitions_of
from marketdata_platform.stores.postgres_pool import Connection

_PLAIN = """
SELECT n.nspname, c.relname, count(*) FILTER (WHERE t.isleaf AND t.level > 0),
    sum(pg_total_relation_size(t.relid)), coalesce(max(pg_total_relation_size(t.relid)) FILTER (WHERE t.isleaf), 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL pg_partition_tree(c.oid) t
WHERE n.nspname IN ('raw', 'mart') AND c.relkind = 'p' AND NOT c.relispartition GROUP BY 1, 2
UNION ALL
SELECT n.nspname, c.relname, 0, pg_total_relation_size(c.oid), pg_total_relation_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('raw', 'mart', 'meta') AND c.relkind = 'r' AND NOT c.relispartition
AND c.oid <> ALL (%(hyper)s::oid[])
ORDER BY 1, 2"""
_HYPERTABLES = """
SELECT format('%I.%I', hypertable_schema, hypertable_name)::regclass::oid, hypertable_schema, hypertable_name,
    num_chunks
FROM timescaledb_information.hypertables WHERE hypertable_schema IN ('raw', 'mart') ORDER BY 2, 3"""
_CHUNKS = (
    "SELECT coalesce(sum(total_bytes), 0), coalesce(max(total_bytes), 0) FROM chunks_detailed_size(%s::oid::regclass)"
)
_COMPRESSION = """SELECT coalesce(before_compression_total_bytes, 0), coalesce(after_compression_total_bytes, 0)
FROM hypertable_compression_stats(%s::oid::regclass)"""
_LAST_HYPER = """SELECT max(range_end)::text FROM timescaledb_information.chunks
WHERE hypertable_schema = 'raw' AND hypertable_name = %s"""
_LAST_PLAIN = """SELECT max(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'raw' AND c.relispartition AND c.relname ~ ('^' || %s || '_p[0-9]+$')"""
# Not to_regclass: who watches need not be let into the schemas.
_NOT_THERE = """SELECT wanted FROM unnest(%s::text[]) wanted WHERE wanted <> ALL (
    SELECT format('"%%s"."%%s"', n.nspname, c.relname) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('raw', 'mart') AND c.relkind = 'r') ORDER BY 1"""
_LIVE = """SELECT coalesce(sum(pg_stat_get_live_tuples(c.oid)), 0) > 0 FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s"""
_SESSIONS = """
SELECT regexp_replace(application_name, '^marketdata ', ''),
    CASE WHEN wait_event_type = 'Lock' THEN 'waiting' WHEN state LIKE 'idle in%%' THEN 'idle in transaction'
    WHEN state = 'idle' THEN 'idle' ELSE 'active' END, count(*)
FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'marketdata %%' GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table, all instruments together. `ratio`: bytes before : after compression, where something is compressed."""

    name: str  # schema.table
    chunks: int
    bytes: int
    largest_chunk_bytes: int
    ratio: float | None = None


def has_timescale(session: Connection) -> bool:
    """Whether the extension is installed in this database."""
    row = session.execute("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
    return row is not None


def table_facts(session: Connection) -> list[TableFacts]:
    """Every table of the platform, by name."""
    hyper = session.execute(_HYPERTABLES).fetchall() if has_timescale(session) else []
    found = [_hypertable(session, *row) for row in hyper]
    rows = session.execute(_PLAIN, {"hyper": [row[0] for row in hyper]}).fetchall()
    found += [TableFacts(f"{schema}.{name}", chunks, int(size), int(top)) for schema, name, chunks, size, top in rows]
    return sorted(found, key=lambda one: one.name)


def sessions(session: Connection) -> dict[tuple[str, str], int]:
    """Sessions of the platform at the server, by component and state."""
    return {(component, state): count for component, state, count in session.execute(_SESSIONS).fetchall()}


def last_chunk(session: Connection, dataset: str) -> str | None:
    """The newest partition of a raw dataset by name, or the end of its newest chunk; None: there is none."""
    query = _LAST_HYPER if has_timescale(session) else _LAST_PLAIN
    row = session.execute(query, [dataset]).fetchone()
    return row[0] if row else None


def missing_partitions(session: Connection, days: list[date]) -> list[str]:
    """Partitions that rows of `days` would need and that are not there; a hypertable makes its chunks itself."""
    if has_timescale(session):
        return []
    wanted = [
        f"{identifier(d.schema_name)}.{identifier(one.name)}"
        for d in DATASETS.values()
        if partitioned(d)
        for one in partitions_of(d, days)
    ]
    rows = session.execute(_NOT_THERE, [wanted])
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
        except psycopg.errors.InsufficientPrivilege:  # one who may watch and not read: by the statistics
            row = session.execute(_LIVE, [dataset.schema_name, f"{dataset.name}_default"]).fetchone()
        if row and row[0]:
            found.append(f"{dataset.schema_name}.{dataset.name}_default")
    return found


def _hypertable(session: Connection, oid: int, schema: str, name: str, chunks: int) -> TableFacts:
    row = session.execute(_CHUNKS, [oid]).fetchone()
    size, largest = (int(value) for value in row) if row else (0, 0)
    ratio = None
    try:
        compressed = session.execute(_COMPRESSION, [oid]).fetchone()
    except psycopg.Error:  # compression is not enabled on this one
        compressed = None
    if compressed and compressed[0] and compressed[1]:
        ratio = float(compressed[0]) / float(compressed[1])
    return TableFacts(f"{schema}.{name}", chunks, size, largest, ratio)
