"""The served store, watched: sizes, sessions and pool as metrics; partitions and migrations for
health.

Belongs here: PostgreSQL's part of watching. Does not: the queries (stores.postgres_facts). Imported
only where the configuration names a server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import psycopg

from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.observe.logs import logger
from marketdata_platform.observe.metrics_recorder import Counts
from marketdata_platform.platform.adapters import connection_options
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.settings import Settings
from marketdata_platform.stores.postgres_server.failures import as_ours
from marketdata_platform.stores.postgres_server.pool import Connection, Connections
from marketdata_platform.stores.postgres_server.schema.catalog import (
    last_chunk,
    missing_partitions,
    sessions,
    strayed,
    table_facts,
)
from marketdata_platform.stores.postgres_server.schema.migrations import engine_of, states

_STATEMENT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class ServedState:
    """What a probe wants to know of the database."""

    server: str  # version
    engine: str | None  # postgres | timescale; None: it has no tables yet
    pending: tuple[str, ...]  # migrations that are to be applied
    missing: tuple[str, ...]  # partitions that today's and tomorrow's rows need
    strayed: tuple[str, ...]  # default partitions with rows
    newest: datetime | None  # time of the newest trade
    last_chunk: str | None  # newest partition or chunk of trades
    sessions: int  # of the platform, of all components


@contextmanager
def watching_session(settings: Settings, component: str = "watch") -> Iterator[Connection]:
    """A session of its own with short timeouts, outside every pool and budget: a probe must not
    wait for a slot.

    Raises:
        StoreUnavailable, ConfigurationError: the server does not answer, or refuses.
    """
    assert settings.store.url is not None  # the caller looked
    options = replace(
        connection_options(settings.store),
        component=component,
        budget=0,
        statement_timeout_seconds=_STATEMENT_SECONDS,
        lock_timeout_seconds=2.0,
    )
    connections = Connections(settings.store.url.get_secret_value(), options)
    session = connections.direct()
    try:
        yield session
    except psycopg.Error as error:
        raise as_ours(error, connections.secrets) from None
    finally:
        session.close()


def served_counts(platform: Platform) -> Counts:
    """Sizes and sessions from the catalogues, and this process's pool."""
    told = Counts()
    # PostgreSQL's, the caller looked.
    pool = platform.store.statistics()  # type: ignore[attr-defined]
    told.gauges["marketdata_store_pool_connections", ("idle",)] = pool.idle
    told.gauges["marketdata_store_pool_connections", ("active",)] = max(pool.open - pool.idle, 0)
    told.gauges["marketdata_store_pool_waiting", ()] = pool.waiting
    told.gauges["marketdata_store_pool_limit", ()] = pool.largest
    try:
        with watching_session(platform.settings) as session:
            _tables(told, session)
            for (component, state), count in sessions(session).items():
                told.gauges["marketdata_store_server_sessions", (component, state)] = count
        told.gauges["marketdata_store_up", ()] = 1
    except MarketDataError as error:
        logger("metrics").warning("the store does not answer", error=str(error))
        told.gauges["marketdata_store_up", ()] = 0
    return told


def served_state(settings: Settings) -> ServedState:
    """Version, migrations, partitions and sessions; bounded by the timeouts of the session."""
    today = datetime.now(UTC).date()
    with watching_session(settings, "health") as session:
        row = session.execute("SELECT current_setting('server_version')").fetchone()
        engine = engine_of(session)
        if engine is None:
            return ServedState(row[0] if row else "", None, (), (), (), None, None, 0)
        pending = [
            state.migration.name for state in states(session, engine) if state.applied_at is None
        ]
        newest = session.execute(
            "SELECT max(last_time) FROM meta.coverage WHERE dataset = 'trades'"
        ).fetchone()
        return ServedState(
            server=row[0] if row else "",
            engine=engine,
            pending=tuple(pending),
            missing=tuple(missing_partitions(session, [today, today + timedelta(days=1)])),
            strayed=tuple(strayed(session)),
            newest=newest[0] if newest else None,
            last_chunk=last_chunk(session, "trades"),
            sessions=sum(sessions(session).values()),
        )


def _tables(told: Counts, session: Connection) -> None:
    total = 0
    for one in table_facts(session):
        total += one.bytes
        told.gauges["marketdata_store_table_bytes", (one.name,)] = one.bytes
        told.gauges["marketdata_store_chunks", (one.name,)] = one.chunks
        told.gauges["marketdata_store_largest_chunk_bytes", (one.name,)] = one.largest_chunk_bytes
        if one.ratio is not None:
            told.gauges["marketdata_store_compression_ratio", (one.name,)] = one.ratio
    told.gauges["marketdata_store_bytes", ()] = total
