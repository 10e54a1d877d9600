"""What tables take on disk, without reading their rows.

Belongs here: sizes, and shares of them. Does not: counting rows, which coverage has done.
"""

from __future__ import annotations

from decimal import Decimal

from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.datasets.ddl import table_name
from marketdata_platform.core.datasets.ddl_postgres import partitioned
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.postgres_pool import Connection

_SHARES = """SELECT dataset, sum(rows) FILTER (WHERE (venue, market, symbol) = (%s, %s, %s)), sum(rows)
FROM meta.coverage GROUP BY dataset HAVING sum(rows) > 0"""
_PLAIN = "SELECT coalesce(sum(pg_total_relation_size(relid)), 0) FROM pg_partition_tree(%s::regclass)"
_HYPER = "SELECT coalesce(hypertable_size(%s::regclass), 0)"


def table_bytes(session: Connection, name: str, *, timescale: bool) -> int:
    """Bytes of a table with its indexes, partitions or chunks; `name` is quoted."""
    row = session.execute(_HYPER if timescale else _PLAIN, [name]).fetchone()
    return int(row[0]) if row else 0


def stored_bytes(session: Connection, instrument: Instrument, *, timescale: bool) -> int:
    """The instrument's share, by rows, of the tables in which it has rows."""
    who = [instrument.venue, instrument.market, instrument.symbol]
    total = Decimal(0)
    for name, own, rows in session.execute(_SHARES, who).fetchall():
        dataset = DATASETS.get(name)
        if own and dataset is not None and partitioned(dataset):
            total += table_bytes(session, table_name(dataset), timescale=timescale) * own / rows
    return int(total)
