from datetime import date
from pathlib import PurePosixPath

import duckdb
import polars as pl
import pyarrow.dataset as ds
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata_platform.archive.folder import FolderArchive
from marketdata_platform.archive.paths import day_path, partition_at
from marketdata_platform.core.datasets import CHECKPOINTS, TRADES
from marketdata_platform.core.errors import InvalidInput, InvalidInstrument
from marketdata_platform.core.instrument import Instrument
from marketdata_platform_tests.archive.days import BTC, DAY, trades

HOSTILE = [
    "BTCUSDT",
    "CL:BF F1-G1-H1",
    "币安人生USDT",
    "A+B",
    "X/Y",
    "A#B@C$D",
    "1INCH.P",
    "_x",
    "0x1f",
]


def test_a_day_lies_in_hive_folders_under_tier_and_dataset():
    expected = "raw/trades/venue=binance/market=futures/symbol=BTCUSDT/date=2024-07-19"
    assert str(day_path(TRADES, BTC, DAY)) == expected


def test_a_symbol_with_a_colon_and_spaces_becomes_one_escaped_folder():
    path = day_path(TRADES, Instrument("databento", "glbx", "CL:BF F1"), DAY)
    assert path.parts[4] == "symbol=CL%3ABF%20F1"


@given(st.text(min_size=1, max_size=20), st.dates())
def test_every_path_reads_back_as_its_partition(symbol: str, day: date):
    try:
        instrument = Instrument("v", "m", symbol)
    except InvalidInstrument:
        return
    partition = partition_at(day_path(TRADES, instrument, day))
    assert partition is not None
    assert (partition.dataset, partition.instrument, partition.day) == ("trades", instrument, day)


@pytest.mark.parametrize(
    "path",
    [
        "raw/trades",
        "raw/nothing/venue=a/market=b/symbol=C/date=2024-07-19",
        "aggregates/trades/venue=a/market=b/symbol=C/date=2024-07-19",
        "raw/trades/venue=a/symbol=C/market=b/date=2024-07-19",
        "raw/trades/venue=a/market=b/symbol=C/date=2024-7-19",
        "raw/trades/venue=a/market=b/symbol=C/date=20240719",
        "raw/trades/venue=a/market=b/symbol=%43/date=2024-07-19",
        "raw/trades/venue=a/market=b/symbol=%ff/date=2024-07-19",
        "raw/trades/venue=A!/market=b/symbol=C/date=2024-07-19",
        "meta/checkpoints/venue=a/market=b/symbol=C/date=2024-07-19",
    ],
)
def test_a_folder_that_the_platform_would_not_write_is_no_partition(path: str):
    assert partition_at(PurePosixPath(path)) is None


def test_the_stores_bookkeeping_is_never_archived():
    with pytest.raises(InvalidInput, match="checkpoints"):
        day_path(CHECKPOINTS, BTC, DAY)


def test_duckdb_polars_and_pyarrow_read_hostile_symbols_back_from_the_folders(tmp_path):
    archive = FolderArchive(tmp_path)
    for number, symbol in enumerate(HOSTILE, 1):
        instrument = Instrument("binance", "futures", symbol)
        archive.write(
            "trades", instrument, DAY, iter(trades(number).to_batches()), source_digest="d"
        )
    expected = {symbol: number for number, symbol in enumerate(HOSTILE, 1)}

    folder = tmp_path / "archive/raw/trades"
    glob = str(folder / "**/*.parquet")
    query = "SELECT symbol, count(*) FROM read_parquet(?, hive_partitioning=true) GROUP BY 1"
    assert dict(duckdb.execute(query, [glob]).fetchall()) == expected
    frame = pl.scan_parquet(glob, hive_partitioning=True).group_by("symbol").len().collect()
    assert dict(frame.iter_rows()) == expected
    hive = ds.HivePartitioning.discover(infer_dictionary=False)
    read = pl.from_arrow(ds.dataset(folder, partitioning=hive).to_table())
    assert dict(read.group_by("symbol").len().iter_rows()) == expected
    assert set(read["venue"]) == {"binance"}
