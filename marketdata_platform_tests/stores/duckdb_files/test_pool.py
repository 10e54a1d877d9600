"""Many pair files behind one instance: the pool, threads, size on disk, and big reads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window, to_us
from marketdata_platform.stores.duckdb_files import slices
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.workflows.ports import Appended
from marketdata_platform_tests.stores.contract import BTC, content, many

DAY = date(2024, 3, 2)


def walk(
    rows: int, first_id: int = 1_000_000_000, step_us: int = 28_000, start: date = DAY
) -> pa.Table:
    """`rows` trades as a busy pair has them: a price walk in ticks of 0.01, log-normal
    quantities.
    """
    random = np.random.default_rng(first_id)
    begin = to_us(datetime(start.year, start.month, start.day, tzinfo=UTC))
    frame = pl.DataFrame(
        {
            "ts_event": begin
            + np.cumsum(random.exponential(step_us, rows).astype(np.int64)) // 1000 * 1000,
            "sequence": np.arange(first_id, first_id + rows),
            "price": 4_200_000 + np.cumsum(random.integers(-3, 4, rows)),
            "quantity": np.exp(random.normal(3, 1.5, rows)).astype(np.int64) + 1,
            "side": np.where(random.integers(0, 2, rows) == 1, "buy", "sell"),
        }
    ).with_columns(
        pl.col("ts_event").cast(pl.Datetime("us", "UTC")),
        pl.col("sequence").cast(pl.String).alias("trade_id"),
        (pl.col("price").cast(pl.Decimal(18, 8)) / 100).cast(pl.Decimal(18, 8)),
        (pl.col("quantity").cast(pl.Decimal(20, 8)) / 1000).cast(pl.Decimal(20, 8)),
    )
    columns = [name for name in TRADES.arrow_schema.names if name in frame.columns]
    table = frame.select(columns).to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.cast(pa.schema([TRADES.arrow_schema.field(name) for name in columns]))


def pairs(count: int) -> list[Instrument]:
    return [Instrument("venue", "market", f"PAIR{number:03}") for number in range(count)]


def test_threads_write_a_hundred_and_twenty_pairs_at_once(tmp_path):
    store = DuckDBStore(tmp_path, capacity=100, lock_timeout_seconds=30)
    everyone = pairs(120)
    with store.session(), ThreadPoolExecutor(4) as threads:
        results = threads.map(lambda who: store.append("trades", who, many(0, 60)), everyone)
        assert sum(results, Appended()).inserted == 60 * 120
        statistics = store.statistics()
        assert statistics.open <= 104
        assert statistics.hits + statistics.misses == 120
        assert statistics.evictions >= 16
    assert store.statistics().open == 0
    assert [day.rows for day in store.coverage("trades")] == [60] * 120


def test_a_session_keeps_files_and_the_least_recently_used_goes_first(tmp_path):
    store = DuckDBStore(tmp_path, capacity=2)
    one, two, three = pairs(3)
    with store.session():
        for who in (one, two, one, three, one):
            store.append("trades", who, many(0, 1))
        assert store.statistics().open == 2
        assert (
            store.statistics().hits,
            store.statistics().misses,
            store.statistics().evictions,
        ) == (2, 3, 1)
        store.append("trades", two, many(0, 1))
        assert store.statistics().misses == 4
    store.append("trades", one, many(0, 1))
    assert store.statistics().open == 0


def test_writers_of_one_pair_take_turns(tmp_path):
    store = DuckDBStore(tmp_path)
    with ThreadPoolExecutor(4) as threads:
        results = list(
            threads.map(lambda n: store.append("trades", BTC, many(n, n + 30)), range(0, 80, 10))
        )
    assert sum(results, Appended()).inserted == 100 == len(content(store))


def test_replacing_a_day_again_and_again_does_not_grow_the_file(tmp_path):
    store = DuckDBStore(tmp_path)
    rows = walk(30_000)
    sizes = []
    for _ in range(12):
        store.replace("trades", BTC, Window.of_day(DAY), rows)
        sizes.append(store._path(BTC).stat().st_size)
    assert max(sizes) <= 2.5 * sizes[0]


def test_a_long_read_comes_in_bounded_parts_and_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(slices, "SLICE_ROWS", 10_000)
    store = DuckDBStore(tmp_path)
    table = walk(40_000, step_us=4_000_000)
    assert store.append("trades", BTC, table.slice(20_000)).inserted == 20_000
    assert store.append("trades", BTC, table.slice(0, 20_000)).inserted == 20_000
    batches = list(store.read("trades", BTC, columns=["sequence"]))
    assert 4 <= len(batches) <= 8
    assert pa.Table.from_batches(batches).column("sequence").to_pylist() == list(
        range(1_000_000_000, 1_000_040_000)
    )
    window = Window.of_days(DAY, DAY + timedelta(days=0))
    inside = sum(batch.num_rows for batch in store.read("trades", BTC, window))
    assert inside == store.coverage("trades", BTC)[0].rows


def test_text_ids_and_numbers_live_in_one_file(tmp_path):
    store = DuckDBStore(tmp_path)
    numbered, named = many(0, 50), many(0, 50)
    ids = pa.array([f"id-{i}" for i in range(50)])
    named = named.set_column(2, named.schema.field(2), ids)
    for batch in (numbered, named, numbered, named):
        store.append("trades", BTC, batch)
    assert len(content(store)) == 100
    assert {row["trade_id"] for row in content(store)} == {str(i) for i in range(50)} | set(
        ids.to_pylist()
    )


@pytest.mark.slow
def test_three_million_trades_take_eleven_bytes_each_and_come_back_exactly(tmp_path):
    store = DuckDBStore(tmp_path)
    table = walk(3_000_000)
    with store.session():
        for start in range(0, 3_000_000, 500_000):
            store.append("trades", BTC, table.slice(start, 500_000))
    assert store._path(BTC).stat().st_size / 3_000_000 <= 11
    back = pa.Table.from_batches(store.read("trades", BTC))
    assert back.select(table.column_names).equals(table)
