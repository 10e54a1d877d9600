"""The DuckDB store: bytes per trade, and appending against DuckDB's ways of keeping a key unique.

The plain contenders write the same rows into a table of the same columns and check nothing, or have
a PRIMARY KEY.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from benchmarks.harness import arguments, make_trades, report
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.ddl.duckdb import duckdb_type, id_text, identifier
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.duckdb_files.store import DuckDBStore

BTC = Instrument("binance", "spot", "BTCUSDT")
BATCH = 100_000
ROWS_ONE_BY_ONE = 50
SIZE_TRADES = 3_000_000
Append = Callable[[pa.Table], object]


def batches(rows: pa.Table, size: int) -> Iterator[pa.Table]:
    """`rows` cut into batches of `size`."""
    return (rows.slice(start, size) for start in range(0, rows.num_rows, size))


def stored_form(trades: pl.DataFrame) -> pa.Table:
    """The harness's trades as the dataset's rows."""
    whole = trades.with_columns(sequence=pl.col("trade_id").cast(pl.Int64)).to_arrow()
    empty = {
        f.name: pa.nulls(len(trades), f.type)
        for f in TRADES.arrow_schema
        if f.name not in whole.schema.names
    }
    columns = {**{name: whole[name] for name in whole.schema.names}, **empty}
    return pa.table(columns).select(TRADES.arrow_schema.names).cast(TRADES.arrow_schema)


def plain_table(path: Path, key: str, generated: bool = False) -> duckdb.DuckDBPyConnection:
    """A table with the dataset's columns in a file of its own, kept open."""
    connection = duckdb.connect(str(path))
    columns = [f"{identifier(c.name)} {duckdb_type(c.type)}" for c in TRADES.columns]
    if generated:
        columns[2] = f"{identifier(str(id_text(TRADES)))} VARCHAR"
    connection.execute(f"CREATE TABLE trades ({', '.join(columns)}{key})")
    return connection


def insert(connection: duckdb.DuckDBPyConnection, rest: str = "") -> Append:
    """INSERT … SELECT from Arrow."""

    def append(batch: pa.Table) -> None:
        connection.register("batch", batch)
        connection.execute(f"INSERT INTO trades SELECT * FROM batch {rest}")
        connection.unregister("batch")

    return append


def insert_without_id(connection: duckdb.DuckDBPyConnection) -> Append:
    """The same with a null for the id that is its sequence, which is what the store writes."""

    def append(batch: pa.Table) -> None:
        connection.register("batch", batch)
        connection.execute("INSERT INTO trades SELECT * REPLACE (NULL AS trade_id) FROM batch")
        connection.unregister("batch")

    return append


def executemany(connection: duckdb.DuckDBPyConnection) -> Append:
    """One statement per row; only some rows of the batch, or it would take minutes."""
    marks = ", ".join("?" for _ in TRADES.columns)

    def append(batch: pa.Table) -> None:
        rows = [list(row.values()) for row in batch.slice(0, ROWS_ONE_BY_ONE).to_pylist()]
        connection.executemany(f"INSERT INTO trades VALUES ({marks}) ON CONFLICT DO NOTHING", rows)

    return append


def append_table(folder: Path, rows: pa.Table) -> str:
    """Milliseconds for 100,000 new rows, contenders taking turns batch by batch."""
    key = f", PRIMARY KEY ({identifier(TRADES.key[0])})"
    with ExitStack() as stack:
        store = DuckDBStore(folder)
        stack.enter_context(store.session())
        opened = [
            plain_table(folder / f"{n}.duckdb", k, n == 1) for n, k in enumerate(("", "", key, key))
        ]
        contenders: dict[str, Append] = {
            "plain INSERT, no check": insert(opened[0]),
            "plain INSERT without the id": insert_without_id(opened[1]),
            "DuckDBStore.append": lambda batch: store.append("trades", BTC, batch),
            "PRIMARY KEY + ON CONFLICT": insert(opened[2], "ON CONFLICT DO NOTHING"),
            "executemany + ON CONFLICT": executemany(opened[3]),
        }
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        for batch in batches(rows, BATCH):
            for name, append in contenders.items():
                begun = time.perf_counter()
                append(batch)
                scale = BATCH / ROWS_ONE_BY_ONE if name.startswith("executemany") else 1
                seconds[name].append((time.perf_counter() - begun) * scale)
        for connection in opened:
            connection.close()
    return _rendered(seconds)


def _rendered(seconds: dict[str, list[float]]) -> str:
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    base = medians["plain INSERT, no check"]
    lines = [
        f"### Appending {BATCH:,} new trades",
        "",
        "| contender | ms | × plain |",
        "|---|---:|---:|",
    ]
    lines += [
        f"| {name} | {value * 1e3:,.1f} | {value / base:,.2f} |" for name, value in medians.items()
    ]
    return "\n".join(lines) + "\n"


def size_table(folder: Path, rows: pa.Table) -> str:
    """Bytes per trade in the file, and the time of a read of all columns in order."""
    store = DuckDBStore(folder)
    with store.session():
        for batch in batches(rows, 500_000):
            store.append("trades", BTC, batch)
    size = next(folder.glob("data/*/*/*/trading.duckdb")).stat().st_size
    begun = time.perf_counter()
    count = sum(batch.num_rows for batch in store.read("trades", BTC))
    milliseconds = (time.perf_counter() - begun) * 1e3
    lines = [
        "### Size and reading",
        "",
        "| trades | bytes per trade | ms to read a million |",
        "|---:|---:|---:|",
    ]
    lines.append(f"| {count:,} | {size / count:.2f} | {milliseconds / count * 1e6:,.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the tables."""
    options = arguments(__doc__ or "", trades=SIZE_TRADES)
    rows = stored_form(make_trades(min(options.trades, SIZE_TRADES)))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        report([size_table(Path(one), rows), append_table(Path(other), rows.slice(0, 15 * BATCH))])


if __name__ == "__main__":
    main()
