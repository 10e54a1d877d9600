"""Native partitions come when rows need them, hide nothing, hold nobody up, and go as a whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.datasets.ddl.postgres import partition_unit, partitioned
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.postgres_server.querying import queries as postgres_named
from marketdata_platform.stores.postgres_server.schema.partitions import make_ahead, partitions_of
from marketdata_platform.stores.postgres_server.schema.retention import cutoffs
from marketdata_platform.workflows.ports import Appended
from marketdata_platform_tests.served import postgres_fixtures
from marketdata_platform_tests.stores.contract import (
    BTC,
    MIDNIGHT,
    NOW,
    content,
    everything,
    many,
    trade,
    trades,
)

OTHER = Instrument("binance", "spot", "ETHUSDT")


@pytest.fixture
def url():
    with postgres_fixtures.postgres().taken() as url:
        yield url


@pytest.fixture
def store(url):
    store = postgres_fixtures.postgres().open(url, clock=lambda: NOW)
    yield store
    store.close()


@pytest.fixture
def session(url):
    with psycopg.connect(url, autocommit=True) as session:
        yield session


def hasty(monkeypatch):
    """Let who waits for a table's lock give up at once."""
    queries = {**postgres_named._all(), "short_lock_timeout": "SET LOCAL lock_timeout = '100ms'"}
    monkeypatch.setattr(postgres_named, "_all", lambda: queries)


