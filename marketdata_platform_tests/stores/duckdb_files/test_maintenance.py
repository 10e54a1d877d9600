import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta

import polars as pl
import pyarrow as pa
import pytest

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.stores.duckdb_files.file_lock import FileLock
from marketdata_platform.stores.duckdb_files.maintenance import DuckDBMaintenance
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform_tests.stores.contract import BTC, MIDNIGHT, NOW, everything, trade, trades


def quick(first, last):
    """As `many`, made in columns."""
    ids = pl.int_range(first, last, eager=True)
    frame = pl.DataFrame(
        {
            "ts_event": MIDNIGHT + ids.cast(pl.Duration("us")) * 1_000,
            "trade_id": ids.cast(pl.String),
            "sequence": ids,
        }
    ).with_columns(
        price=(100 + ids % 7).cast(pl.Decimal(18, 8)),
        quantity=(1 + ids % 3).cast(pl.Decimal(20, 8)),
        side=pl.lit("buy"),
    )
    table = frame.to_arrow()
    empty = [
        pa.nulls(len(table), f.type)
        if f.name not in table.column_names
        else table[f.name].cast(f.type)
        for f in TRADES.arrow_schema
    ]
    return pa.Table.from_arrays(empty, schema=TRADES.arrow_schema)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A store whose file is mostly free room."""
    folder = tmp_path_factory.mktemp("emptied")
    store = DuckDBStore(folder, clock=lambda: NOW)
    for first in range(0, 400_000, 100_000):
        store.append("trades", BTC, quick(first, first + 100_000))
    store.append("trades", BTC, trades(trade(1, price=7)), source="conflict")
    store.drop_before("trades", BTC, MIDNIGHT + timedelta(seconds=399))
    store.close()
    return folder


@pytest.fixture
def emptied(template, tmp_path):
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return DuckDBStore(tmp_path, clock=lambda: NOW)


def maintenance(tmp_path, **options):
    return DuckDBMaintenance(tmp_path, smallest_bytes=2**18, lock_timeout_seconds=0.2, **options)


def test_a_file_with_much_free_room_becomes_small_and_reads_the_same(emptied, tmp_path):
    before, size = everything(emptied), emptied.stored_bytes(BTC)
    emptied.close()
    (found,) = maintenance(tmp_path).maintain(apply=False)
    assert (found.action, found.done, found.waits) == ("compact", False, True)
    assert emptied.stored_bytes(BTC) == size

    (found,) = maintenance(tmp_path).maintain(apply=True)
    assert found.done
    assert emptied.stored_bytes(BTC) < 0.6 * size
    assert everything(emptied) == before
    assert emptied.append("trades", BTC, quick(399_000, 399_500)).duplicates == 500
    emptied.close()
    (found,) = maintenance(tmp_path).maintain(apply=True)
    assert found.action == "report"


def test_a_file_in_use_is_left_alone_and_told(emptied, tmp_path):
    lock = FileLock(next(tmp_path.glob("data/**/*.lock")), exclusive=False, timeout_seconds=1)
    (found,) = maintenance(tmp_path).maintain(apply=True)
    lock.release()
    assert found.waits
    assert "is held by" in found.text


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(emptied, tmp_path):
    before = everything(emptied)
    emptied.close()
    code = (
        "import sys; from pathlib import Path; from "
        "marketdata_platform.stores.duckdb_files.maintenance import *;"
        "print('ready', flush=True);"
        "list(DuckDBMaintenance(Path(sys.argv[1]), smallest_bytes=1, "
        "freeable=0.0).maintain(apply=True))"
    )
    for pause in (0.0, 0.02, 0.05, 0.1):
        worker = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, env=os.environ
        )
        worker.stdout.readline()
        time.sleep(pause)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert everything(emptied) == before
        emptied.close()
    list(maintenance(tmp_path).maintain(apply=True))
    assert not list(tmp_path.glob("data/**/.*compact*"))
    assert everything(emptied) == before
