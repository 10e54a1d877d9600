"""PostgreSQL restarts, connections are cut, transactions deadlock, the disk fills: every row is
there exactly once.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from marketdata_platform.core.errors import ConfigurationError, MarketDataError, StoreUnavailable
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.postgres_server import engine, staging
from marketdata_platform.stores.postgres_server.options import ConnectionOptions
from marketdata_platform.stores.postgres_server.store import PostgresStore, open_postgres
from marketdata_platform.stores.postgres_server.tables import InstrumentTables, lock_number
from marketdata_platform.workflows.ports import Appended
from marketdata_platform_tests.served.databases import Databases
from marketdata_platform_tests.served.postgres_server import PostgresServer
from marketdata_platform_tests.stores.contract import BTC, NOW, an_import, content, everything, many
from marketdata_platform_tests.stores.duckdb_files.test_pool import walk


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer(durable=True, settings={"shared_buffers": "64MB"}) as started:
        yield started


@pytest.fixture(scope="module")
def databases(server: PostgresServer) -> Databases:
    return Databases(server.url)


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.taken() as url:
        yield url


@pytest.fixture
def store(databases: Databases, url: str) -> Iterator[PostgresStore]:
    store = databases.open(url, clock=lambda: NOW)
    yield store
    store.close()


def cut_all(server: PostgresServer) -> None:
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE "
        "'marketdata%'"
        " AND backend_type = 'client backend'"
    )


def hasty(url: str) -> PostgresStore:
    options = ConnectionOptions(
        lock_timeout_seconds=0.2, statement_timeout_seconds=0.3, wait_seconds=1
    )
    return open_postgres(url, options=options, timescale="off", clock=lambda: NOW)


def during(
    monkeypatch: pytest.MonkeyPatch, name: str, fault: Callable[[], None], times: int = 1
) -> None:
    """Let `fault` happen after `InstrumentTables.name` was done, inside the transaction, `times`
    times.
    """
    whole = getattr(InstrumentTables, name)
    left = [times]

    def faulty(self: InstrumentTables, *arguments: object, **options: object) -> object:
        result = whole(self, *arguments, **options)
        if left[0]:
            left[0] -= 1
            fault()
        return result

    monkeypatch.setattr(InstrumentTables, name, faulty)


def test_a_connection_that_is_cut_after_the_copy_is_made_good(server, store, monkeypatch):
    store.append("trades", BTC, many(0, 100))
    during(monkeypatch, "insert", lambda: cut_all(server))
    assert store.append(
        "trades", BTC, many(50, 200), companions={"imports": an_import()}
    ) == Appended(100, 50)
    assert len(content(store)) == 200
    assert len(content(store, "imports")) == 1


def test_a_server_that_restarts_in_the_middle_of_a_copy_is_waited_for(server, store, monkeypatch):
    rows = walk(60_000)
    encoded = staging.encoded
    restarted = []

    def slow(*arguments: object) -> Iterator[bytes]:
        for number, block in enumerate(encoded(*arguments)):
            if number == 4 and not restarted:
                restarted.append(True)
                server.restart(signal.SIGQUIT)
            yield block

    monkeypatch.setattr(staging, "encoded", slow)
    assert store.append("trades", BTC, rows, companions={"imports": an_import()}).inserted == 60_000
    assert restarted
    assert sum(day.rows for day in store.coverage("trades", BTC)) == 60_000
    assert store.append("trades", BTC, rows) == Appended(duplicates=60_000)


def test_a_session_that_the_server_ended_between_two_reads_is_not_used_again(server, store):
    store.append("trades", BTC, many(0, 3))
    for how in (lambda: cut_all(server), lambda: server.restart(signal.SIGQUIT)):
        assert len(content(store, "trades", BTC)) == 3
        how()
        gone = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'marketdata%'"
        while server.execute(gone) != [(0,)]:
            time.sleep(0.01)
        assert len(content(store, "trades", BTC)) == 3


@pytest.mark.parametrize("committed", [True, False])
def test_a_commit_whose_acknowledgement_is_lost_is_neither_lost_nor_done_twice(
    server, store, monkeypatch, committed
):
    store.append("trades", BTC, many(0, 10))
    whole = psycopg.Connection.execute
    lost = []

    def execute(
        self: psycopg.Connection, query: object, *arguments: object, **options: object
    ) -> object:
        if query == "COMMIT" and not lost:
            lost.append(True)
            if committed:
                whole(self, query)
            cut_all(server)
            self.close()
            raise psycopg.OperationalError("the connection is lost")
        return whole(self, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", execute)
    assert store.append("trades", BTC, many(5, 40)) == Appended(30, 5)
    assert lost
    assert len(content(store)) == 40
    assert sum(day.rows for day in store.coverage("trades", BTC)) == 40


def test_a_server_that_is_away_for_longer_is_told_and_nothing_is_half_stored(
    server, store, url, monkeypatch
):
    store.append("trades", BTC, many(0, 10))
    before = everything(store)
    monkeypatch.setattr(engine, "_FIRST_WAIT_SECONDS", 0.001)
    during(monkeypatch, "insert", lambda: cut_all(server), times=99)
    with pytest.raises(StoreUnavailable, match="nothing was stored"):
        store.append("trades", BTC, many(10, 20), companions={"imports": an_import()})
    monkeypatch.undo()
    assert everything(store) == before
    assert content(store, "imports") == []
    server.stop()
    try:
        with pytest.raises(StoreUnavailable, match="PostgreSQL: connection"):
            hasty(url).append("trades", BTC, many(10, 20))
    finally:
        server.start()
    assert store.append("trades", BTC, many(10, 20)).inserted == 10


def test_a_deadlock_is_broken_and_the_loser_tries_again(store, url, monkeypatch):
    store.append("trades", BTC, many(0, 10))
    met = threading.Event()

    def stranger() -> None:
        with psycopg.connect(url) as other:
            other.execute("SET deadlock_timeout = '10s'")
            other.execute("LOCK TABLE meta.imports IN ACCESS EXCLUSIVE MODE")
            met.set()
            time.sleep(0.3)
            other.execute("SELECT pg_advisory_xact_lock(%s)", [lock_number(str(BTC))])

    thread = threading.Thread(target=stranger)
    during(monkeypatch, "take", lambda: (thread.start(), met.wait(10)))
    done = store.append("trades", BTC, many(5, 20), companions={"imports": an_import()})
    thread.join()
    assert done == Appended(10, 5)
    assert len(content(store)) == 20


def test_a_lock_that_somebody_keeps_is_told_after_the_timeout(databases, url, store):
    store.append("trades", BTC, many(0, 10))
    impatient = hasty(url)
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [lock_number(str(BTC))])
        with pytest.raises(StoreUnavailable, match="another writer kept a lock"):
            impatient.append("trades", BTC, many(10, 20))
        ether = Instrument("binance", "spot", "ETHUSDT")
        assert impatient.append("trades", ether, many(0, 5)).inserted == 5, "others are not held up"
    assert impatient.append("trades", BTC, many(10, 20)).inserted == 10
    impatient.close()


def test_writers_in_two_processes_of_one_instrument_take_turns(databases, url):
    stores = [databases.open(url) for _ in range(4)]
    done: list[Appended] = []

    def work(store: PostgresStore, first: int) -> None:
        for start in range(first, first + 200, 50):
            done.append(store.append("trades", BTC, many(start, start + 80)))

    threads = [
        threading.Thread(target=work, args=(one, 25 * number)) for number, one in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done, Appended()).inserted == len(content(stores[0])) == 305
    for store in stores:
        store.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_a_full_disk_stores_nothing_and_is_recovered_from(server, store, url):
    small = server.folder / "small"
    small.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)], capture_output=True
    ).returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        shutil.chown(small, "nobody")
        _fill_a_tablespace(store, url, small)
    finally:
        server.execute("CHECKPOINT")
        subprocess.run(["umount", "-l", str(small)], check=True)


def _fill_a_tablespace(store: PostgresStore, url: str, place: Path) -> None:
    rows = walk(60_000)
    store.append("trades", BTC, rows.slice(0, 1_000))
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        session.execute("ALTER TABLE raw.trades_p202403 SET TABLESPACE small")
        before = everything(store)
        with pytest.raises(StoreUnavailable, match="No space left on device"):
            store.append("trades", BTC, rows, companions={"imports": an_import()})
        assert everything(store) == before
        assert content(store, "imports") == []
        session.execute("VACUUM raw.trades_p202403")
        session.execute("ALTER TABLE raw.trades_p202403 SET TABLESPACE pg_default")
        session.execute("DROP TABLESPACE small")
    assert store.append("trades", BTC, rows).inserted == 59_000
    assert sum(day.rows for day in store.coverage("trades", BTC)) == 60_000


def test_a_statement_that_takes_too_long_is_ended_and_told(url):
    store = hasty(url)
    with pytest.raises(StoreUnavailable, match="statement timeout"):
        store.query("SELECT count(*) FROM generate_series(1, 2000000000)")
    assert store.query("SELECT 1 AS one").to_pylist() == [{"one": 1}]
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_twenty_faults_at_random_moments_lose_nothing(server, databases, url, seed):
    """A writer goes on through crashes and cut connections; what it was told is what is there."""
    dice = random.Random(seed)
    store = databases.open(url)
    stop = threading.Event()
    told = [0]
    problems: list[MarketDataError] = []

    def write() -> None:
        while not stop.is_set():
            try:
                first = told[0]
                done = store.append(
                    "trades", BTC, many(first, first + 400), companions={"imports": an_import()}
                )
                assert (done.inserted, done.duplicates) in ((400, 0), (0, 400))
                told[0] += 400
            except StoreUnavailable as error:
                problems.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(5):
        time.sleep(dice.random() * 0.5)
        if dice.random() < 0.5:
            server.restart(dice.choice([signal.SIGQUIT, signal.SIGINT]))
        else:
            cut_all(server)
    time.sleep(0.5)
    stop.set()
    writer.join()
    assert len(content(store)) == sum(day.rows for day in store.coverage("trades", BTC))
    assert told[0] <= len(content(store)) <= told[0] + 400
    store.close()


def test_unreachable_servers_and_wrong_names_are_told_without_a_secret(url, tmp_path):
    secret = "p%40ss%2Fw0rd"
    for wrong, kind in (
        (f"postgresql://postgres:{secret}@127.0.0.1:1/x", StoreUnavailable),
        (
            f"postgresql://postgres:{secret}@/nothing_here?host={url.partition('host=')[2]}",
            ConfigurationError,
        ),
        (
            f"postgresql://nobody_here:{secret}@/postgres?host={url.partition('host=')[2]}",
            ConfigurationError,
        ),
        (f"postgresql://postgres:{secret}@/x?host={tmp_path}", StoreUnavailable),
        (f"postgresql://postgres:{secret}@[::1", ConfigurationError),
        (f"postgresql://postgres:{secret}@/x?nothing=1", ConfigurationError),
    ):
        with pytest.raises(kind) as caught:
            open_postgres(wrong, timescale="off").instruments()
        shown = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
        assert "p@ss" not in shown
        assert "w0rd" not in shown
