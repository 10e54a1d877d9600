"""Deleting the old rows of one instrument, as whole partitions or chunks where nobody else has rows in them.

Belongs here: what can go as a whole. Does not: what may go at all (workflows.retain).

Dropping a table gives its room back at once; deleting rows leaves that to vacuum. Writers hold a shared lock on their
dataset, so that none brings rows into a partition that is about to go.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from psycopg import errors

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.bars import KLINE
from marketdata_platform.core.datasets.ddl import COVERAGE, identifier, table_name
from marketdata_platform.core.window import EPOCH, Window
from marketdata_platform.stores.postgres_partitions import NativePartition
from marketdata_platform.stores.postgres_tables import InstrumentTables, lock_number

_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '2s'"
_CHUNKS_AT_ONCE = 200  # each takes several locks until the transaction ends, and a server has some 7,000 by default
_PARTITIONS = """SELECT c.relname, (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \\(''(.*?)''\\) TO'))[1],
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \\(''(.*?)''\\)'))[1]
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass"""
_FLOOR = """INSERT INTO meta.dropped_before VALUES (%s, %s)
    ON CONFLICT (dataset) DO UPDATE SET cutoff = greatest(dropped_before.cutoff, excluded.cutoff)"""
_OTHERS = f"""SELECT min(day) FROM {table_name(COVERAGE)}
    WHERE dataset = %s AND (venue, market, symbol) <> (%s, %s, %s)"""


def cutoffs(dataset: Dataset, days: Iterable[date], cutoff: datetime, *, timescale: bool) -> list[datetime]:
    """Midnights to stop at on the way to `cutoff`, so that no transaction locks more chunks than a server can."""
    held = sorted(day for day in days if Window.of_day(day).start < cutoff)
    step = max(1, int(_CHUNKS_AT_ONCE * dataset.chunk / timedelta(days=1)))
    return [*(Window.of_day(day).start for day in (held[step::step] if timescale else ())), cutoff]


def delete_before(tables: InstrumentTables, dataset: Dataset, cutoff: datetime, *, timescale: bool) -> int:
    """Delete the instrument's rows with a time before `cutoff`; how many. Coverage is the caller's to mend."""
    midnight = Window.of_day(cutoff.date()).start
    days = tables.coverage(dataset, "day < %s", [midnight.date()])
    whole_days = sum(day.rows for day in days.values())
    if timescale and dataset is KLINE:
        tables.session.execute(_FLOOR, [dataset.name, cutoff])  # or a refresh would empty the roll-ups
    if whole_days:
        _drop_whole(tables, dataset, midnight.date(), timescale=timescale)
        tables.delete(dataset, Window(max(EPOCH, Window.of_day(min(days)).start), midnight))
    return whole_days + (tables.delete(dataset, Window(midnight, cutoff)) if midnight < cutoff else 0)


def _drop_whole(tables: InstrumentTables, dataset: Dataset, bound: date, *, timescale: bool) -> None:
    session, who = tables.session, tables.instrument
    free = session.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_number(f"rows of {dataset.name}")]).fetchone()
    if free != (True,):
        return  # somebody writes: rows are deleted one by one
    others = session.execute(_OTHERS, [dataset.name, who.venue, who.market, who.symbol]).fetchone()
    if others is not None and others[0] is not None:
        bound = min(bound, others[0])
    try:
        with session.transaction():
            session.execute(_LOCK_TIMEOUT)
            if timescale:
                older = datetime(bound.year, bound.month, bound.day, tzinfo=UTC)
                session.execute("SELECT drop_chunks(%s::regclass, older_than => %s)", [table_name(dataset), older])
                return
            for partition in _partitions(tables, dataset):
                if partition.end <= bound:
                    session.execute(f"DROP TABLE {identifier(dataset.schema_name)}.{identifier(partition.name)}")
    except (errors.LockNotAvailable, errors.InsufficientPrivilege):
        return


def _partitions(tables: InstrumentTables, dataset: Dataset) -> list[NativePartition]:
    rows = tables.session.execute(_PARTITIONS, [table_name(dataset)]).fetchall()
    found = [
        NativePartition(dataset.name, datetime.fromisoformat(first).date(), datetime.fromisoformat(end).date())
        for _, first, end in rows
        if first is not None and end is not None
    ]
    return sorted(one for one in found if one.name in {row[0] for row in rows})
