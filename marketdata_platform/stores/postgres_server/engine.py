"""Running work on PostgreSQL: a transaction with bounded retries to write, a session of the replica
to read.

Belongs here: what happens when the server restarts, cuts a connection or prefers another
transaction. Does not: SQL on datasets, or connections themselves.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg

from marketdata_platform.core.errors import MarketDataError, StoreUnavailable
from marketdata_platform.stores.postgres_server.failures import as_ours, worth_trying_again
from marketdata_platform.stores.postgres_server.pool import Connection, Connections
from marketdata_platform.stores.postgres_server.querying.queries import ask
from marketdata_platform.stores.postgres_server.schema.migrations import Timescale, check_version

_T = TypeVar("_T")
_ATTEMPTS = 5
_FIRST_WAIT_SECONDS = 0.05
_BEGIN = "BEGIN"
# Rows of a compressed chunk that are completed, replaced or deleted are unpacked first, by default
# 100,000 at most.
_BEGIN_TIMESCALE = "BEGIN; SET LOCAL timescaledb.max_tuples_decompressed_per_dml_transaction = 0"


class Engine:
    """The sessions of one store, and the check that its tables are those of this version."""

    def __init__(
        self,
        connections: Connections,
        readers: Connections | None,
        *,
        timescale: Timescale,
        create: bool,
    ) -> None:
        """`readers`: a replica's; None: reads go where writes go. `create`: an empty database gets
        its tables.
        """
        self.connections = connections
        self._readers = readers
        self._wanted = timescale
        self._create = create
        self._lock = threading.Lock()
        self._timescale: bool | None = None

    @property
    def timescale(self) -> bool:
        """True if the tables are hypertables."""
        with self._lock:
            if self._timescale is None:
                with _in_our_words(self.connections):
                    self._timescale = check_version(
                        self.connections, self._wanted, create=self._create
                    )
            return self._timescale

    def write(
        self,
        work: Callable[[Connection], _T],
        *,
        before: Callable[[Connection], object] | None = None,
    ) -> _T:
        """`work` in one transaction, tried again where that is safe: it must give the same however
        often it is run.

        `before` runs ahead of each try, outside the transaction. Where the connection was lost at
        the commit, the server is asked what became of the transaction: what was committed is not
        done again.

        Raises:
            StoreUnavailable: it could not be done; nothing of it is stored.
        """
        attempt = _Attempt(work, before, _BEGIN_TIMESCALE if self.timescale else _BEGIN)
        for number in range(1, _ATTEMPTS + 1):
            try:
                with self.connections.connection() as session:
                    return attempt.run(session)
            except psycopg.Error as error:
                if number == _ATTEMPTS or not worth_trying_again(error):
                    raise attempt.described(as_ours(error, self.connections.secrets)) from error
            except StoreUnavailable as error:
                if number == _ATTEMPTS or attempt.transaction is None:
                    raise attempt.described(error) from error.__cause__
            time.sleep(_FIRST_WAIT_SECONDS * 2**number * (0.5 + random.random()))
        raise AssertionError("a try ends in a result or an error")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A session to read with, on the replica where there is one."""
        _ = self.timescale
        connections = self._readers or self.connections
        with _in_our_words(connections), connections.connection() as session:
            yield session

    @contextmanager
    def maintaining(self) -> Iterator[Connection]:
        """A session on the primary, outside a transaction."""
        _ = self.timescale
        with _in_our_words(self.connections), self.connections.connection() as session:
            yield session

    def close(self) -> None:
        """Give every connection back."""
        self.connections.close()
        if self._readers is not None:
            self._readers.close()


class _Attempt:
    """One piece of work over all its tries."""

    def __init__(
        self,
        work: Callable[[Connection], _T],
        before: Callable[[Connection], object] | None,
        begin: str,
    ) -> None:
        self._work = work
        self._before = before
        self._begin = begin
        self._result: object = None
        self.transaction: str | None = None  # one whose commit was sent and not answered

    def run(self, session: Connection) -> _T:  # type: ignore[type-var]
        if self.transaction is not None and self._committed(session, self.transaction):
            return self._result  # type: ignore[return-value]
        self.transaction = None
        if self._before is not None:
            self._before(session)
        session.execute(self._begin)
        try:
            self._result = self._work(session)
            row = ask(session, "transaction_number").fetchone()
            self.transaction = row[0] if row else None
            session.execute("COMMIT")
        except BaseException:
            _roll_back(session)
            raise
        self.transaction = None
        return self._result  # type: ignore[return-value]

    def described(self, error: MarketDataError) -> MarketDataError:
        """The error with what became of the rows."""
        if not isinstance(error, StoreUnavailable):
            return error
        known = (
            "nothing was stored"
            if self.transaction is None
            else "its commit was sent and not answered"
        )
        return StoreUnavailable(f"{error}; {known}; the same call again stores nothing twice")

    @staticmethod
    def _committed(session: Connection, transaction: str) -> bool:
        while True:
            row = ask(session, "transaction_status", transaction=transaction).fetchone()
            if row is None or row[0] != "in progress":
                return row is not None and row[0] == "committed"
            time.sleep(_FIRST_WAIT_SECONDS)


def _roll_back(session: Connection) -> None:
    """Undo; on a connection that is gone the server has done so."""
    try:
        session.rollback()
    except psycopg.Error:
        session.close()


@contextmanager
def _in_our_words(connections: Connections) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise as_ours(error, connections.secrets) from error
