"""Import of a zipped dump into the store beside other ways to read the unzipped file, and the
memory that it takes.

The ways: DuckDB's bare `read_csv` (into a table of a database file, as our store is one; into a
table in memory, which compresses nothing and survives nothing; counted only), pyarrow.csv with
decimal columns, Polars with strings cast to decimals. None of them unzips, checks rows, or looks
for duplicates. All have the same threads to use. Ours is the whole of `Platform.import_file`:
checksum, unzip, decode, constraints, duplicates, coverage, the imports row, file closed.
"""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from benchmarks.bench_archive import dump_csv, zipped
from benchmarks.harness import arguments, make_trades, measure, report, table
from marketdata_platform.core.datasets.model import PRICE, QUANTITY
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.history import open_file
from marketdata_platform.platform import open as open_platform

INSTRUMENT = Instrument.parse("binance:futures:BTCUSDT")
BASELINE = "DuckDB read_csv into a file"
IN_MEMORY = "DuckDB read_csv into memory"
OURS = "marketdata import, zipped"


def counted(path: Path) -> int:
    """DuckDB's `read_csv`, rows counted: it need not convert the columns."""
    with duckdb.connect() as connection:
        return _one(connection.execute("SELECT count(*) FROM read_csv(?)", [str(path)]).fetchone())


def kept(path: Path, database: str = ":memory:") -> int:
    """DuckDB's `read_csv` into a table, prices as floats, as it guesses them; the database is
    closed at the end.
    """
    with duckdb.connect(database) as connection:
        return _one(
            connection.execute(
                "CREATE TABLE t AS SELECT * FROM read_csv(?)", [str(path)]
            ).fetchone()
        )


def kept_in_file(path: Path) -> int:
    """The same in a new database file, beside the input."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        return kept(path, f"{folder}/bare.duckdb")


def arrow(path: Path) -> int:
    """pyarrow.csv with exact columns."""
    exact = {"id": pa.string(), "price": PRICE, "qty": QUANTITY, "time": pa.int64()}
    return int(
        pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(column_types=exact)).num_rows
    )


def polars(path: Path) -> int:
    """Polars, prices read as text and cast exactly."""
    text = pl.read_csv(
        path, schema_overrides={"id": pl.String, "price": pl.String, "qty": pl.String}
    )
    return text.with_columns(
        pl.col("price").str.to_decimal(scale=8), pl.col("qty").str.to_decimal(scale=8)
    ).height


def decoded(path: Path) -> int:
    """Our reader alone: unzip, verify, parse, exact columns."""
    return sum(batch.rows.num_rows for batch in open_file(path, INSTRUMENT).batches())


def imported(path: Path) -> int:
    """`marketdata import` into an empty store."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        return open_platform(folder).import_file(path, INSTRUMENT).inserted


def main() -> None:
    """Print the table, and the largest memory of the process in which all contenders ran."""
    options = arguments(__doc__ or "", trades=5_000_000, runs=3)
    with tempfile.TemporaryDirectory() as folder:
        csv, archive = Path(folder) / "trades.csv", Path(folder) / "BTCUSDT-trades-2023-11-15.zip"
        csv.write_bytes(dump_csv(make_trades(options.trades).to_arrow()))
        archive.write_bytes(zipped(csv.read_bytes()))
        seconds = measure(
            {
                "DuckDB read_csv, counted": lambda: counted(csv),
                IN_MEMORY: lambda: kept(csv),
                BASELINE: lambda: kept_in_file(csv),
                "pyarrow.csv, decimals": lambda: arrow(csv),
                "Polars read_csv, decimals": lambda: polars(csv),
                "our reader, zipped": lambda: decoded(archive),
                OURS: lambda: imported(archive),
            },
            options.runs,
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    in_file, in_memory = (seconds[OURS] / seconds[name] for name in (BASELINE, IN_MEMORY))
    summary = (
        f"Import takes {in_file:.1f} times DuckDB's read_csv of the unzipped file into a database "
        "file, "
        f"{in_memory:.1f} times one into memory. Peak of all contenders: {peak:,.0f} MiB.\n"
    )
    report([table("Import of a dump", seconds, options.trades, BASELINE), summary])


def _one(row: tuple[int, ...] | None) -> int:
    return row[0] if row else 0


if __name__ == "__main__":
    main()
