"""The bytes of a COPY … TO STDOUT, row after row, at the speed of the library below the driver.

Belongs here: one loop. Does not: what the bytes mean (postgres_copy).

The driver's own iterator runs a generator per row, which takes three times as long as the server
needs to send it.
"""

from __future__ import annotations

import select

from psycopg import OperationalError, errors
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from marketdata_platform.stores.postgres_server.pool import Connection


def copy_out(session: Connection, statement: str) -> bytes:
    """Everything that `COPY (…) TO STDOUT` sends.

    Raises:
        psycopg.Error: as the server says.
    """
    pgconn, encoding = session.pgconn, session.info.encoding
    with session.lock:
        pgconn.send_query(statement.encode(encoding))
        flushed(pgconn)
        begun = next_result(pgconn)
        if begun is None or begun.status != ExecStatus.COPY_OUT:
            _drain(pgconn)
            raise _failure(begun, encoding)
        rows = _rows(pgconn)
        ended = next_result(pgconn)
        _drain(pgconn)
        if ended is None or ended.status != ExecStatus.COMMAND_OK:
            raise _failure(ended, encoding)
    return b"".join(rows)


def flushed(pgconn: PGconn) -> None:
    """Send what is held back."""
    while pgconn.flush() == 1:
        _wait(pgconn, select.POLLIN | select.POLLOUT)
        # A server that cannot get rid of its answers takes no more questions.
        pgconn.consume_input()


def _rows(pgconn: PGconn) -> list[bytes | memoryview]:
    rows: list[bytes | memoryview] = []
    take, keep = pgconn.get_copy_data, rows.append
    while True:
        size, data = take(1)
        while size > 0:
            keep(data)
            size, data = take(1)
        if size < 0:
            return rows
        _wait(pgconn)
        pgconn.consume_input()


def next_result(pgconn: PGconn) -> PGresult | None:
    """The next result of what was sent; None: there is no more of this statement."""
    pgconn.consume_input()
    while pgconn.is_busy():
        _wait(pgconn)
        pgconn.consume_input()
    return pgconn.get_result()


def _wait(pgconn: PGconn, what: int = select.POLLIN) -> None:
    """Until the socket is ready, for a second; not `select`, which takes no file number above
    1,023.
    """
    poll = select.poll()
    poll.register(pgconn.socket, what)
    poll.poll(1_000)


def _drain(pgconn: PGconn) -> None:
    while next_result(pgconn) is not None:
        pass


def _failure(result: PGresult | None, encoding: str) -> Exception:
    if result is None:
        return OperationalError("the server ended the connection")
    return errors.error_from_result(result, encoding=encoding)
