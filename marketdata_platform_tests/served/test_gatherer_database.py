"""Two-tier gatherers: databases of their own, read by commit, so that what commits late is not
missed.
"""

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pyarrow as pa
import pytest

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.journal import JournalWriter
from marketdata_platform.platform import open_with
from marketdata_platform.platform.gatherers.two_tier import (
    drop_old,
    fill_gatherer,
    keep_gatherer,
    own_store,
    prepare_gatherer,
)
from marketdata_platform.platform.use_cases.land import land, landed_days
from marketdata_platform.settings import load_settings
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.stores.postgres_server.gatherer_database import DatabaseSource, prepare
from marketdata_platform.workflows.landing.land import land as land_sources
from marketdata_platform.workflows.landing.rounds import LandOptions
from marketdata_platform_tests.served import postgres_fixtures
from marketdata_platform_tests.served.databases import unprepare
from marketdata_platform_tests.stores.contract import BTC, MIDNIGHT, content, many, trade, trades

ETH = Instrument("binance", "spot", "ETHUSDT")
INSERT = (
    "INSERT INTO raw.trades (venue, market, symbol, ts_event, trade_id, sequence, price, quantity, "
    "side) "
    "VALUES ('binance', 'spot', 'BTCUSDT', %s, %s, %s, 1, 1, 'buy')"
)


@pytest.fixture(params=["postgres", "timescale"])
def databases(request):
    found = getattr(postgres_fixtures, request.param)()
    with found.taken() as first, found.taken() as second:
        yield found, first, second
        for url in (first, second):
            unprepare(url)


def landed(store, source):
    return land_sources(
        store, [source], LandOptions(), now=lambda: datetime(2026, 1, 1, tzinfo=UTC)
    )


def insert(session, number):
    moment = MIDNIGHT + timedelta(seconds=number)
    session.execute(INSERT, [moment, str(number), number])


def test_rows_of_a_gatherers_database_are_landed_once_and_the_cursor_goes_on(databases):
    found, url, _ = databases
    own = found.open(url)
    own.append("trades", BTC, many(1, 50))
    prepare(url)
    own.append("trades", ETH, many(1, 20))
    source, centre = DatabaseSource(url, "tokyo"), MemoryStore()

    first = landed(centre, source)
    assert (first.inserted, first.duplicates) == (68, 0)
    assert content(centre) == many(1, 50).to_pylist()
    assert landed(centre, source).by_gatherer["tokyo"].rows == 0

    own.append("trades", BTC, many(40, 60))
    assert landed(centre, source).inserted == 10
    assert content(centre) == many(1, 60).to_pylist()
    own.close()


def test_a_transaction_that_commits_late_is_not_missed(databases):
    found, url, _ = databases
    own = found.open(url)
    own.append("trades", BTC, many(1, 3))
    own.append(
        "trades", BTC, many(130, 131)
    )  # a hypertable's chunk that is being made holds other writers up
    prepare(url)
    source, centre = DatabaseSource(url, "tokyo"), MemoryStore()
    landed(centre, source)
    with psycopg.connect(url) as slow, psycopg.connect(url, autocommit=True) as quick:
        insert(slow, 100)  # takes its number first, and commits last
        insert(quick, 101)
        landed(centre, source)
        assert [row["sequence"] for row in content(centre)] == [1, 2, 130]
        slow.commit()
        insert(quick, 102)
    landed(centre, source)
    assert {row["sequence"] for row in content(centre)} == {1, 2, 100, 101, 102, 130}
    own.close()


def test_many_writers_and_a_polling_reader_miss_nothing(databases):
    found, url, _ = databases
    found.open(url).append("trades", BTC, many(130, 131))
    prepare(url)
    source, centre = DatabaseSource(url, "tokyo"), MemoryStore()

    def write(worker):
        with psycopg.connect(url) as session:
            for number in range(40):
                insert(session, 1_000 + worker * 100 + number)
                if number % (worker + 1) == 0:
                    session.commit()

    writers = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        landed(centre, source)
    landed(centre, source)
    expected = {130} | {
        1_000 + worker * 100 + number for worker in range(4) for number in range(40)
    }
    assert {row["sequence"] for row in content(centre)} == expected


