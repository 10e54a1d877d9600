"""The archive: bytes a trade beside other formats, and write and read rates as ratios to plain Parquet.

`python -m benchmarks.bench_archive [TRADES]` prints one table; real trades come in when MARKETDATA_TEST_DATA is set.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from marketdata_platform.archive.folder import FolderArchive
from marketdata_platform.archive.parquet import read_rows, write_rows
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.model import PRICE, QUANTITY
from marketdata_platform_tests.archive.days import BTC, DAY, captured

Row = dict[str, str | float]
RUNS = 3
REAL = {
    "USD-M 2023-04-05": ("usdm/btcusdt_202304", date(2023, 4, 5)),
    "USD-M 2024-07-19": ("usdm/btcusdt_202407", date(2024, 7, 19)),
    "COIN-M 2024-08-09": ("cm/btcusd_perp_202408", date(2024, 8, 9)),
    "spot 2024-08-09": ("spot/btcusdt_202408", date(2024, 8, 9)),
}


def run(trades: int = 1_000_000) -> list[Row]:
    """Every measurement as a row: `case`, then numbers by name."""
    made = synthetic(trades)
    return [*sizes({**real(), f"synthetic, {trades:,}": made}), *rates(made)]


def sizes(days: dict[str, pa.Table]) -> list[Row]:
    """Bytes a trade in each format; `ours` without and with receive times."""
    rows: list[Row] = []
    for name, table in days.items():
        bare = without_receive_times(table)
        csv = dump_csv(table)
        formats = {
            "csv": len(csv),
            "csv.zip": len(zipped(csv)),
            "parquet zstd": len(plain_parquet(bare)),
            "ours": len(archived(bare)),
            "ours + ts_recv": len(archived(table)),
        }
        rows.append({"case": f"bytes a trade: {name}", **{k: v / len(table) for k, v in formats.items()}})
    return rows


def rates(table: pa.Table) -> list[Row]:
    """Write and read in ns a trade, as ratios to plain Parquet with pyarrow's defaults (zstd), medians of three."""
    ours, plain = archived(table), plain_parquet(table)
    write = timed(lambda: plain_parquet(table), len(table))
    read = timed(lambda: pq.read_table(io.BytesIO(plain)), len(table))
    measured = {
        "write": (timed(lambda: archived(table), len(table)), write),
        "write, fsync, read back, publish": (timed(lambda: written_and_checked(table), len(table)), write),
        "read": (timed(lambda: read_all(ours), len(table)), read),
    }
    return [
        {"case": f"ns a trade: {name}", "ours": own, "plain Parquet": other, "ratio": own / other}
        for name, (own, other) in measured.items()
    ]


def synthetic(count: int) -> pa.Table:
    """A seeded day of futures trades: bursts, a price that walks in ticks of 0.1, quantities in steps of 0.001."""
    random = np.random.default_rng(20240719)
    gaps = random.exponential(1.0, count) * (random.random(count) < 0.4)
    times = 1_721_347_200_000_000 + (np.cumsum(gaps) * (86_000_000 / gaps.sum())).astype(np.int64) * 1000
    walk = 640_000 + np.cumsum(random.integers(-2, 3, count) * (random.random(count) < 0.3))
    lots = np.maximum(1, random.lognormal(2, 2, count)).astype(np.int64)
    ids = pa.array(np.arange(5_200_000_000, 5_200_000_000 + count))
    buys = np.repeat(random.random(count // 4 + 1) < 0.5, 4)[:count]
    columns = {
        "ts_event": pa.array(times).cast(pa.timestamp("us", "UTC")),
        "ts_recv": pa.array(times + random.integers(2_000, 9_000, count)).cast(pa.timestamp("us", "UTC")),
        "trade_id": ids.cast(pa.string()),
        "sequence": ids,
        "price": decimals(walk * 10_000_000, PRICE),
        "quantity": decimals(lots * 100_000, QUANTITY),
        "side": pa.array(np.where(buys, "buy", "sell")),
    }
    empty = {f.name: pa.nulls(count, f.type) for f in TRADES.arrow_schema if f.name not in columns}
    return pa.table({**columns, **empty}).select(TRADES.arrow_schema.names).cast(TRADES.arrow_schema)


def real() -> dict[str, pa.Table]:
    """Days of recorded trades by name; none without MARKETDATA_TEST_DATA."""
    if "MARKETDATA_TEST_DATA" not in os.environ:
        return {}
    return {name: captured(*place) for name, place in REAL.items()}


def decimals(scaled: np.ndarray, kind: pa.DataType) -> pa.Array:
    """Integers scaled by 10^8 as a decimal column."""
    words = np.empty((len(scaled), 2), dtype=np.int64)
    words[:, 0], words[:, 1] = scaled, scaled >> 63
    return pa.Array.from_buffers(kind, len(scaled), [None, pa.py_buffer(words)])


def without_receive_times(table: pa.Table) -> pa.Table:
    """The same trades as a dump gives them."""
    field = table.schema.field("ts_recv")
    return table.set_column(table.schema.names.index("ts_recv"), field, pa.nulls(len(table), field.type))


def dump_csv(table: pa.Table) -> bytes:
    """The trades in the exchange's own dump format."""
    frame = pl.DataFrame(table)
    quote = pl.col("price").cast(pl.Float64) * pl.col("quantity").cast(pl.Float64)
    return (
        frame.select(
            id="trade_id",
            price=_shortest("price"),
            qty=_shortest("quantity"),
            quote_qty=quote.round(4),
            time=pl.col("ts_event").dt.epoch("ms"),
            is_buyer_maker=pl.col("side") == "sell",
        )
        .write_csv()
        .encode()
    )


def zipped(data: bytes) -> bytes:
    """As the exchange publishes it."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("trades.csv", data)
    return sink.getvalue()


def plain_parquet(table: pa.Table) -> bytes:
    """Parquet with the library's defaults and zstd."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def archived(table: pa.Table) -> bytes:
    """The archive's own file."""
    sink = io.BytesIO()
    write_rows(sink, TRADES, iter(table.to_batches()))
    return sink.getvalue()


def read_all(data: bytes) -> int:
    """Rows read from an archived file."""
    return sum(batch.num_rows for batch in read_rows(io.BytesIO(data), TRADES, "benchmark"))


def written_and_checked(table: pa.Table) -> int:
    """One whole `Archive.write` into an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        return FolderArchive(Path(folder)).write("trades", BTC, DAY, iter(table.to_batches()), source_digest="").rows


def timed(call: Callable[[], object], trades: int) -> float:
    """Median nanoseconds a trade."""
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return median(seconds) * 1e9 / trades


def _shortest(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")


def main() -> None:
    """Print the table."""
    for row in run(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000):
        numbers = "  ".join(f"{key} {value:.2f}" for key, value in row.items() if isinstance(value, float))
        print(f"{row['case']:<45} {numbers}")


if __name__ == "__main__":
    main()
