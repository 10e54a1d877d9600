"""The archive: bytes per trade beside other formats, and write and read against plain Parquet
(pyarrow's defaults, zstd).

Days of real trades come in when MARKETDATA_TEST_DATA is set.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness import arguments, make_trades, measure, report, table
from marketdata_platform.archive.folder import FolderArchive
from marketdata_platform.archive.parquet import read_rows, write_rows
from marketdata_platform.core.datasets import TRADES
from marketdata_platform_tests.archive.days import BTC, captured

REAL = {
    "USD-M 2023-04-05": ("usdm/btcusdt_202304", date(2023, 4, 5)),
    "USD-M 2024-07-19": ("usdm/btcusdt_202407", date(2024, 7, 19)),
    "COIN-M 2024-08-09": ("cm/btcusd_perp_202408", date(2024, 8, 9)),
    "spot 2024-08-09": ("spot/btcusdt_202408", date(2024, 8, 9)),
}
FORMATS = ("csv", "csv.zip", "Parquet zstd", "archive", "archive with ts_recv")


def synthetic(count: int) -> pa.Table:
    """The harness's trades with all columns of the dataset; received 2 to 9 ms after the event."""
    trades = make_trades(count)
    delay = pl.Series(np.random.default_rng(2).integers(2_000, 9_000, count)).cast(
        pl.Duration("us")
    )
    whole = trades.with_columns(
        ts_recv=pl.col("ts_event") + delay, sequence=pl.col("trade_id").cast(pl.Int64)
    ).to_arrow()
    empty = {
        f.name: pa.nulls(count, f.type)
        for f in TRADES.arrow_schema
        if f.name not in whole.schema.names
    }
    columns = {**{name: whole[name] for name in whole.schema.names}, **empty}
    return pa.table(columns).select(TRADES.arrow_schema.names).cast(TRADES.arrow_schema)


def real() -> dict[str, pa.Table]:
    """Days of recorded trades by name; none without MARKETDATA_TEST_DATA."""
    if "MARKETDATA_TEST_DATA" not in os.environ:
        return {}
    return {name: captured(*place) for name, place in REAL.items()}


def bytes_a_trade(trades: pa.Table) -> list[float]:
    """In the order of FORMATS; all but the last without receive times."""
    field = trades.schema.field("ts_recv")
    bare = trades.set_column(
        trades.schema.names.index("ts_recv"), field, pa.nulls(len(trades), field.type)
    )
    csv = dump_csv(trades)
    made = (csv, zipped(csv), plain_parquet(bare), archived(bare), archived(trades))
    return [len(data) / len(trades) for data in made]


def size_table(days: dict[str, pa.Table]) -> str:
    """A Markdown table of bytes per trade."""
    lines = [
        "### Archive: bytes per trade",
        "",
        "| trades | " + " | ".join(FORMATS) + " |",
        "|---|" + "---:|" * len(FORMATS),
    ]
    for name, trades in days.items():
        lines.append(
            f"| {name} | " + " | ".join(f"{size:.2f}" for size in bytes_a_trade(trades)) + " |"
        )
    return "\n".join(lines) + "\n"


def rate_tables(trades: pa.Table, runs: int) -> Sequence[str]:
    """Write and read beside plain Parquet."""
    ours, plain = archived(trades), plain_parquet(trades)
    writes = {
        "plain Parquet": lambda: plain_parquet(trades),
        "archive file": lambda: archived(trades),
        "archive: write, fsync, read back, publish": lambda: published(trades),
    }
    reads = {
        "plain Parquet": lambda: pq.read_table(io.BytesIO(plain)),
        "archive file": lambda: read_all(ours),
    }
    return [
        table("Archive: write", measure(writes, runs), len(trades), "plain Parquet"),
        table("Archive: read", measure(reads, runs), len(trades), "plain Parquet"),
    ]


def dump_csv(trades: pa.Table) -> bytes:
    """The trades in the exchange's own dump format."""
    quote = pl.col("price").cast(pl.Float64) * pl.col("quantity").cast(pl.Float64)
    text = pl.DataFrame(trades).select(
        id="trade_id",
        price=_shortest("price"),
        qty=_shortest("quantity"),
        quote_qty=quote.round(4),
        time=pl.col("ts_event").dt.epoch("ms"),
        is_buyer_maker=pl.col("side") == "sell",
    )
    return text.write_csv().encode()


def zipped(data: bytes) -> bytes:
    """As the exchange publishes it."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("trades.csv", data)
    return sink.getvalue()


def plain_parquet(trades: pa.Table) -> bytes:
    """Parquet with the library's defaults and zstd."""
    sink = io.BytesIO()
    pq.write_table(trades, sink, compression="zstd")
    return sink.getvalue()


def archived(trades: pa.Table) -> bytes:
    """The archive's own file."""
    sink = io.BytesIO()
    write_rows(sink, TRADES, iter(trades.to_batches()))
    return sink.getvalue()


def read_all(data: bytes) -> int:
    """Rows read from an archived file."""
    return sum(batch.num_rows for batch in read_rows(io.BytesIO(data), TRADES, "benchmark"))


def published(trades: pa.Table) -> int:
    """One whole `Archive.write` into an empty folder."""
    day = trades["ts_event"][0].as_py().date()
    with tempfile.TemporaryDirectory() as folder:
        return (
            FolderArchive(Path(folder))
            .write("trades", BTC, day, iter(trades.to_batches()), source_digest="")
            .rows
        )


def _shortest(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")


def main() -> None:
    """Print the tables."""
    options = arguments(__doc__ or "", trades=1_000_000, runs=3)
    made = synthetic(options.trades)
    report(
        [
            size_table({**real(), f"synthetic, {options.trades:,}": made}),
            *rate_tables(made, options.runs),
        ]
    )


if __name__ == "__main__":
    main()
