"""TimescaleDB: chunks, compression that late rows pass through, retention by chunks, roll-ups that
history survives.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import psycopg
import pyarrow as pa
import pytest

from marketdata_platform.core.bars.rollup import roll_up
from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.ports import Appended
from marketdata_platform_tests.served import postgres_fixtures
from marketdata_platform_tests.stores.contract import (
    BTC,
    NOW,
    content,
    everything,
    many,
    trade,
    trades,
)
from marketdata_platform_tests.stores.duckdb_files.test_pool import walk

OTHER = Instrument("binance", "spot", "ETHUSDT")
KLINES = DATASETS["bar__kline"].arrow_schema


@pytest.fixture
def url():
    with postgres_fixtures.timescale().taken() as url:
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(
                "SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs "
                "WHERE job_id >= 1000"
            )
        yield url


@pytest.fixture
def store(url):
    store = postgres_fixtures.timescale().open(url, clock=lambda: NOW)
    yield store
    store.close()


@pytest.fixture
def session(url):
    with psycopg.connect(url, autocommit=True) as session:
        yield session


def compress(session, table="raw.trades"):
    """Compress every chunk now; how many times smaller the whole is."""
    before = session.execute("SELECT hypertable_size(%s::regclass)", [table]).fetchone()[0]
    for (chunk,) in session.execute("SELECT show_chunks(%s::regclass)", [table]).fetchall():
        session.execute("SELECT compress_chunk(%s::regclass, true)", [chunk])
    return before / session.execute("SELECT hypertable_size(%s::regclass)", [table]).fetchone()[0]


def minutes(count, start=datetime(2024, 3, 1, tzinfo=UTC)):
    """`count` klines of a minute."""
    rows = []
    for number in range(count):
        low = Decimal(100 + number % 37)
        row = dict.fromkeys(KLINES.names)
        row.update(
            dict.fromkeys(
                ("volume", "quote_volume", "buy_volume", "buy_quote_volume"), Decimal(number % 11)
            )
        )
        row.update(
            interval="1m",
            open_time=start + timedelta(minutes=number),
            open=low,
            low=low,
            high=low + 2,
            close=low + 1,
        )
        row.update(sell_volume=Decimal(0), trades=1 + number % 5, complete=True)
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=KLINES)


def test_tables_are_cut_as_the_datasets_say(session):
    sql = (
        "SELECT hypertable_name, time_interval FROM timescaledb_information.dimensions WHERE "
        "hypertable_schema = 'raw'"
    )
    cut = dict(session.execute(sql).fetchall())
    assert cut["trades"] == cut["book_deltas"] == timedelta(hours=1)
    assert cut["liquidations"] == timedelta(days=1)
    assert cut["funding_rates"] == cut["ohlcv"] == timedelta(days=30)
    sql = """SELECT hypertable_name, config->>'compress_after' FROM timescaledb_information.jobs
        WHERE proc_name = 'policy_compression'"""
    after = dict(session.execute(sql).fetchall())
    assert (after["trades"], after["quotes"], after["bar__kline"]) == ("1 day", "3 days", "7 days")


def test_late_rows_pass_into_compressed_chunks_and_change_nothing_else(store, session, tmp_path):
    rows = walk(20_000, step_us=400_000)
    store.append("trades", BTC, rows)
    store.append("trades", OTHER, rows.slice(0, 500))
    assert compress(session) > 1
    before = everything(store)
    assert store.append("trades", BTC, rows) == Appended(duplicates=20_000)
    assert everything(store) == before
    late = trades(
        *(
            trade(n, ts_event=before[0][7_000]["ts_event"] + timedelta(microseconds=n))
            for n in range(1, 50)
        )
    )
    assert store.append("trades", BTC, late).inserted == 49
    assert store.append("trades", BTC, late) == Appended(duplicates=49)
    first = before[0][0]
    conflict = trades(trade(1, **{**first, "price": Decimal(1)}))
    assert store.append("trades", BTC, conflict).conflicts == 1
    completed = trades(trade(1, **{**first, "condition": "late", "ts_recv": NOW}))
    assert store.append("trades", BTC, completed) == Appended(duplicates=1)
    held = content(store)
    assert len(held) == 20_049
    assert (held[0]["condition"], held[0]["ts_recv"]) == ("late", NOW)
    assert sum(day.rows for day in store.coverage("trades", BTC)) == 20_049
    assert len(content(store, instrument=OTHER)) == 500


def test_more_compressed_rows_than_timescale_unpacks_by_default_are_completed_and_deleted(
    url, session
):
    limit = "timescaledb.max_tuples_decompressed_per_dml_transaction"
    session.execute(f"ALTER DATABASE {session.info.dbname} SET {limit} = 500")
    store = postgres_fixtures.timescale().open(url, clock=lambda: NOW)
    rows = walk(3_000, step_us=1_000)
    store.append("trades", BTC, rows)
    compress(session)
    heard = rows.append_column("ts_recv", rows["ts_event"])
    assert store.append("trades", BTC, heard) == Appended(duplicates=3_000)
    assert (
        pl.DataFrame(content(store)).select((pl.col("ts_recv") == pl.col("ts_event")).all()).item()
    )
    compress(session)
    middle = rows["ts_event"][2_000].as_py()
    gone = sum(moment.as_py() < middle for moment in rows["ts_event"])
    assert store.drop_before("trades", BTC, middle) == gone > 500
    assert len(content(store)) == 3_000 - gone
    store.close()
    session.execute(f"ALTER DATABASE {session.info.dbname} RESET {limit}")


def test_a_day_in_compressed_chunks_is_replaced(store, session):
    store.append("bar__kline", BTC, minutes(3_000))
    store.append("bar__kline", OTHER, minutes(3_000))
    compress(session, "mart.bar__kline")
    window = Window(datetime(2024, 3, 2, tzinfo=UTC), datetime(2024, 3, 3, tzinfo=UTC))
    assert store.replace("bar__kline", BTC, window, minutes(10, window.start)) == 10
    assert len(content(store, "bar__kline")) == 3_000 - 1_440 + 10
    assert len(content(store, "bar__kline", OTHER)) == 3_000


def test_retention_drops_chunks_that_nobody_else_has_rows_in(store, session):
    for who in (BTC, OTHER):
        store.append("trades", who, many(0, 240))
    midnight = datetime(2024, 3, 2, tzinfo=UTC)
    chunks = "SELECT count(*) FROM show_chunks('raw.trades'::regclass)"
    assert session.execute(chunks).fetchone() == (2,)
    assert store.drop_before("trades", BTC, midnight + timedelta(seconds=30)) == 150
    assert session.execute(chunks).fetchone() == (2,)
    assert len(content(store, instrument=OTHER)) == 240
    assert store.drop_before("trades", OTHER, midnight) == 120
    assert session.execute(chunks).fetchone() == (1,)
    assert [len(content(store, instrument=who)) for who in (BTC, OTHER)] == [90, 120]


def test_roll_ups_equal_ours_and_outlive_the_minutes_that_they_were_made_of(store, session):
    store.append("bar__kline", BTC, minutes(2 * 1_440))
    wanted = roll_up(store_frame(store), "1h")
    rows = session.execute(
        "SELECT open_time, open, high, low, close, volume, trades FROM mart.rollup_kline_1h ORDER "
        "BY 1"
    )
    live = rows.fetchall()
    assert len(live) == 48, "before any refresh, too"
    names = ["open_time", "open", "high", "low", "close", "volume", "trades"]
    assert [tuple(row) for row in live] == [tuple(row) for row in wanted.select(names).iter_rows()]
    for view in ("mart.rollup_kline_1h", "mart.rollup_kline_1d"):
        session.execute(f"CALL refresh_continuous_aggregate('{view}', NULL, NULL)")
    assert store.drop_before("bar__kline", BTC, datetime(2024, 3, 2, tzinfo=UTC)) == 1_440
    session.execute('CALL mart.refresh_rollups(0, \'{"back": "20 years"}\')')
    after = session.execute(
        "SELECT open_time, open, high, low, close, volume, trades FROM mart.rollup_kline_1h ORDER "
        "BY 1"
    )
    assert after.fetchall() == live, "a refresh after retention erases nothing"
    late = minutes(1, datetime(2024, 3, 3, tzinfo=UTC))
    store.append("bar__kline", BTC, late)
    session.execute('CALL mart.refresh_rollups(0, \'{"back": "20 years"}\')')
    assert session.execute("SELECT count(*) FROM mart.rollup_kline_1h").fetchone() == (49,)


def store_frame(store) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(pa.Table.from_batches(store.read("bar__kline", BTC))))


@pytest.mark.slow
def test_three_million_trades_compress_ten_times(store, session):
    rows = walk(3_000_000)
    for start in range(0, 3_000_000, 250_000):
        store.append("trades", BTC, rows.slice(start, 250_000))
    assert compress(session) >= 10
    assert sum(batch.num_rows for batch in store.read("trades", BTC)) == 3_000_000


def test_ten_years_of_daily_candles_are_loaded_at_once_on_a_server_with_default_locks(
    store, session
):
    kind = DATASETS["ohlcv"].arrow_schema
    start = datetime(2014, 1, 1, tzinfo=UTC)
    rows = []
    for number in range(3_650):
        row = dict.fromkeys(kind.names)
        row.update(dict.fromkeys(("open", "high", "low", "close", "volume"), Decimal(number + 1)))
        rows.append({**row, "interval": "1d", "ts_event": start + timedelta(days=number)})
    assert store.append("ohlcv", BTC, pa.Table.from_pylist(rows, schema=kind)).inserted == 3_650
    assert sum(batch.num_rows for batch in store.read("ohlcv", BTC)) == 3_650
    assert store.drop_before("ohlcv", BTC, start + timedelta(days=3_600)) == 3_600
