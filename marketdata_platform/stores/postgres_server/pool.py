"""Connections to PostgreSQL: a bounded pool, the session's settings, and a budget that all
processes share.

Belongs here: getting a connection, and saying why there is none. Does not: statements on tables.
"""

from __future__ import annotations

import logging
import os
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from marketdata_platform.core.errors import ConfigurationError, StoreUnavailable
from marketdata_platform.stores.postgres_server.failures import as_ours
from marketdata_platform.stores.postgres_server.options import ConnectionOptions
from marketdata_platform.stores.postgres_server.querying.queries import ask

# A server may take a moment to see that a connection was closed: its place is free then.
_FREED_SECONDS = 2.0
_PAUSE_SECONDS = 0.02

Connection = psycopg.Connection[tuple[Any, ...]]

# So long a session that looks alive is taken to be; then the server is asked.
_TRUSTED_SECONDS = 5.0

logging.getLogger("psycopg.pool").setLevel(
    logging.ERROR
)  # what it would warn of is raised to the caller, once


@dataclass(frozen=True, slots=True)
class ConnectionStatistics:
    """How many connections are there, and who waits."""

    open: int
    idle: int
    waiting: int
    largest: int


class Connections:
    """A pool of sessions in autocommit, made when the first one is wanted. Safe for threads and
    forked children.
    """

    def __init__(self, url: str, options: ConnectionOptions) -> None:
        """Nothing is opened yet.

        Raises:
            ConfigurationError: the URL is none; it is not shown, it may hold a password.
        """
        self.options = options
        self._url = url
        parts = _parts(url)
        if parts is None:  # raised here, where no other error that shows the URL hangs on it
            raise ConfigurationError(
                "store.url cannot be read; write postgresql://user:password@host:5432/database"
            )
        self.secrets = [str(parts[key]) for key in ("password", "sslpassword") if parts.get(key)]
        self._lock = threading.Lock()
        self._pool: ConnectionPool[Connection] | None = None
        self._pid = os.getpid()
        self._used = WeakKeyDictionary[Connection, float]()
        self._refused_at = float("-inf")

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A session for the length of the block; one that broke is not used again.

        Raises:
            StoreUnavailable: no answer, or no connection is free in time; the budget is named then.
            ConfigurationError: the user, the password or the database is not right.
        """
        pool = self._opened()
        try:
            session = pool.getconn()
        except PoolTimeout:
            raise self._why_none(pool) from None
        try:
            yield session
        finally:
            self._used[session] = time.monotonic()
            pool.putconn(session)

    def direct(self, *, counted: bool = True) -> Connection:
        """A session of its own, outside the pool; the caller closes it. `counted`: it is one of the
        budget.
        """
        try:
            session = psycopg.connect(self._url, autocommit=True, **self._arguments())
        except psycopg.Error as error:
            failure = as_ours(error, self.secrets)
        else:
            try:
                self._configure(session, counted=counted)
                return session
            except psycopg.Error as error:
                session.close()
                failure = as_ours(error, self.secrets)
            except StoreUnavailable:
                session.close()
                raise
        raise failure  # without the driver's own error, whose words may hold what ours leave out

    def statistics(self) -> ConnectionStatistics:
        """How the pool stands."""
        found = (
            self._pool.get_stats() if self._pool is not None and self._pid == os.getpid() else {}
        )
        return ConnectionStatistics(
            found.get("pool_size", 0),
            found.get("pool_available", 0),
            found.get("requests_waiting", 0),
            self.options.max_size,
        )

    def close(self) -> None:
        """Give every connection back."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None and self._pid == os.getpid():
            pool.close(timeout=5)

    def _opened(self) -> ConnectionPool[Connection]:
        with self._lock:
            if self._pool is not None and self._pid == os.getpid():
                return self._pool
            self.direct(
                counted=False
            ).close()  # says at once, and in the server's words, what is wrong
            options = self.options
            self._pid = os.getpid()
            self._pool = ConnectionPool(
                self._url,
                kwargs={"autocommit": True, **self._arguments()},
                min_size=min(options.min_size, options.max_size),
                max_size=options.max_size,
                timeout=options.wait_seconds,
                max_lifetime=options.lifetime_seconds,
                max_idle=options.idle_seconds,
                reconnect_timeout=options.wait_seconds,
                num_workers=1,
                configure=self._configure,
                check=self._check,
                name=options.component,
                open=True,
            )
            return self._pool

    def _check(self, session: Connection) -> None:
        """Raise when the session is gone. One that was used just now costs no round trip: a server
        that ended it, or went away, has said so on the socket, where nothing else can have come.
        """
        fresh = time.monotonic() - self._used.get(session, float("-inf")) < _TRUSTED_SECONDS
        if not fresh or _has_news(session):
            ConnectionPool.check_connection(session)

    def _arguments(self) -> dict[str, Any]:
        return {
            "application_name": f"marketdata {self.options.component}",
            "connect_timeout": max(2, round(self.options.connect_timeout_seconds)),
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        }

    def _configure(self, session: Connection, *, counted: bool = True) -> None:
        options = self.options
        given = {
            "statement": str(round(options.statement_timeout_seconds * 1000)),
            "lock": str(
                max(1, round(options.lock_timeout_seconds * 1000))
            ),  # 0 would wait for ever
            "idle": str(round(options.idle_in_transaction_seconds * 1000)),
        }
        ask(session, "session_settings", **given)
        if options.budget and counted:
            number = int.from_bytes(
                blake2b(options.component.encode(), digest_size=4).digest(), "big", signed=True
            )
            patience = time.monotonic() + min(_FREED_SECONDS, options.wait_seconds / 4)
            while (
                ask(
                    session, "take_connection_slot", budget=options.budget, component=number
                ).fetchone()
                is None
            ):
                if time.monotonic() < patience:
                    time.sleep(_PAUSE_SECONDS)
                    continue
                self._refused_at = time.monotonic()
                raise StoreUnavailable(
                    f"all {options.budget} connections that component {options.component} may have "
                    "are in use: "
                    "end a process of it, or raise store.pool.budget"
                )

    def _why_none(self, pool: ConnectionPool[Connection]) -> StoreUnavailable | ConfigurationError:
        found = pool.get_stats()
        refused = (
            time.monotonic() - self._refused_at < self.options.wait_seconds + 5
        )  # one is being tried for again
        if found.get("pool_size", 0) < self.options.max_size or refused:
            try:
                self.direct().close()
            except (StoreUnavailable, ConfigurationError) as error:
                return error
        return StoreUnavailable(
            f"no connection was free for {self.options.wait_seconds:g} s: component "
            f"{self.options.component} has "
            f"{self.options.max_size} in this process (store.pool.max_size)"
        )


def _has_news(session: Connection) -> bool:
    """True if bytes, or an end, wait on the socket."""
    if session.closed:
        return True
    poll = select.poll()
    poll.register(session.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _parts(url: str) -> dict[str, Any] | None:
    try:
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return None
