"""What the server says of a statement before it runs, in one round trip: its columns and its plan.

Belongs here: one pipeline. Does not: judging the answer (query).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.stores.postgres_server.copying.stream import flushed, next_result
from marketdata_platform.stores.postgres_server.pool import Connection

Columns = list[tuple[str, int, int]]
_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


@dataclass(frozen=True, slots=True)
class Described:
    """Name, type and its modifier of each column; the plan as EXPLAIN (VERBOSE, FORMAT JSON) writes
    it.
    """

    columns: Columns
    plan_text: str = ""

    @property
    def plan(self) -> Any:
        """The plan; nothing where none was asked for."""
        return json.loads(self.plan_text or "[]")


def describe(
    session: Connection, text: str, *, opening: Sequence[str] = (), plan: bool = False
) -> Described:
    """Prepare `text` and say what came of it; `opening` statements run first. It is not run.

    Raises:
        psycopg.Error: as the server says, also where the text is not one statement.
        InvalidInput: it gives no rows, or has places for values that were not given.
    """
    encoding = session.info.encoding
    with session.lock:
        results = _pipelined(
            session.pgconn, [one.encode() for one in opening], text.encode(encoding), plan
        )
    for result in results[: len(opening) + 2]:
        _raise(result, encoding)
    shape = results[len(opening) + 1]
    if shape.nfields == 0:
        raise InvalidInput(
            "queries are read-only: give one SELECT, WITH, VALUES, TABLE, EXPLAIN or SHOW"
        )
    if shape.nparams:
        raise InvalidInput(
            f"the query has {shape.nparams} parameter(s), and no values are given for them"
        )
    columns = [
        ((shape.fname(i) or b"").decode(), shape.ftype(i), shape.fmod(i))
        for i in range(shape.nfields)
    ]
    if plan:
        _raise(results[-1], encoding)
        return Described(columns, (results[-1].get_value(0, 0) or b"").decode())
    return Described(columns)


def _pipelined(pgconn: PGconn, opening: Sequence[bytes], text: bytes, plan: bool) -> list[PGresult]:
    pgconn.enter_pipeline_mode()
    try:
        for statement in opening:
            pgconn.send_query_params(statement, None)
        pgconn.send_prepare(b"", text)
        pgconn.send_describe_prepared(b"")
        if plan:
            pgconn.send_query_params(b"EXPLAIN (VERBOSE, FORMAT JSON)\n" + text, None)
        pgconn.pipeline_sync()
        flushed(pgconn)
        results: list[PGresult] = []
        while True:
            result = next_result(pgconn)
            if result is None:
                if pgconn.status != psycopg.pq.ConnStatus.OK:
                    raise psycopg.OperationalError("the server ended the connection")
            elif result.status == ExecStatus.PIPELINE_SYNC:
                return results
            else:
                results.append(result)
    finally:
        if pgconn.status == psycopg.pq.ConnStatus.OK:
            pgconn.exit_pipeline_mode()


def _raise(result: PGresult, encoding: str) -> None:
    if result.status not in _DONE:
        raise psycopg.errors.error_from_result(result, encoding=encoding)
