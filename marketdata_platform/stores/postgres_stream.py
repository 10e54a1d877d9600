"""The bytes of a COPY … TO STDOUT, row after row, at the speed of the library below the driver.

Belongs here: one loop. Does not: what the bytes mean (postgres_copy).

The driver's own iterator runs a generator a row, which takes three times as long as the server needs to send it.
"""

from __future__ import annotations

import select

from psycopg import OperationalError, errors
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from marketdata_platform.stores.postgres_pool import Connection


def copy_out(session: Connection, statement: str) -> bytes:
    """Everything that `COPY (…) TO STDOUT` sends.

    Raises:
        psycopg.Error: as the server says.
    """
    pgconn, encoding = session.pgconn, session.info.encoding
    with session.lock:
        pgconn.send_query(statement.encode(encoding))
        while pgconn.flush() == 1:
            select.select([], [pgconn.socket], [], 1.0)
        begun = _result(pgconn)
        if begun is None or begun.status != ExecStatus.COPY_OUT:
            _drain(pgconn)
            raise _failure(begun, encoding)
        rows = _rows(pgconn)
        ended = _result(pgconn)
        _drain(pgconn)
        if ended is None or ended.status != ExecStatus.COMMAND_OK:
            raise _failure(ended, encoding)
    return b"".join(rows)


def _rows(pgconn: PGconn) -> list[bytes | memoryview]:
    rows: list[bytes | memoryview] = []
    while True:
        size, data = pgconn.get_copy_data(1)
        if size > 0:
            rows.append(data)
        elif size == 0:
            select.select([pgconn.socket], [], [], 1.0)
            pgconn.consume_input()
        else:
            return rows


def _result(pgconn: PGconn) -> PGresult | None:
    pgconn.consume_input()
    while pgconn.is_busy():
        select.select([pgconn.socket], [], [], 1.0)
        pgconn.consume_input()
    return pgconn.get_result()


def _drain(pgconn: PGconn) -> None:
    while _result(pgconn) is not None:
        pass


def _failure(result: PGresult | None, encoding: str) -> Exception:
    if result is None:
        return OperationalError("the server ended the connection")
    return errors.error_from_result(result, encoding=encoding)
