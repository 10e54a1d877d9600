"""SQL from a person on PostgreSQL reads everything and changes nothing, and answers as DuckDB
does.
"""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform_tests.served import postgres_fixtures
from marketdata_platform_tests.stores.contract import BTC, NOW, content, many, trade, trades

HOSTILE = Instrument("v", "m", "币安人生USDT")

REFUSED = [
    "CREATE TABLE t(a INT)",
    "CREATE TEMP TABLE t AS SELECT 1",
    "SELECT 1 AS a INTO TEMP t",
    "INSERT INTO raw.trades SELECT * FROM raw.trades",
    "DELETE FROM raw.trades",
    "UPDATE raw.trades SET price = 1",
    "TRUNCATE raw.trades",
    "DROP TABLE raw.trades",
    "COPY raw.trades TO '{file}'",
    "COPY (SELECT 1) TO PROGRAM 'touch {file}'",
    "SELECT 1) TO PROGRAM 'touch {file}'; --",
    "SELECT 1) TO '{file}' --",
    "SET statement_timeout = 0",
    "RESET ALL",
    "BEGIN",
    "COMMIT",
    "COMMIT; DROP TABLE raw.trades",
    "SELECT 1; DROP TABLE raw.trades",
    "SELECT 1; SELECT 2",
    "SHOW timezone; DROP TABLE raw.trades",
    "EXPLAIN SELECT 1; COMMIT; DROP TABLE raw.trades",
    "EXPLAIN ANALYZE INSERT INTO raw.trades SELECT * FROM raw.trades",
    "EXPLAIN (ANALYZE) SELECT 1",
    "EXPLAIN ANALYSE SELECT pg_sleep(10)",
    'EXPLAIN ("analyze") SELECT pg_sleep(10)',
    'EXPLAIN (VERBOSE, U&"\\0061nalyze") SELECT pg_sleep(10)',
    "EXPLAIN (ANALYSE, VERBOSE) SELECT pg_read_file('{secret}')",
    "EXPLAIN /* ( */ VERBOSE ANALYSE SELECT pg_sleep(10)",
    "",
    ";",
    "-- nothing",
    "WITH x AS (DELETE FROM raw.trades RETURNING price) SELECT * FROM x",
    "SELECT * FROM trades FOR UPDATE",
    "SELECT pg_read_file('{secret}')",
    "SELECT * FROM pg_read_file('{secret}')",
    "SELECT count(*) FROM pg_ls_dir('/')",
    "SELECT lo_export(1, '{file}')",
    "SELECT set_config('statement_timeout', '0', false)",
    "SELECT pg_terminate_backend(1)",
    "SELECT pg_sleep(10)",
    "SELECT pg_advisory_lock(1)",
    "SELECT price FROM trades WHERE pg_sleep(1) IS NOT NULL",
    "SELECT query_to_xml('DELETE FROM raw.trades', true, true, '')",
    "DO $$ BEGIN DELETE FROM raw.trades; END $$",
    "CALL nothing()",
    "LISTEN x",
    "SELECT FROM WHERE",
    "SELECT nothing FROM trades",
    "SELECT 'NaN'::numeric AS n",
]
PORTABLE = [
    "SELECT * FROM trades",
    "SELECT * FROM raw.trades",
    "SELECT price, trade_id FROM trades WHERE side = 'buy'",
    "SELECT trade_id FROM trades LIMIT 3",
    "SELECT trade_id, price FROM trades ORDER BY price DESC, trade_id LIMIT 4",
    "SELECT symbol, count(*) AS n, sum(quantity) AS q, min(price) AS low, max(ts_event) AS last "
    "FROM trades "
    "GROUP BY symbol ORDER BY symbol",
    "SELECT sum(price * quantity) AS notional FROM trades",
    "SELECT sum(sequence) AS s FROM trades",
    "SELECT venue, market, symbol, dataset, day, rows, first_time, last_time, digest, irregular "
    "FROM coverage",
    "SELECT date_trunc('minute', ts_event) AS minute, count(*) AS n FROM trades GROUP BY 1 ORDER "
    "BY 1",
    "WITH buys AS (SELECT * FROM trades WHERE side = 'buy') SELECT count(*) AS n FROM buys",
    "SELECT a.trade_id FROM trades a JOIN raw.trades b ON a.trade_id = b.trade_id AND a.symbol = "
    "b.symbol "
    "WHERE a.price > 42005 ORDER BY a.trade_id, a.symbol",
    "SELECT row_number() OVER (PARTITION BY symbol ORDER BY ts_event) AS r FROM trades ORDER BY r",
    "SELECT ts_recv, condition, first_trade_id FROM trades",
    "SELECT CAST(1 AS INTEGER) AS one, CAST(2 AS BIGINT) AS two, 'x' AS three, CAST(NULL AS "
    "DOUBLE PRECISION) AS four",
    "SELECT price FROM trades -- a 'remark",
    "SELECT price FROM trades /* ; */;",
    "SELECT * FROM bar__kline",
    "SELECT reason, payload FROM quarantine",
]


