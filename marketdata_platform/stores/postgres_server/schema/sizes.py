"""What tables take on disk, without reading their rows.

Belongs here: sizes, and shares of them. Does not: counting rows, which coverage has done.
"""

from __future__ import annotations

from decimal import Decimal

from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.datasets.ddl.duckdb import table_name
from marketdata_platform.core.datasets.ddl.postgres import partitioned
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.postgres_server.pool import Connection
from marketdata_platform.stores.postgres_server.querying.queries import ask


def table_bytes(session: Connection, name: str, *, timescale: bool) -> int:
    """Bytes of a table with its indexes, partitions or chunks; `name` is quoted."""
    row = ask(session, "hypertable_bytes" if timescale else "table_bytes", name=name).fetchone()
    return int(row[0]) if row else 0


def stored_bytes(session: Connection, instrument: Instrument, *, timescale: bool) -> int:
    """The instrument's share, by rows, of the tables in which it has rows."""
    total = Decimal(0)
    shares = ask(
        session,
        "shares",
        venue=instrument.venue,
        market=instrument.market,
        symbol=instrument.symbol,
    )
    for name, own, rows in shares.fetchall():
        dataset = DATASETS.get(name)
        if own and dataset is not None and partitioned(dataset):
            total += table_bytes(session, table_name(dataset), timescale=timescale) * own / rows
    return int(total)
