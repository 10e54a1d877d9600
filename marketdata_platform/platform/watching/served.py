"""The served store, watched: sizes, sessions and pool as metrics; partitions and migrations for
health.

Belongs here: which server a configuration means, and what is served of it. Does not: asking it
(stores.postgres_server.schema). Imported only where the configuration names a server.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.observe.logs import logger
from marketdata_platform.observe.metrics_recorder import Counts
from marketdata_platform.platform.adapters import connection_options
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.settings import Settings
from marketdata_platform.stores.postgres_server.pool import Connection
from marketdata_platform.stores.postgres_server.schema.catalog import sessions, table_facts
from marketdata_platform.stores.postgres_server.schema.probe import (
    ServedState,
    probe_session,
    served_state,
)
from marketdata_platform.workflows.watching.health import DEGRADED, OK, Check


def served_counts(platform: Platform) -> Counts:
    """Sizes and sessions from the catalogues, and this process's pool."""
    counts = Counts()
    # PostgreSQL's, the caller looked.
    pool = platform.store.statistics()  # type: ignore[attr-defined]
    counts.gauges["marketdata_store_pool_connections", ("idle",)] = pool.idle
    counts.gauges["marketdata_store_pool_connections", ("active",)] = max(pool.open - pool.idle, 0)
    counts.gauges["marketdata_store_pool_waiting", ()] = pool.waiting
    counts.gauges["marketdata_store_pool_limit", ()] = pool.largest
    try:
        with _session(platform.settings, "watch") as session:
            _count_tables(counts, session)
            for (component, state), count in sessions(session).items():
                counts.gauges["marketdata_store_server_sessions", (component, state)] = count
        counts.gauges["marketdata_store_up", ()] = 1
    except MarketDataError as error:
        logger("metrics").warning("the store does not answer", error=str(error))
        counts.gauges["marketdata_store_up", ()] = 0
    return counts


def state_of(settings: Settings) -> ServedState:
    """Version, migrations, partitions and sessions of the server that `settings.store` means.

    Raises:
        StoreUnavailable, ConfigurationError: the server does not answer, or refuses.
    """
    today = datetime.now(UTC).date()
    with _session(settings, "health") as session:
        return served_state(session, [today, today + timedelta(days=1)])


def served_check(settings: Settings) -> Check:
    """The server that `settings.store` means, judged."""
    state = state_of(settings)
    facts = {
        "engine": state.engine,
        "server": state.server,
        "pending_migrations": len(state.pending),
        "missing_partitions": len(state.missing),
        "sessions": state.sessions,
        "newest_trade": state.newest.isoformat() if state.newest else None,
        "last_chunk": state.last_chunk,
    }
    problem = _problem(state)
    if problem:
        return Check("store", DEGRADED, problem, facts)
    newest = f", newest trade {state.newest:%F %T}" if state.newest else ""
    text = f"{state.engine} {state.server}, {state.sessions} sessions{newest}"
    return Check("store", OK, text, facts)


def _problem(state: ServedState) -> str:
    """What is wrong with a server, and what to do; empty: nothing."""
    if state.engine is None:
        return "the database has no tables yet: `marketdata migrate up`"
    if state.pending:
        return f"migrations to apply: {', '.join(state.pending)}: `marketdata migrate up`"
    unready = [*state.missing, *state.strayed]
    if unready:
        return f"partitions are not made ahead, {unready[0]} first: `marketdata maintain --apply`"
    return ""


def _session(settings: Settings, component: str) -> AbstractContextManager[Connection]:
    assert settings.store.url is not None  # the caller looked
    options = connection_options(settings.store)
    return probe_session(settings.store.url.get_secret_value(), options, component=component)


def _count_tables(counts: Counts, session: Connection) -> None:
    total = 0
    for one in table_facts(session):
        total += one.bytes
        counts.gauges["marketdata_store_table_bytes", (one.name,)] = one.bytes
        counts.gauges["marketdata_store_chunks", (one.name,)] = one.chunks
        counts.gauges["marketdata_store_largest_chunk_bytes", (one.name,)] = one.largest_chunk_bytes
        if one.ratio is not None:
            counts.gauges["marketdata_store_compression_ratio", (one.name,)] = one.ratio
    counts.gauges["marketdata_store_bytes", ()] = total
