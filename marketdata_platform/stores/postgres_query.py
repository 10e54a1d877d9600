"""SQL from a person on PostgreSQL: it reads everything and does nothing else.

Belongs here: the cage around a statement, and its result in Arrow. Does not: the verbs of the store.

The cage: one statement that parses alone (the extended protocol takes no second one), in a READ ONLY transaction that
is rolled back, without functions that act: those that PostgreSQL calls volatile read files of the server, end sessions
or set variables, whatever the transaction may write. Parameters are written as DuckDB has them, `?` and `$name`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import errors

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.postgres_copy import decimal_type, decoded
from marketdata_platform.stores.postgres_pool import Connection
from marketdata_platform.stores.postgres_statement import Statement, bound, with_views
from marketdata_platform.stores.postgres_stream import copy_out

_HARMLESS = {"random", "clock_timestamp", "timeofday", "gen_random_uuid", "random_normal", "uuidv7", "uuidv4"}
_ACTING = "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v'"
_CALL = re.compile(r'"?([a-z_][a-z0-9_]*)"?\s*\(')
_ROW_BY_ROW = {"Append", "Merge Append", "Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Limit"}
_ROW_BY_ROW |= {"Bitmap Index Scan", "BitmapAnd", "BitmapOr", "Result", "Subquery Scan", "Gather", "Custom Scan"}
_TYPES: dict[int, pa.DataType] = {
    16: pa.bool_(),
    17: pa.binary(),
    18: pa.string(),
    19: pa.string(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    25: pa.string(),
    700: pa.float32(),
    701: pa.float64(),
    1042: pa.string(),
    1043: pa.string(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", "UTC"),
}
_NUMERIC = 1700


def run_query(
    session: Connection,
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any] | None,
    instruments: Sequence[Instrument] | None,
) -> pa.Table:
    """The result of one reading statement over the tables, which have venue, market and symbol in front.

    A statement that only picks rows and columns gives them by instrument in the dataset's order, as DuckDB's store
    does; any other shape is ordered by its own ORDER BY.

    Raises:
        InvalidInput: it is not one reading statement, or PostgreSQL refuses it.
    """
    try:
        statement = Statement(bound(sql, parameters, session))
        session.execute("BEGIN READ ONLY")
        try:
            session.execute("SET LOCAL search_path = raw, mart, meta, pg_catalog")
            return _run(session, statement, instruments)
        finally:
            session.execute("ROLLBACK")
    except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError, psycopg.InternalError) as error:
        if isinstance(error, errors.InsufficientPrivilege):
            raise
        raise InvalidInput(f"the query was refused: {' '.join(str(error).split())}") from error
    except errors.ReadOnlySqlTransaction as error:
        raise InvalidInput("queries are read-only: nothing was changed") from error


def _run(session: Connection, statement: Statement, instruments: Sequence[Instrument] | None) -> pa.Table:
    if statement.kind in ("EXPLAIN", "SHOW"):
        _columns(session, statement.text)  # alone: what follows it would run, too
        return _as_texts(session, statement.text)
    text = statement.text if instruments is None else with_views(statement.text, instruments, ordered=False)
    columns = _columns(session, text)
    plan = _plan(session, text)
    _refuse_acting(session, plan)
    if not statement.sorts and all(step in _ROW_BY_ROW for step in _steps(json.loads(plan))):
        ordered = with_views(statement.text, instruments, ordered=True)
        if _columns(session, ordered, refuse=False) == columns:
            text = ordered
    if all(oid in _TYPES or oid == _NUMERIC for _, oid, _ in columns):
        return _copied(session, text, columns)
    return _as_objects(session, text)


def _columns(session: Connection, text: str, *, refuse: bool = True) -> list[tuple[str, int, int]]:
    """Name, type and its modifier of each column; raises as PostgreSQL does where the text is not one statement."""
    pgconn = session.pgconn
    prepared = pgconn.prepare(b"", text.encode(session.info.encoding))
    if prepared.status != psycopg.pq.ExecStatus.COMMAND_OK:
        if refuse:
            raise psycopg.errors.error_from_result(prepared, encoding=session.info.encoding)
        session.execute("ROLLBACK")
        session.execute("BEGIN READ ONLY")
        session.execute("SET LOCAL search_path = raw, mart, meta, pg_catalog")
        return []
    result = pgconn.describe_prepared(b"")
    if result.nfields == 0:
        raise InvalidInput("queries are read-only: give one SELECT, WITH, VALUES, TABLE, EXPLAIN or SHOW")
    names = [(result.fname(i) or b"").decode() for i in range(result.nfields)]
    return [(name, result.ftype(i), result.fmod(i)) for i, name in enumerate(names)]


def _plan(session: Connection, text: str) -> str:
    row = session.execute(f"EXPLAIN (VERBOSE, FORMAT JSON)\n{text}".encode()).fetchone()
    assert row is not None
    return row[0] if isinstance(row[0], str) else json.dumps(row[0])


def _refuse_acting(session: Connection, plan: str) -> None:
    called = set(_CALL.findall(plan)) - _HARMLESS
    called |= {step["Function Name"] for step in _nodes(json.loads(plan)) if "Function Name" in step}
    if not called:
        return
    acting = {row[0] for row in session.execute(f"{_ACTING} AND proname = ANY(%s)", [sorted(called)]).fetchall()}
    if acting - _HARMLESS:
        raise InvalidInput(f"queries only read: {', '.join(sorted(acting - _HARMLESS))}() may act, and is refused")


def _nodes(plan: Any) -> Iterator[dict[str, Any]]:
    for item in plan if isinstance(plan, list) else [plan]:
        if "Node Type" in item:
            yield item
        for key in ("Plan", "Plans"):
            if key in item:
                yield from _nodes(item[key])


def _steps(plan: Any) -> Iterator[str]:
    for node in _nodes(plan):
        yield str(node["Node Type"])


def _copied(session: Connection, text: str, columns: Sequence[tuple[str, int, int]]) -> pa.Table:
    data = copy_out(session, f"COPY (\n{text}\n) TO STDOUT (FORMAT BINARY)")
    fields = []
    for number, (name, oid, modifier) in enumerate(columns):
        kind = _TYPES.get(oid) or _numeric(modifier) or decimal_type(data, len(columns), number)
        fields.append(pa.field(name, kind))
    return decoded(data, pa.schema(fields))


def _numeric(modifier: int) -> pa.DataType | None:
    """A declared precision and scale; None where none was declared."""
    if modifier < 0:
        return None
    precision, scale = (modifier - 4) >> 16 & 0xFFFF, (modifier - 4) & 0x7FF
    return pa.decimal128(precision, scale) if precision <= 38 and scale <= 1000 else None


def _as_objects(session: Connection, text: str) -> pa.Table:
    """Columns of types that are no dataset's: what Python makes of them, or their text."""
    cursor = session.execute(text.encode())
    names = [column.name for column in cursor.description or ()]
    rows = cursor.fetchall()
    return pa.Table.from_arrays([_array([row[i] for row in rows]) for i in range(len(names))], names)


def _array(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())


def _as_texts(session: Connection, text: str) -> pa.Table:
    cursor = session.execute(text.encode())
    names = [column.name for column in cursor.description or ()]
    rows = cursor.fetchall()
    return pa.table({name: pa.array([str(row[i]) for row in rows], pa.string()) for i, name in enumerate(names)})
