"""Looking after a PostgreSQL database while it is in use: statistics, bloated indexes, partitions,
sizes.

Belongs here: what autovacuum leaves to us. Does not: deleting rows (drop_before), the catalogues'
queries (catalog). Nothing here holds a lock that keeps writers out for longer than two
seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg

from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.datasets.ddl.postgres import partitioned
from marketdata_platform.stores.postgres_server.failures import scrubbed
from marketdata_platform.stores.postgres_server.pool import Connection, Connections
from marketdata_platform.stores.postgres_server.querying.queries import ask
from marketdata_platform.stores.postgres_server.schema.catalog import (
    has_timescale,
    missing_partitions,
    strayed,
    table_facts,
)
from marketdata_platform.stores.postgres_server.schema.partitions import make_ahead, make_missing
from marketdata_platform.workflows.watching.maintain import MaintenanceFinding

# What an index's rows would take in pages that are 90 % full: 8 bytes of tuple header, 4 of line
# pointer, and the columns. An estimate: pgstatindex is asked before anything is done, where the
# extension is there.
_ENTRY_BYTES, _PAGE_BYTES, _FILL = 12, 8192, 0.9
_KEEP_EMPTY = timedelta(days=7)


class PostgresMaintenance:
    """`Maintainable` of a PostgreSQL database."""

    def __init__(
        self,
        connections: Connections,
        *,
        smallest_bytes: int = 64 * 2**20,
        bloated: float = 0.4,
        today: date | None = None,
    ) -> None:
        """Indexes from `smallest_bytes` are made anew when the share `bloated` of them is empty."""
        self._connections = connections
        self._smallest, self._bloated = smallest_bytes, bloated
        self._today = today or datetime.now(UTC).date()

    def maintain(self, *, apply: bool) -> Iterator[MaintenanceFinding]:
        """See `Maintainable.maintain`."""
        session = self._connections.direct()
        try:
            session.execute("SET statement_timeout = 0")
            yield from self._partitions_ahead(session, apply)
            yield from self._statistics(session, apply)
            yield from self._indexes(session, apply)
            if not has_timescale(session):
                yield from self._empty_partitions(session, apply)
            yield from _sizes(session)
        finally:
            session.close()

    def _partitions_ahead(self, session: Connection, apply: bool) -> Iterator[MaintenanceFinding]:
        days = [self._today, self._today + timedelta(days=1)]
        missing = missing_partitions(session, days)
        if missing:
            made = make_ahead(session, self._today) if apply else 0
            if apply:  # at a month's end tomorrow's is neither today's nor that of five weeks ahead
                made += sum(
                    make_missing(session, d, days) for d in DATASETS.values() if partitioned(d)
                )
            text = (
                f"{len(missing)} partitions for today and tomorrow are missing, {missing[0]} first"
            )
            yield MaintenanceFinding("partitions", "create", text, done=apply and made > 0)
        for table in strayed(session):
            yield MaintenanceFinding(
                table,
                "report",
                "rows are in the default partition: they move when their partition is made",
            )

    def _statistics(self, session: Connection, apply: bool) -> Iterator[MaintenanceFinding]:
        stale = ask(session, "stale_statistics").fetchall()
        for name, changed, live, last in stale:
            text = (
                f"{changed:,} of {live:,} rows changed since {f'{last:%F %T}' if last else 'ever'}"
            )
            yield self._done(session, apply, name, "analyze", text, f"ANALYZE {name}")
        # A partitioned table has statistics of its own, which autovacuum never makes.
        for (root,) in ask(
            session, "partition_roots", names=[name for name, *_ in stale]
        ).fetchall():
            yield self._done(
                session, apply, root, "analyze", "partitions of it changed", f"ANALYZE {root}"
            )

    def _indexes(self, session: Connection, apply: bool) -> Iterator[MaintenanceFinding]:
        for name, size in ask(session, "left_indexes").fetchall():
            text = "left over from a REINDEX CONCURRENTLY that was cut off"
            yield self._done(
                session, apply, name, "drop", text, f"DROP INDEX CONCURRENTLY {name}", size, size
            )
        for name, size, rows, width in ask(
            session, "large_indexes", smallest=self._smallest
        ).fetchall():
            empty, how = self._empty_share(session, name, size, int(rows), float(width))
            if empty >= self._bloated:
                text = f"{empty:.0%} of it is empty ({how})"
                statement = f"REINDEX INDEX CONCURRENTLY {name}"
                yield self._done(
                    session, apply, name, "reindex", text, statement, size, int(size * empty)
                )

    def _empty_share(
        self, session: Connection, name: str, size: int, rows: int, width: float
    ) -> tuple[float, str]:
        needed = rows * (width + _ENTRY_BYTES) / _FILL + _PAGE_BYTES
        share = max(0.0, 1 - needed / size)
        if share < self._bloated or self._density_unknown(session):
            return share, "estimated"
        row = ask(session, "index_density", name=name).fetchone()
        density = float(row[0]) / 100 if row and row[0] == row[0] else _FILL
        return max(0.0, 1 - density / _FILL), "measured"

    def _density_unknown(self, session: Connection) -> bool:
        return ask(session, "has_extension", name="pgstattuple").fetchone() is None

    def _empty_partitions(self, session: Connection, apply: bool) -> Iterator[MaintenanceFinding]:
        for name, bound, size in ask(session, "partitions").fetchall():
            end = datetime.fromisoformat(bound.rpartition("'")[0].rpartition("'")[2]).date()
            row = session.execute(f"SELECT EXISTS (SELECT FROM {name})").fetchone()
            if end < self._today - _KEEP_EMPTY and row and not row[0]:
                done = apply and _drop_if_empty(session, name)
                yield MaintenanceFinding(
                    name, "drop", f"retention has emptied it; it ends {end}", size, size, done
                )

    def _done(
        self, session: Connection, apply: bool, name: str, action: str, text: str, statement: str,
        size: int = 0, freeable: int = 0,
    ) -> MaintenanceFinding:  # fmt: skip
        if not apply:
            return MaintenanceFinding(name, action, text, size, freeable)
        try:
            session.execute(statement)
        except psycopg.Error as error:
            message = scrubbed(str(error).splitlines()[0], self._connections.secrets)
            return MaintenanceFinding(name, action, f"{text}; not done: {message}", size, freeable)
        return MaintenanceFinding(name, action, text, size, freeable, done=True)


def _drop_if_empty(session: Connection, name: str) -> bool:
    """Drop a partition that is still empty once nobody can write to it; not when somebody is in the
    way.
    """
    try:
        with session.transaction():
            ask(session, "short_lock_timeout")
            session.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
            row: tuple[Any, ...] | None = session.execute(
                f"SELECT EXISTS (SELECT FROM {name})"
            ).fetchone()
            if row is None or row[0]:
                return False
            session.execute(f"DROP TABLE {name}")
    except psycopg.Error:
        return False
    return True


def _sizes(session: Connection) -> Iterator[MaintenanceFinding]:
    for one in table_facts(session):
        if one.bytes > 1_000_000 or one.chunks:
            parts = [f"{one.chunks} chunks" if one.chunks else "one table"]
            if one.ratio:
                parts.append(f"compressed {one.ratio:.1f}:1")
            if one.largest_chunk_bytes:
                parts.append(f"largest {one.largest_chunk_bytes:,} bytes")
            yield MaintenanceFinding(one.name, "report", ", ".join(parts), one.bytes)