def test_a_batch_size_changes_nothing_and_a_source_that_is_cut_is_read_again(databases):
    found, url, _ = databases
    own = found.open(url)
    own.append("trades", BTC, many(1, 2))
    prepare(url)
    for start in range(2, 50, 8):
        own.append("trades", BTC, many(start, start + 8))
        own.append("trades", ETH, many(start, start + 8))
    whole = [
        row["trade_id"]
        for b in DatabaseSource(url, "x").batches(None, 1 << 30)
        for row in b.rows.to_pylist()
    ]
    for size in (1, 3_000):
        steps = list(DatabaseSource(url, "x").batches(None, size))
        assert sorted(r["trade_id"] for b in steps for r in b.rows.to_pylist()) == sorted(whole)
        again = [b for step in steps[:3] for b in DatabaseSource(url, "x").batches(step.next, size)]
        assert {r["trade_id"] for b in again for r in b.rows.to_pylist()} <= set(whole)
    own.close()


def test_what_the_second_gatherer_heard_earlier_completes_the_row(databases):
    found, first, second = databases
    early, late = MIDNIGHT, MIDNIGHT + timedelta(milliseconds=3)
    for url, moment in ((first, late), (second, early)):
        own = found.open(url)
        own.append("trades", BTC, trades(trade(1, ts_recv=moment)))
        own.close()
        prepare(url)
    centre = MemoryStore()
    sources = [DatabaseSource(first, "tokyo"), DatabaseSource(second, "london")]
    land_sources(centre, sources, LandOptions(), now=lambda: MIDNIGHT)
    assert [row["ts_recv"] for row in content(centre)] == [early]


def test_a_user_who_may_only_read_is_enough_for_landing(databases):
    found, url, _ = databases
    own = found.open(url)
    own.append("trades", BTC, many(1, 5))
    prepare(url)
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("DROP ROLE IF EXISTS dedup_reader")
        session.execute("CREATE ROLE dedup_reader LOGIN PASSWORD 'read'")
        session.execute("GRANT USAGE ON SCHEMA raw TO dedup_reader")
        session.execute("GRANT SELECT ON ALL TABLES IN SCHEMA raw TO dedup_reader")
        session.execute("ALTER ROLE dedup_reader SET default_transaction_read_only = on")
    reading = psycopg.conninfo.make_conninfo(url, user="dedup_reader", password="read")
    centre = MemoryStore()
    landed(centre, DatabaseSource(reading, "tokyo"))
    assert content(centre) == many(1, 5).to_pylist()
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("DROP OWNED BY dedup_reader")
        session.execute("DROP ROLE dedup_reader")
    own.close()


def test_a_database_that_is_not_prepared_and_a_journals_cursor_say_what_to_do(databases):
    found, url, _ = databases
    found.open(url).instruments()
    with pytest.raises(ConfigurationError, match="marketdata gatherer prepare tokyo"):
        list(DatabaseSource(url, "tokyo").batches(None, 1 << 20))
    with pytest.raises(ConfigurationError, match="name of its own"):
        list(DatabaseSource(url, "tokyo").batches("3:256", 1 << 20))


@pytest.fixture
def deployment(databases, tmp_path):
    """A platform with two database gatherers, one of them with a journal of Binance trades."""
    _, first, second = databases
    config = tmp_path / "marketdata.toml"
    config.write_text(
        f'[gatherers.tokyo]\ndatabase = "{first}"\nkeep = "forever"\n[gatherers.london]\ndatabase '
        f'= "{second}"\n'
        '[capture.instruments]\n"binance:spot:BTCUSDT" = ["trades"]\n'
    )
    settings = load_settings(tmp_path / "root", environ={"MARKETDATA_CONFIG": str(config)})
    base_ms = 1_709_337_600_000
    with JournalWriter(settings.root / "journals" / "tokyo", "tokyo") as journal:
        for number in range(1, 101):
            frame = (
                b'{"stream":"btcusdt@trade","data":{"e":"trade","E":%d,"s":"BTCUSDT","t":%d,"p":"61000.5","q":"0.01",'
                b'"T":%d,"m":true,"M":true}}' % (base_ms + number, number, base_ms + number)
            )
            journal.append(
                "binance:spot/ws/abc", frame, (base_ms + number) * 1_000_000, number * 1_000_000
            )
    return open_with(settings)


