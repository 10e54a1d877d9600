"""SQL from a person on PostgreSQL: it reads everything and does nothing else.

Belongs here: the cage around a statement, and its result in Arrow. Does not: the verbs of the
store.

The cage: one statement that parses alone (the extended protocol takes no second one), in a READ
ONLY transaction that is rolled back, without functions that act: those that PostgreSQL calls
volatile read files of the server, end sessions or set variables, whatever the transaction may
write. Parameters are written as DuckDB has them, `?` and `$name`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import errors

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.postgres_server.copying.copy import decimal_type, decoded
from marketdata_platform.stores.postgres_server.copying.stream import copy_out
from marketdata_platform.stores.postgres_server.pool import Connection
from marketdata_platform.stores.postgres_server.querying.describe import (
    Columns,
    Described,
    describe,
)
from marketdata_platform.stores.postgres_server.querying.queries import ask
from marketdata_platform.stores.postgres_server.querying.statement import (
    Statement,
    bound,
    with_views,
)

_HARMLESS = {
    "random",
    "clock_timestamp",
    "timeofday",
    "gen_random_uuid",
    "random_normal",
    "uuidv7",
    "uuidv4",
}
_CALL = re.compile(r'(?<![a-z0-9_])([a-z_][a-z0-9_]*)"?\s*\(')
_OPENING = ("BEGIN READ ONLY", "SET LOCAL search_path = raw, mart, meta, pg_catalog")
_ROW_BY_ROW = {
    "Append",
    "Merge Append",
    "Seq Scan",
    "Index Scan",
    "Index Only Scan",
    "Bitmap Heap Scan",
    "Limit",
}
_ROW_BY_ROW |= {
    "Bitmap Index Scan",
    "BitmapAnd",
    "BitmapOr",
    "Result",
    "Subquery Scan",
    "Gather",
    "Custom Scan",
}
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
    """The result of one reading statement over the tables, which have venue, market and symbol in
    front.

    A statement that only picks rows and columns gives them by instrument in the dataset's order, as
    DuckDB's store does; any other shape is ordered by its own ORDER BY.

    Raises:
        InvalidInput: it is not one reading statement, or PostgreSQL refuses it.
    """
    try:
        statement = Statement(bound(sql, parameters, session))
        try:
            return _run(session, statement, instruments)
        finally:
            _end(session)
    except (
        psycopg.ProgrammingError,
        psycopg.DataError,
        psycopg.NotSupportedError,
        psycopg.InternalError,
    ) as error:
        if isinstance(error, errors.InsufficientPrivilege):
            raise
        raise InvalidInput(f"the query was refused: {' '.join(str(error).split())}") from error
    except errors.ReadOnlySqlTransaction as error:
        raise InvalidInput("queries are read-only: nothing was changed") from error


def _run(
    session: Connection, statement: Statement, instruments: Sequence[Instrument] | None
) -> pa.Table:
    if statement.kind in ("EXPLAIN", "SHOW"):
        describe(session, statement.text, opening=_OPENING)  # alone: what follows it would run, too
        return _as_texts(session, statement.text)
    text = (
        statement.text
        if instruments is None
        else with_views(statement.text, instruments, ordered=False)
    )
    described = describe(session, text, opening=_OPENING, plan=True)
    plan = described.plan
    _refuse_acting(session, described.plan_text, plan)
    if not statement.sorts and all(step in _ROW_BY_ROW for step in _steps(plan)):
        ordered = with_views(statement.text, instruments, ordered=True)
        text = _if_alike(session, ordered, text, described)
    if all(oid in _TYPES or oid == _NUMERIC for _, oid, _ in described.columns):
        return _copied(session, text, described.columns)
    return _as_objects(session, text)


def _if_alike(session: Connection, ordered: str, text: str, described: Described) -> str:
    """`ordered` where it gives the columns that `text` gives, else `text`."""
    try:
        return ordered if describe(session, ordered).columns == described.columns else text
    except (
        psycopg.ProgrammingError,
        psycopg.DataError,
        psycopg.NotSupportedError,
        psycopg.InternalError,
    ):
        _end(session)
        for statement in _OPENING:
            session.execute(statement)
        return text


def _end(session: Connection) -> None:
    """Roll back what is not over yet."""
    if session.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        session.execute("ROLLBACK")


def _refuse_acting(session: Connection, text: str, plan: Any) -> None:
    called = set(_CALL.findall(text)) - _HARMLESS
    called |= {step["Function Name"] for step in _nodes(plan) if "Function Name" in step}
    if not called:
        return
    acting = {row[0] for row in ask(session, "volatile_functions", names=sorted(called)).fetchall()}
    if acting - _HARMLESS:
        raise InvalidInput(
            f"queries only read: {', '.join(sorted(acting - _HARMLESS))}() may act, and is refused"
        )


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


def _copied(session: Connection, text: str, columns: Columns) -> pa.Table:
    data = copy_out(
        session, f"COPY (\n{text}\n) TO STDOUT (FORMAT BINARY); ROLLBACK"
    )  # one journey for both
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
    return pa.Table.from_arrays(
        [_array([row[i] for row in rows]) for i in range(len(names))], names
    )


def _array(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())


def _as_texts(session: Connection, text: str) -> pa.Table:
    cursor = session.execute(text.encode())
    names = [column.name for column in cursor.description or ()]
    rows = cursor.fetchall()
    return pa.table(
        {name: pa.array([str(row[i]) for row in rows], pa.string()) for i, name in enumerate(names)}
    )
