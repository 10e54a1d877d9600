"""SQL from a person reads everything and changes nothing."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform_tests.stores.contract import BTC, NOW, content, many

HOSTILE = Instrument("v", "m", "币安人生USDT")

REFUSED = [
    "CREATE TABLE t(a INT)",
    "INSERT INTO raw.trades VALUES (1)",
    "DELETE FROM pair_0.raw.trades",
    "UPDATE pair_0.raw.trades SET price = 1",
    "DROP VIEW trades",
    "COPY (SELECT 1) TO '{file}'",
    "COPY trades TO '{file}' (FORMAT parquet)",
    "EXPORT DATABASE '{file}'",
    "ATTACH '{file}' AS x",
    "DETACH pair_0",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '1GB'",
    "RESET lock_configuration",
    "PRAGMA database_list",
    "CALL enable_logging()",
    "CHECKPOINT pair_0",
    "VACUUM",
    "BEGIN",
    "USE pair_0",
    "SELECT 1; DROP VIEW trades",
    "SELECT 1; SELECT 2",
    "",
    "EXPLAIN ANALYZE INSERT INTO pair_0.raw.trades SELECT * FROM pair_0.raw.trades",
    "WITH x AS (DELETE FROM pair_0.raw.trades RETURNING price) SELECT * FROM x",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM rows_of_python",
    "SELECT getenv('HOME')",
    "SELECT FROM WHERE",
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = DuckDBStore(tmp_path_factory.mktemp("store"), clock=lambda: NOW)
    store.append("trades", BTC, many(0, 10))
    store.append("trades", HOSTILE, many(0, 5))
    return store


def test_each_dataset_is_a_view_over_all_instruments(store):
    result = store.query(
        "SELECT venue, market, symbol, count(*) AS n FROM trades GROUP BY ALL ORDER BY n"
    )
    assert result.to_pylist() == [
        {"venue": "v", "market": "m", "symbol": "币安人生USDT", "n": 5},
        {"venue": "binance", "market": "spot", "symbol": "BTCUSDT", "n": 10},
    ]
    assert store.query("FROM raw.trades").num_rows == 15
    assert store.query("FROM mart.bar__kline").column_names[:4] == [
        "venue",
        "market",
        "symbol",
        "interval",
    ]
    assert store.query("SELECT sum(rows) AS n FROM coverage").to_pylist() == [{"n": Decimal(15)}]


def test_columns_are_those_of_the_dataset_and_exact(store):
    table = store.query("SELECT * FROM trades ORDER BY ts_event LIMIT 1")
    assert "trade_id_text" not in table.column_names
    assert table.schema.field("price").type == pa.decimal128(18, 8)
    assert table.schema.field("ts_event").type == pa.timestamp("us", "UTC")


def test_values_are_bound_and_instruments_chosen(store):
    sql = "SELECT trade_id FROM trades WHERE symbol = ? AND sequence = ?"
    assert store.query(sql, ["BTCUSDT", 7]).to_pylist() == [{"trade_id": "7"}]
    assert store.query("FROM trades", instruments=[HOSTILE]).num_rows == 5
    named = store.query("SELECT count(*) AS n FROM trades WHERE sequence < $limit", {"limit": 3})
    assert named.to_pylist() == [{"n": 6}]


@pytest.mark.parametrize(
    "sql", ["DESCRIBE trades", "SUMMARIZE trades", "EXPLAIN FROM trades", "SHOW TABLES"]
)
def test_looking_around_is_allowed(store, sql):
    assert store.query(sql).num_rows > 0


@pytest.mark.parametrize("sql", REFUSED)
def test_all_else_is_refused_and_changes_nothing(store, tmp_path, sql):
    secret, target = tmp_path / "secret.csv", tmp_path / "written"
    secret.write_text("password\n1\n")
    rows_of_python = many(0, 1)
    with pytest.raises(InvalidInput):
        store.query(sql.format(file=target, secret=secret))
    assert rows_of_python.num_rows == 1
    assert not target.exists()
    assert len(content(store)) == 10


def test_a_query_inside_a_session_sees_what_was_written(store):
    with store.session():
        store.append("trades", BTC, many(0, 10))
        assert store.query("FROM trades", instruments=[BTC]).num_rows == 10
        store.append("trades", BTC, many(0, 10))
    assert DuckDBStore(store._data.parent).query("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_an_empty_store_answers_too(tmp_path):
    assert DuckDBStore(tmp_path).query("FROM trades").num_rows == 0