def test_a_gatherer_fills_its_database_from_its_journal_and_the_centre_lands_it(deployment):
    prepare_gatherer(deployment.settings, "london")
    assert keep_gatherer(deployment, "tokyo").inserted == 100
    assert keep_gatherer(deployment, "tokyo").inserted == 0

    result = land(deployment)
    assert result.inserted == 100
    assert deployment.read("trades", BTC)["sequence"].to_list() == list(range(1, 101))
    assert landed_days(deployment) == {}  # london has told nothing yet

    assert fill_gatherer(deployment, "london", "tokyo")["trades"].inserted == 100
    assert fill_gatherer(deployment, "london", "tokyo")["trades"].duplicates == 100
    assert land(deployment).by_gatherer["london"].rows == 100
    assert deployment.read("trades", BTC).height == 100


def test_rows_older_than_keep_leave_the_gatherers_database_only(deployment):
    prepare_gatherer(deployment.settings, "london")
    keep_gatherer(deployment, "tokyo")
    land(deployment)
    with own_store(deployment.settings, "tokyo") as store:
        assert drop_old(store, None) == 0
        assert drop_old(store, timedelta(days=1)) == 100
        assert pa.Table.from_batches(store.read("trades", BTC), TRADES.arrow_schema).num_rows == 0
    assert deployment.read("trades", BTC).height == 100


def test_a_gatherer_without_a_database_says_what_to_write(tmp_path):
    settings = load_settings(tmp_path, environ={"MARKETDATA_GATHERERS": "a"})
    with pytest.raises(ConfigurationError, match=r"\[gatherers.a\] database"):
        prepare_gatherer(settings, "a")


def test_one_large_transaction_comes_in_bounded_batches_and_only_the_last_moves_the_cursor(
    databases,
):
    found, url, _ = databases
    own = found.open(url)
    own.append("trades", BTC, many(1, 3_000))
    prepare(url)
    source = DatabaseSource(url, "tokyo")
    steps = list(source.batches(None, 100_000))
    assert len(steps) > 3
    assert max(step.rows.num_rows for step in steps) <= 500
    assert sorted(row["sequence"] for step in steps for row in step.rows.to_pylist()) == list(
        range(1, 3_000)
    )
    assert len({step.next for step in steps[:-1]}) == 1
    assert list(source.batches(steps[-2].next, 100_000)) != []
    assert list(source.batches(steps[-1].next, 100_000)) == []
    own.close()


@pytest.mark.parametrize(
    "position", ["1000000000000@{history}", "5@7000000000000000000.1.1", "999999999"]
)
def test_a_position_of_a_database_that_was_made_anew_reads_all_again_and_stores_nothing_twice(
    databases, position
):
    found, url, _ = databases
    own = found.open(url)
    own.append("trades", BTC, many(1, 20))
    prepare(url)
    source, centre = DatabaseSource(url, "tokyo"), MemoryStore()
    landed(centre, source)
    before = position.format(history=source.tail().partition("@")[2])
    assert sum(step.rows.num_rows for step in source.batches(before, 1 << 20)) == 19
    own.close()


def test_numbers_that_a_dump_brought_along_do_not_hide_rows(databases):
    found, url, _ = databases
    own = found.open(url)
    own.append("trades", BTC, many(1, 5))
    prepare(url)
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("UPDATE raw.trades SET landed_in = 1000000000000 WHERE sequence < 4")
    source, centre = DatabaseSource(url, "tokyo"), MemoryStore()
    landed(centre, source)
    assert len(content(centre)) == 1
    prepare(url)
    landed(centre, source)
    assert content(centre) == many(1, 5).to_pylist()
    own.close()
