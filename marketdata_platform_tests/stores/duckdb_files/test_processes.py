"""Several processes and one file: locks that name their holder, kills that lose nothing, forks,
broken files.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from marketdata_platform.core.errors import StoreCorrupt, StoreLocked
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform_tests.stores.contract import BTC, NOW, content, everything, many

PROJECT = Path(__file__).resolve().parents[3]


def writer(root: Path, first: int, last: int, chunk: int, hold: float = 0) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "marketdata_platform_tests.stores.duckdb_files.writer_process",
        str(root),
    ]
    command += [str(first), str(last), str(chunk), *([str(hold)] if hold else [])]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT)


def pair_file(root: Path) -> Path:
    return root / "data" / "binance" / "spot" / "BTCUSDT" / "trading.duckdb"


def test_a_file_held_by_another_process_is_waited_for_and_then_its_holder_named(tmp_path):
    process = writer(tmp_path, 0, 10, 10, hold=60)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        hasty = DuckDBStore(tmp_path, lock_timeout_seconds=0.2)
        for verb in (
            lambda: hasty.append("trades", BTC, many(0, 1)),
            lambda: content(hasty),
            lambda: hasty.query(""),
        ):
            with pytest.raises(
                StoreLocked,
                match=rf"trading.duckdb is held by process {process.pid} \(.*writer_proc",
            ):
                verb()
    finally:
        process.kill()
        process.wait()
    assert len(content(DuckDBStore(tmp_path))) == 10


def test_a_short_hold_of_another_process_is_waited_out(tmp_path):
    process = writer(tmp_path, 0, 10, 10, hold=0.5)
    assert process.stdout is not None
    process.stdout.readline()
    patient = DuckDBStore(tmp_path, lock_timeout_seconds=20)
    assert patient.append("trades", BTC, many(5, 15)).inserted == 5
    assert process.wait() == 0


def test_outside_a_session_the_file_is_free_and_readers_share_it(tmp_path):
    one, other = (
        DuckDBStore(tmp_path, lock_timeout_seconds=0.2),
        DuckDBStore(tmp_path, lock_timeout_seconds=0.2),
    )
    one.append("trades", BTC, many(0, 10))
    with duckdb.connect(str(pair_file(tmp_path)), read_only=True) as shell:
        assert shell.execute("SELECT count(*) FROM raw.trades").fetchone() == (10,)
    with one.session(), other.session():
        assert len(content(one)) == len(content(other)) == 10
    with one.session():
        one.append("trades", BTC, many(10, 20))
        with pytest.raises(StoreLocked, match="this same process"):
            content(other)
    assert len(content(other)) == 20


def test_a_program_that_knows_no_lock_file_is_named_too(tmp_path):
    store = DuckDBStore(tmp_path, lock_timeout_seconds=0.2)
    store.append("trades", BTC, many(0, 10))
    script = (
        "import duckdb,sys,time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); "
        "time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(pair_file(tmp_path))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as shell:
        try:
            assert shell.stdout is not None
            shell.stdout.readline()
            with pytest.raises(StoreLocked, match=f"process {shell.pid}"):
                store.append("trades", BTC, many(0, 1))
        finally:
            shell.kill()


def kill_and_complete(root: Path, seed: int) -> None:
    """Kill a writer at a random moment, look, run it again to its end, and compare with an
    undisturbed store.
    """
    process = writer(root, 0, 1200, 100)
    assert process.stdout is not None
    random_wait = random.Random(seed)
    for _ in range(random_wait.randrange(4)):
        process.stdout.readline()
    time.sleep(random_wait.random() * 0.04)
    process.kill()
    process.wait()
    store = DuckDBStore(root, clock=lambda: NOW)
    held = content(store)
    assert len(held) % 100 == 0, "a batch is there whole or not at all"
    assert sum(row["rows"] for row in content(store, "imports")) == len(held), (
        "companions go with their rows"
    )
    assert sum(day.rows for day in store.coverage("trades", BTC)) == len(held)
    store.append("trades", BTC, many(0, 1200))


def _undisturbed(root: Path) -> list[object]:
    store = DuckDBStore(root, clock=lambda: NOW)
    store.append("trades", BTC, many(0, 1200))
    return everything(store)


@pytest.mark.parametrize("seed", range(5))
def test_a_kill_at_any_moment_leaves_a_file_that_opens_and_can_be_completed(tmp_path, seed):
    kill_and_complete(tmp_path / "killed", seed)
    assert everything(DuckDBStore(tmp_path / "killed")) == _undisturbed(tmp_path / "whole")


@pytest.mark.slow
def test_a_hundred_kills_leave_files_that_open_and_can_be_completed(tmp_path):
    expected = _undisturbed(tmp_path / "whole")
    for seed in range(100):
        kill_and_complete(tmp_path / str(seed), seed)
        assert everything(DuckDBStore(tmp_path / str(seed))) == expected


@pytest.mark.parametrize("damage", [b"", b"not a database" * 1000, None])
def test_a_broken_file_is_named(tmp_path, damage):
    store = DuckDBStore(tmp_path)
    store.append("trades", BTC, many(0, 2000))
    path = pair_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096) if damage is None else damage)
    for verb in (
        lambda: content(store),
        lambda: store.append("trades", BTC, many(0, 1)),
        lambda: store.query("FROM trades"),
    ):
        with pytest.raises(StoreCorrupt, match=r"trading\.duckdb"):
            verb()
    path.unlink()
    assert store.append("trades", BTC, many(0, 10)).inserted == 10


def test_a_forked_child_begins_anew_and_the_parent_goes_on(tmp_path):
    store = DuckDBStore(tmp_path, lock_timeout_seconds=0.3)
    with store.session():
        store.append("trades", BTC, many(0, 10))
        child = os.fork()
        if child == 0:
            code = 1
            try:
                content(store)
            except StoreLocked:
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        store.append("trades", BTC, many(10, 20))
    assert len(content(store)) == 20