@pytest.fixture(scope="module", params=["postgres", "timescale"])
def store(request):
    databases = getattr(postgres_fixtures, request.param)()
    with databases.taken() as url:
        store = databases.open(url, clock=lambda: NOW)
        fill(store)
        yield store
        store.close()


@pytest.fixture(scope="module")
def duckdb_store(tmp_path_factory):
    store = DuckDBStore(tmp_path_factory.mktemp("store"), clock=lambda: NOW)
    fill(store)
    return store


def kind_of(kind):
    """A type; of decimals the scale only: PostgreSQL's min() and max() forget how many digits a
    column has.
    """
    return ("decimal", kind.scale) if pa.types.is_decimal(kind) else str(kind)


def fill(store):
    store.append("trades", BTC, many(5, 10))
    store.append("trades", BTC, many(0, 7))
    odd = [
        trade(n, trade_id=i, sequence=None, condition="x")
        for n, i in ((0, "b"), (0, "10"), (0, "9"), (3, "a"))
    ]
    store.append(
        "trades",
        HOSTILE,
        trades(*odd, trade(4, ts_recv=NOW), trade(5, price=Decimal(0))),
        source="s",
    )


def test_each_dataset_is_a_table_over_all_instruments(store):
    result = store.query(
        "SELECT venue, market, symbol, count(*) AS n FROM trades GROUP BY 1, 2, 3 ORDER BY n"
    )
    assert [row["n"] for row in result.to_pylist()] == [5, 10]
    assert store.query("SELECT * FROM mart.bar__kline").column_names[:4] == [
        "venue",
        "market",
        "symbol",
        "interval",
    ]
    table = store.query("SELECT * FROM trades ORDER BY ts_event LIMIT 1")
    assert table.schema.field("price").type == pa.decimal128(18, 8)
    assert table.schema.field("ts_event").type == pa.timestamp("us", "UTC")


@pytest.mark.parametrize("sql", PORTABLE)
def test_portable_sql_gives_the_same_types_and_values_as_on_duckdb(store, duckdb_store, sql):
    one, other = store.query(sql), duckdb_store.query(sql)
    assert one.schema.names == other.schema.names
    assert [kind_of(kind) for kind in one.schema.types] == [
        kind_of(kind) for kind in other.schema.types
    ]
    assert one.to_pylist() == other.to_pylist()


def test_values_are_bound_and_instruments_chosen(store, duckdb_store):
    for one in (store, duckdb_store):
        sql = "SELECT trade_id FROM trades WHERE symbol = ? AND sequence = ? AND '?' = '?'"
        assert one.query(sql, ["BTCUSDT", 7]).to_pylist() == [{"trade_id": "7"}]
        assert one.query("SELECT * FROM trades", instruments=[HOSTILE]).num_rows == 5
        assert one.query("SELECT * FROM raw.trades WHERE price > 0", instruments=[]).num_rows == 0
        named = one.query("SELECT count(*) AS n FROM trades WHERE sequence < $limit", {"limit": 3})
        assert named.to_pylist() == [{"n": 3}]
        injected = one.query(
            "SELECT count(*) AS n FROM trades WHERE symbol = ?", ["x' OR '1' = '1"]
        )
        assert injected.to_pylist() == [{"n": 0}]


@pytest.mark.parametrize("given", [["a"], ["a", "b", "c"], {"x": 1}, []])
def test_values_that_do_not_fit_their_places_are_refused(store, given):
    with pytest.raises(InvalidInput, match=r"of the query|to the query"):
        store.query("SELECT ? AS a, ? AS b", given)


@pytest.mark.parametrize(
    "sql",
    [
        "EXPLAIN SELECT * FROM trades",
        "EXPLAIN (VERBOSE, COSTS OFF) TABLE trades",
        "SHOW timezone",
        "TABLE trades",
        "VALUES (1, 'a')",
    ],
)
def test_looking_around_is_allowed(store, sql):
    assert store.query(sql).num_rows > 0


def test_types_that_no_dataset_has_come_as_python_has_them_or_as_text(store):
    row = store.query(
        "SELECT ARRAY[1, 2] AS a, '1 day'::interval AS i, '{\"x\": 1}'::jsonb AS j, 'ab'::name AS n"
    )
    assert row.to_pylist()[0]["a"] == [1, 2]
    assert row.to_pylist()[0]["n"] == "ab"


@pytest.mark.parametrize("sql", REFUSED)
def test_all_else_is_refused_and_changes_nothing(store, tmp_path, sql):
    secret, target = tmp_path / "secret.csv", tmp_path / "written"
    secret.write_text("password\n1\n")
    with pytest.raises(InvalidInput):
        store.query(sql.format(file=target, secret=secret))
    assert not target.exists()
    assert len(content(store)) == 10
    assert store.query("SHOW statement_timeout").to_pylist() == [{"statement_timeout": "5min"}]
