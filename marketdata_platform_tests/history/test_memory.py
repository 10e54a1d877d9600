"""A file of any size is imported in the same memory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from marketdata_platform_tests.history.dumps import DAY_MS

_IMPORT = """
import re, sys
from datetime import UTC, datetime
from pathlib import Path
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.history import open_file
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.workflows.files.import_files import import_file

path = Path(sys.argv[1])
source = open_file(path, Instrument.parse("binance:futures:BTCUSDT"))
if sys.argv[2] == "decode":
    rows = sum(batch.rows.num_rows for batch in source.batches())
else:
    store = DuckDBStore(path.parent / "store")
    rows = import_file(store, source, now=lambda: datetime.now(UTC)).inserted
print(rows, int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def dump(path: Path, rows: int) -> Path:
    """A dump of `rows` trades over one day, about 50 bytes each."""
    numbers = np.arange(rows)
    frame = pl.DataFrame({"id": numbers + 5_000_000_000, "n": numbers * 7919 % 100_000})
    frame.select(
        "id",
        price=pl.format("6{}.{}", pl.col("n") % 9000 + 1000, pl.col("n") % 90 + 10),
        qty=pl.format("0.{}", pl.col("n") % 900 + 100),
        quote_qty=pl.lit("6494.3900"),
        time=pl.lit(DAY_MS) + (pl.col("id") - 5_000_000_000) * 86_000_000 // rows,
        is_buyer_maker=pl.col("n") % 2 == 0,
    ).write_csv(path)
    return path


def peak_mib(path: Path, what: str, rows: int) -> int:
    """Largest memory of a process that reads `path`; not by getrusage, which counts the parent's
    before exec.
    """
    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc on this system to read the peak memory from")
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, str(path), what], capture_output=True, text=True, check=True
    )
    counted, peak = done.stdout.split()
    assert int(counted) == rows
    return int(peak)


def test_decoding_a_long_file_takes_little_memory(tmp_path):
    assert peak_mib(dump(tmp_path / "a.csv", 1_500_000), "decode", 1_500_000) < 600


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path):
    small = peak_mib(dump(tmp_path / "small.csv", 2_000_000), "decode", 2_000_000)
    large = peak_mib(dump(tmp_path / "large.csv", 8_000_000), "decode", 8_000_000)
    assert large < small + 150
    assert large < 600


@pytest.mark.slow
def test_importing_two_hundred_megabytes_stays_below_the_promise_for_five_gigabytes(tmp_path):
    path = dump(tmp_path / "a.csv", 4_500_000)
    assert path.stat().st_size > 200_000_000
    assert peak_mib(path, "import", 4_500_000) < 1500
