"""What a probe wants to know of a PostgreSQL store, asked with short timeouts.

Belongs here: a session beside every pool, and the state of the database. Does not: judging it
(workflows.watching.health), metrics (platform.watching).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import psycopg

from marketdata_platform.stores.postgres_server.failures import as_ours
from marketdata_platform.stores.postgres_server.options import ConnectionOptions
from marketdata_platform.stores.postgres_server.pool import Connection, Connections
from marketdata_platform.stores.postgres_server.schema.catalog import (
    last_chunk,
    missing_partitions,
    sessions,
    strayed,
)
from marketdata_platform.stores.postgres_server.schema.migrations import engine_of, states

_STATEMENT_SECONDS = 10.0
_LOCK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ServedState:
    """How a database stands. Without tables (`engine` None) the rest is empty."""

    server: str  # version
    engine: str | None = None  # postgres | timescale; None: it has no tables yet
    pending: tuple[str, ...] = ()  # migrations that are to be applied
    missing: tuple[str, ...] = ()  # partitions that today's and tomorrow's rows need
    strayed: tuple[str, ...] = ()  # default partitions with rows
    newest: datetime | None = None  # time of the newest trade
    last_chunk: str | None = None  # newest partition or chunk of trades
    sessions: int = 0  # of the platform, of all components


@contextmanager
def probe_session(url: str, options: ConnectionOptions, *, component: str) -> Iterator[Connection]:
    """A session of its own with short timeouts, outside every pool and budget: a probe must not
    wait for a slot.

    Raises:
        StoreUnavailable, ConfigurationError: the server does not answer, or refuses.
    """
    short = replace(
        options,
        component=component,
        budget=0,
        statement_timeout_seconds=_STATEMENT_SECONDS,
        lock_timeout_seconds=_LOCK_SECONDS,
    )
    connections = Connections(url, short)
    session = connections.direct()
    try:
        yield session
    except psycopg.Error as error:
        raise as_ours(error, connections.secrets) from None
    finally:
        session.close()


def served_state(session: Connection, days: Sequence[date]) -> ServedState:
    """Version, migrations, partitions (those that rows of `days` need) and sessions; bounded by the
    timeouts of the session.
    """
    server = str(_value(session, "SELECT current_setting('server_version')"))
    engine = engine_of(session)
    if engine is None:
        return ServedState(server)
    found = states(session, engine)
    return ServedState(
        server=server,
        engine=engine,
        pending=tuple(state.migration.name for state in found if state.applied_at is None),
        missing=tuple(missing_partitions(session, days)),
        strayed=tuple(strayed(session)),
        newest=_value(session, "SELECT max(last_time) FROM meta.coverage WHERE dataset = 'trades'"),
        last_chunk=last_chunk(session, "trades"),
        sessions=sum(sessions(session).values()),
    )


def _value(session: Connection, query: str) -> Any:
    """The one value of a query that gives one row."""
    row = session.execute(query.encode()).fetchone()
    assert row is not None  # an aggregate or a function
    return row[0]