def monthly(first: int, last: int):
    """One trade per month."""
    return trades(
        *(
            trade(n, ts_event=datetime(2015 + n // 12, n % 12 + 1, 5, tzinfo=UTC))
            for n in range(first, last)
        )
    )


def partitions(session, table="raw.trades"):
    sql = "SELECT relid::regclass::text FROM pg_partition_tree(%s::regclass) WHERE isleaf"
    return {row[0].split(".")[1] for row in session.execute(sql, [table]).fetchall()}


def drop_partitions(session, *names):
    for name in names:
        session.execute(f"DROP TABLE IF EXISTS raw.{name}")


def test_partitions_are_days_where_little_is_kept_and_months_else():
    units = {name: partition_unit(d) for name, d in DATASETS.items() if partitioned(d)}
    assert (units["trades"], units["quotes"], units["book_deltas"], units["bar__kline"]) == (
        "month",
        "day",
        "day",
        "month",
    )
    days = [
        date(2024, 1, 31),
        date(2024, 2, 1),
        date(2024, 12, 31),
        date(1901, 1, 1),
        date(9999, 1, 1),
    ]
    made = partitions_of(DATASETS["trades"], days)
    assert [one.name for one in made] == ["trades_p202401", "trades_p202402", "trades_p202412"]
    assert made[-1].end == date(2025, 1, 1)
    (one,) = partitions_of(DATASETS["quotes"], [date(2024, 2, 29)])
    assert (one.name, one.end) == ("quotes_p20240229", date(2024, 3, 1))


@pytest.mark.parametrize("months", [14, pytest.param(120, marks=pytest.mark.slow)])
def test_years_of_rows_make_their_partitions_and_come_back(store, session, months):
    assert store.append("trades", BTC, monthly(0, months)).inserted == months
    assert session.execute("SELECT count(*) FROM ONLY raw.trades_default").fetchone() == (0,)
    assert {"trades_p201501", "trades_p201602"} <= partitions(session)
    assert [int(row["trade_id"]) for row in content(store)] == list(range(months))
    assert store.append("trades", BTC, monthly(0, months)) == Appended(duplicates=months)
    plan = session.execute(
        "EXPLAIN SELECT * FROM raw.trades WHERE ts_event >= '2015-03-01' AND ts_event < "
        "'2015-04-01'"
    )
    assert sum("Scan" in row[0] for row in plan.fetchall()) == 1
    drop_partitions(session, *(f"trades_p{2015 + n // 12}{n % 12 + 1:02}" for n in range(months)))


def test_absurd_times_are_kept_in_the_default_partition_and_seen(store, session):
    odd = trades(
        trade(1, ts_event=datetime(1900, 1, 1, tzinfo=UTC)),
        trade(2, ts_event=datetime(2250, 1, 1, tzinfo=UTC)),
    )
    assert store.append("trades", BTC, odd).inserted == 2
    assert [row["trade_id"] for row in content(store)] == ["1", "2"]
    assert session.execute("SELECT count(*) FROM ONLY raw.trades_default").fetchone() == (2,)
    assert store.append("trades", BTC, odd) == Appended(duplicates=2)


def test_rows_of_the_default_partition_move_when_theirs_is_made(store, session, monkeypatch):
    drop_partitions(session, "trades_p202403")
    with monkeypatch.context() as patch:
        patch.setattr("marketdata_platform.stores.postgres_server.store.make_missing", lambda *_: 0)
        store.append("trades", BTC, many(0, 240))
    before = everything(store)
    assert session.execute("SELECT count(*) FROM ONLY raw.trades_default").fetchone() == (240,)
    store.append("trades", BTC, many(200, 250))
    assert session.execute("SELECT count(*) FROM ONLY raw.trades_default").fetchone()[0] <= 120
    assert everything(store)[0][:240] == before[0]
    assert len(content(store)) == 250


def test_a_long_reader_does_not_hold_a_writer_up(store, session, url, monkeypatch):
    hasty(monkeypatch)
    drop_partitions(session, "trades_p202403")
    with psycopg.connect(url) as reader:
        reader.execute("SELECT count(*) FROM raw.trades")  # its locks stay: the transaction is open
        assert store.append("trades", BTC, many(0, 240)).inserted == 240
    assert len(content(store)) == 240
    assert store.append("trades", BTC, many(0, 300)) == Appended(60, 240)
    assert "trades_p202403" in partitions(session)


def test_partitions_are_made_ahead(session):
    make_ahead(session, date(2031, 12, 30))
    assert {"trades_p203112", "trades_p203202"} <= partitions(session)
    assert {"quotes_p20311230", "quotes_p20320102"} <= partitions(session, "raw.quotes")
    assert make_ahead(session, date(2031, 12, 30)) == 0
    for table in ("raw", "mart"):
        sql = (
            "SELECT c.relname FROM pg_class c WHERE relnamespace = %s::regnamespace AND relkind "
            "= 'r'"
        )
        for (name,) in session.execute(sql, [table]).fetchall():
            if name.rpartition("_p")[2][:4] in ("2031", "2032"):
                session.execute(f"DROP TABLE {table}.{name}")


def test_retention_drops_a_partition_that_nobody_else_has_rows_in(store, session):
    store.append("trades", BTC, many(0, 240))  # 1 and 2 March
    april = trades(trade(500, ts_event=MIDNIGHT + timedelta(days=40)))
    store.append("trades", BTC, april)
    assert store.drop_before("trades", BTC, datetime(2024, 4, 1, 12, tzinfo=UTC)) == 240
    assert "trades_p202403" not in partitions(session)
    assert [row["trade_id"] for row in content(store)] == ["500"]
    assert store.append("trades", BTC, many(0, 240)).inserted == 240
    drop_partitions(session, "trades_p202404")


def test_retention_leaves_other_instruments_alone(store, session):
    for who in (BTC, OTHER):
        store.append("trades", who, many(0, 240))
    assert store.drop_before("trades", BTC, datetime(2024, 4, 1, tzinfo=UTC)) == 240
    assert "trades_p202403" in partitions(session)
    assert content(store) == []
    assert len(content(store, instrument=OTHER)) == 240
    assert store.drop_before("trades", OTHER, datetime(2024, 4, 1, tzinfo=UTC)) == 240
    assert "trades_p202403" not in partitions(session)


def test_retention_deletes_rows_where_a_reader_or_writer_is_in_the_way(
    store, session, url, monkeypatch
):
    hasty(monkeypatch)
    store.append("trades", BTC, many(0, 240))
    with psycopg.connect(url) as reader:
        reader.execute("SELECT count(*) FROM raw.trades")
        assert store.drop_before("trades", BTC, datetime(2024, 4, 1, tzinfo=UTC)) == 240
    assert content(store) == store.coverage("trades", BTC) == []
    assert "trades_p202403" in partitions(session)


def test_many_chunks_go_in_steps_that_a_servers_lock_table_holds():
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(30)]
    trades, klines = DATASETS["trades"], DATASETS["bar__kline"]
    end = datetime(2024, 1, 20, 5, tzinfo=UTC)
    steps = cutoffs(trades, days, end, timescale=True)
    assert steps == [datetime(2024, 1, 9, tzinfo=UTC), datetime(2024, 1, 17, tzinfo=UTC), end]
    assert cutoffs(klines, days, end, timescale=True) == [end]
    assert cutoffs(trades, days, end, timescale=False) == [end]
    assert cutoffs(trades, [], end, timescale=True) == [end]
