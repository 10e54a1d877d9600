"""Deleting the old rows of one instrument, as whole partitions or chunks where nobody else has rows
in them.

Belongs here: what can go as a whole. Does not: what may go at all (workflows.archiving.retain).

Dropping a table gives its room back at once; deleting rows leaves that to vacuum. Writers hold a
shared lock on their dataset, so that none brings rows into a partition that is about to go.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from psycopg import errors

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ddl.duckdb import identifier, table_name
from marketdata_platform.core.datasets.derived.klines import KLINE
from marketdata_platform.core.window import EPOCH, Window
from marketdata_platform.stores.postgres_server.querying.queries import ask
from marketdata_platform.stores.postgres_server.schema.partitions import NativePartition
from marketdata_platform.stores.postgres_server.tables import InstrumentTables, lock_number

# Each takes several locks until the transaction ends, and a server has some 7,000 by default.
_CHUNKS_AT_ONCE = 200


def cutoffs(
    dataset: Dataset, days: Iterable[date], cutoff: datetime, *, timescale: bool
) -> list[datetime]:
    """Midnights to stop at on the way to `cutoff`, so that no transaction locks more chunks than a
    server can.
    """
    held = sorted(day for day in days if Window.of_day(day).start < cutoff)
    step = max(1, int(_CHUNKS_AT_ONCE * dataset.chunk / timedelta(days=1)))
    return [*(Window.of_day(day).start for day in (held[step::step] if timescale else ())), cutoff]


def delete_before(
    tables: InstrumentTables, dataset: Dataset, cutoff: datetime, *, timescale: bool
) -> int:
    """Delete the instrument's rows with a time before `cutoff`; how many. Coverage is the caller's
    to mend.
    """
    midnight = Window.of_day(cutoff.date()).start
    days = tables.coverage(dataset, "day < %s", [midnight.date()])
    whole_days = sum(day.rows for day in days.values())
    if timescale and dataset is KLINE:
        ask(
            tables.session, "keep_floor", dataset=dataset.name, cutoff=cutoff
        )  # or a refresh would empty the roll-ups
    if whole_days:
        _drop_whole(tables, dataset, midnight.date(), timescale=timescale)
        tables.delete(dataset, Window(max(EPOCH, Window.of_day(min(days)).start), midnight))
    return whole_days + (
        tables.delete(dataset, Window(midnight, cutoff)) if midnight < cutoff else 0
    )


def _drop_whole(
    tables: InstrumentTables, dataset: Dataset, bound: date, *, timescale: bool
) -> None:
    session, who = tables.session, tables.instrument
    lock = lock_number(f"rows of {dataset.name}")
    if ask(session, "try_lock", number=lock).fetchone() != (True,):
        return  # somebody writes: rows are deleted one by one
    mine = {"venue": who.venue, "market": who.market, "symbol": who.symbol}
    others = ask(session, "first_day_of_others", dataset=dataset.name, **mine).fetchone()
    if others is not None and others[0] is not None:
        bound = min(bound, others[0])
    try:
        with session.transaction():
            ask(session, "short_lock_timeout")
            if timescale:
                older = datetime(bound.year, bound.month, bound.day, tzinfo=UTC)
                ask(session, "drop_chunks", name=table_name(dataset), older=older)
                return
            for partition in _partitions(tables, dataset):
                if partition.end <= bound:
                    name = f"{identifier(dataset.schema_name)}.{identifier(partition.name)}"
                    session.execute(f"DROP TABLE {name}")
    except (errors.LockNotAvailable, errors.InsufficientPrivilege):
        return


def _partitions(tables: InstrumentTables, dataset: Dataset) -> list[NativePartition]:
    rows = ask(tables.session, "partitions_of_table", name=table_name(dataset)).fetchall()
    found = [
        NativePartition(
            dataset.name, datetime.fromisoformat(first).date(), datetime.fromisoformat(end).date()
        )
        for _, first, end in rows
        if first is not None and end is not None
    ]
    return sorted(one for one in found if one.name in {row[0] for row in rows})
