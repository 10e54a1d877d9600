"""Native partitions: which one a time belongs to, and making it before rows need it.

Belongs here: names, bounds, and locks that hold nobody up for long. Does not: dropping them
(postgres_retention).

Rows whose partition cannot be made now (a long reader holds the table, the role may not create) go
to the default partition: every read sees them there, and they move when their partition is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from psycopg import errors

from marketdata_platform.core.datasets import DATASETS, Dataset
from marketdata_platform.core.datasets.ddl.duckdb import identifier, literal, table_name
from marketdata_platform.core.datasets.ddl.postgres import partition_unit, partitioned
from marketdata_platform.core.window import Window
from marketdata_platform.stores.postgres_server.pool import Connection
from marketdata_platform.stores.postgres_server.querying.queries import ask
from marketdata_platform.stores.postgres_server.tables import lock_number

_FIRST_YEAR, _LAST_YEAR = (
    1970,
    2199,
)  # a time outside is a mistake: it needs no partition of its own
_AHEAD = {"day": timedelta(days=3), "month": timedelta(days=35)}


@dataclass(frozen=True, slots=True, order=True)
class NativePartition:
    """One partition of a dataset's table: the UTC days from `first` to before `end`."""

    dataset: str
    first: date
    end: date

    @property
    def name(self) -> str:
        """The table's name without its schema."""
        whole = self.end - self.first > timedelta(days=1)
        return (
            f"{self.dataset}_p{self.first:%Y%m}"
            if whole
            else f"{self.dataset}_p{self.first:%Y%m%d}"
        )


def partitions_of(dataset: Dataset, days: Iterable[date]) -> list[NativePartition]:
    """The partitions in which rows of `days` belong, in order."""
    found = set()
    for day in days:
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            continue
        if partition_unit(dataset) == "day":
            found.add(NativePartition(dataset.name, day, day + timedelta(days=1)))
        else:
            first = day.replace(day=1)
            found.add(
                NativePartition(dataset.name, first, (first + timedelta(days=32)).replace(day=1))
            )
    return sorted(found)


def make_missing(session: Connection, dataset: Dataset, days: Iterable[date]) -> int:
    """Make the partitions of `days` that are not there, each in a transaction of its own; how many
    were made.
    """
    wanted = {_full_name(dataset, one.name): one for one in partitions_of(dataset, days)}
    if not wanted:
        return 0
    rows = ask(session, "missing_relations", names=list(wanted))
    return sum(_make(session, dataset, wanted[name]) for (name,) in rows.fetchall())


def make_ahead(session: Connection, today: date) -> int:
    """Make the partitions that live rows will soon need, of every dataset; how many were made."""
    made = 0
    for dataset in DATASETS.values():
        if partitioned(dataset):
            made += make_missing(session, dataset, [today, today + _AHEAD[partition_unit(dataset)]])
    return made


def _make(session: Connection, dataset: Dataset, one: NativePartition) -> bool:
    name, table, default = (
        _full_name(dataset, one.name),
        table_name(dataset),
        _full_name(dataset, _default(dataset)),
    )
    time = identifier(dataset.time_column)
    start, end = (literal(Window.of_day(day).start.isoformat()) for day in (one.first, one.end))
    try:
        with session.transaction():
            ask(session, "short_lock_timeout")
            ask(session, "wait_for_lock", number=lock_number(f"partitions {dataset.name}"))
            if ask(session, "relation", name=name).fetchone() != (None,):
                return False
            session.execute(f"LOCK TABLE {default} IN ACCESS EXCLUSIVE MODE")
            session.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
            moved = f"DELETE FROM {default} WHERE {time} >= {start} AND {time} < {end} RETURNING *"
            session.execute(f"WITH moved AS ({moved}) INSERT INTO {name} SELECT * FROM moved")
            session.execute(
                f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})"
            )
    except (errors.LockNotAvailable, errors.InsufficientPrivilege):
        return False
    return True


def _default(dataset: Dataset) -> str:
    return f"{dataset.name}_default"


def _full_name(dataset: Dataset, name: str) -> str:
    return f"{identifier(dataset.schema_name)}.{identifier(name)}"
