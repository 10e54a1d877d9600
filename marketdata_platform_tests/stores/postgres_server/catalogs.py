"""What a database's catalog says of the platform's tables, so that two databases can be
compared.
"""

from __future__ import annotations

from typing import Any

import psycopg

_SCHEMAS = (
    "n.nspname IN ('raw', 'mart', 'meta') AND c.relname <> 'schema_migrations' AND NOT "
    "c.relispartition"
)
_QUERIES = {
    "tables": f"""SELECT n.nspname, c.relname, c.relkind, obj_description(c.oid), pg_get_partkeydef(c.oid)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {_SCHEMAS} AND c.relkind IN ('r', 'p', 'v')""",
    "columns": f"""SELECT n.nspname, c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        k.collname, col_description(c.oid, a.attnum) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_collation k ON k.oid = a.attcollation
        WHERE {_SCHEMAS} AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped""",
    "indexes": f"""SELECT n.nspname, c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_SCHEMAS}""",
    "constraints": f"""SELECT n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_SCHEMAS}""",
    "partitions": """SELECT n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('raw', 'mart', 'meta') AND c.relname LIKE '%%default' AND c.relispartition""",
}
_TIMESCALE = {
    "hypertables": """SELECT hypertable_schema, hypertable_name, column_name, time_interval, integer_interval
        FROM timescaledb_information.dimensions WHERE hypertable_schema IN ('raw', 'mart')""",
    "compression": """SELECT hypertable_schema, hypertable_name, attname, segmentby_column_index, orderby_column_index
        FROM timescaledb_information.compression_settings WHERE hypertable_schema IN ('raw', 'mart')""",
    "policies": """SELECT hypertable_schema, hypertable_name, proc_name, schedule_interval, config - 'hypertable_id'
        - 'mat_hypertable_id' FROM timescaledb_information.jobs WHERE hypertable_schema IN ('raw', 'mart')""",
    "rollups": """SELECT view_schema, view_name, view_definition FROM timescaledb_information.continuous_aggregates""",
}


def catalog(url: str, *, timescale: bool = False) -> dict[str, list[Any]]:
    """Every table, column, index, constraint, comment and policy, in words, sorted."""
    queries = {**_QUERIES, **(_TIMESCALE if timescale else {})}
    with psycopg.connect(url, autocommit=True) as session:
        return {
            name: sorted(map(str, session.execute(query).fetchall()))
            for name, query in queries.items()
        }
