"""Hostile rows and names, users without rights, used-up connections: told plainly, and nothing
written.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import psycopg
import pyarrow as pa
import pytest

from marketdata_platform.core.errors import (
    ConfigurationError,
    InvalidInput,
    StoreUnavailable,
    UnknownDataset,
)
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.stores.postgres_server.failures import scrubbed
from marketdata_platform.stores.postgres_server.options import ConnectionOptions
from marketdata_platform.stores.postgres_server.pool import Connections
from marketdata_platform.stores.postgres_server.schema.migrations import Schema
from marketdata_platform.stores.postgres_server.store import open_postgres
from marketdata_platform.workflows.ports import Appended
from marketdata_platform_tests.served import postgres_fixtures
from marketdata_platform_tests.stores.contract import (
    BTC,
    MIDNIGHT,
    NOW,
    an_import,
    content,
    everything,
    many,
    trade,
    trades,
)


@pytest.fixture
def url():
    with postgres_fixtures.postgres().taken() as url:
        yield url


@pytest.fixture
def store(url):
    store = postgres_fixtures.postgres().open(url, clock=lambda: NOW)
    yield store
    store.close()


def test_ids_that_postgresql_cannot_keep_go_to_quarantine_and_the_others_stay(store):
    rows = [
        trade(1),
        trade(2, trade_id="a\0b"),
        trade(3, trade_id="x" * 10_000),
        trade(4, trade_id="'; DROP TABLE raw.trades; --"),
        trade(5, trade_id="‮evil‬ and ‏rtl"),
        trade(6, condition="nul\0inside"),
        trade(7, trade_id='\\x"\t\n$1 %s {} 😀'),
        trade(8, price=Decimal(0), trade_id="a\0c"),
    ]
    assert store.append("trades", BTC, trades(*rows), source="s") == Appended(
        inserted=4, rejected=4
    )
    assert sorted(row["trade_id"] for row in content(store)) == sorted(
        rows[i]["trade_id"] for i in (0, 3, 4, 6)
    )
    kept = {row["position"]: row["reason"] for row in content(store, "quarantine")}
    assert set(kept) == {2, 3, 6, 8}
    assert "NUL" in kept[2]
    assert "too long for a key" in kept[3]
    assert store.append("trades", BTC, trades(*rows), source="s") == Appended(
        duplicates=4, rejected=4
    )
    assert len(content(store, "quarantine")) == 4


def test_bookkeeping_that_cannot_be_kept_is_refused_whole(store):
    before = everything(store)
    for record in (an_import("a\0b"), an_import("x" * 3_000)):
        with pytest.raises(InvalidInput, match="sha256"):
            store.append("trades", BTC, many(0, 3), companions={"imports": record})
        with pytest.raises(InvalidInput, match="sha256"):
            store.append("imports", BTC, record)
    window = Window(MIDNIGHT.replace(day=1), MIDNIGHT)
    with pytest.raises(InvalidInput, match="NUL"):
        store.replace("trades", BTC, window, trades(trade(1, trade_id="\0")))
    assert everything(store) == before


@pytest.mark.parametrize(
    "symbol", ["a\0b", "‏BTC", "x" * 10_000, "'; DROP TABLE raw.trades; --", ""]
)
def test_symbols_that_are_none_never_reach_the_database(symbol):
    with pytest.raises(InvalidInput):
        Instrument("binance", "spot", symbol)


@pytest.mark.parametrize(
    "name", ["trades; DROP TABLE raw.trades", 'trades"', "raw.trades", "pg_class", "\0"]
)
def test_datasets_and_columns_are_names_of_a_list_and_nothing_else(store, name):
    store.append("trades", BTC, many(0, 3))
    with pytest.raises(UnknownDataset):
        store.append(name, BTC, many(0, 3))
    with pytest.raises(UnknownDataset):
        store.read(name, BTC)
    with pytest.raises(InvalidInput, match="no columns"):
        store.read("trades", BTC, columns=[name])
    assert len(content(store)) == 3


def test_numbers_that_do_not_fit_are_refused_before_anything_is_written(store):
    wide = many(0, 2).set_column(
        4, "price", pa.array([Decimal(10) ** 20, Decimal(1)], pa.decimal256(60, 8))
    )
    with pytest.raises(InvalidInput, match="do not fit"):
        store.append("trades", BTC, wide)
    assert store.instruments() == []


def test_the_largest_numbers_come_back_exactly(store):
    rows = [
        trade(
            1,
            price=Decimal("9999999999.99999999"),
            quantity=Decimal("92233720368.54775807"),
            sequence=2**63 - 1,
        ),
        trade(
            2, price=Decimal("0.00000001"), quantity=Decimal("0.00010000"), first_trade_id=-(2**63)
        ),
        trade(3, price=Decimal("10000.0001"), quantity=Decimal("100000000")),
    ]
    store.append("trades", BTC, trades(*rows))
    assert sorted(content(store), key=lambda row: row["trade_id"]) == rows


@pytest.fixture
def weak_user(url):
    """The URL of somebody who may connect and read, and nothing else."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("DROP OWNED BY weak" if _exists(session) else "CREATE ROLE weak LOGIN")
        session.execute("GRANT USAGE ON SCHEMA raw, mart, meta TO weak")
        session.execute("GRANT SELECT ON ALL TABLES IN SCHEMA raw, mart, meta TO weak")
    yield url.replace("postgres@", "weak@")
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("DROP OWNED BY weak")
        session.execute("DROP ROLE weak")


def _exists(session):
    return session.execute("SELECT 1 FROM pg_roles WHERE rolname = 'weak'").fetchone() is not None


def test_a_user_without_rights_reads_and_is_told_what_is_missing(store, weak_user):
    store.append("trades", BTC, many(0, 3))
    reader = open_postgres(weak_user, timescale="off")
    assert len(content(reader)) == 3
    assert reader.query("SELECT count(*) AS n FROM trades").to_pylist() == [{"n": 3}]
    for change in (
        lambda: reader.append("trades", BTC, many(3, 6)),
        lambda: reader.drop_before("trades", BTC, NOW),
        lambda: Schema(Connections(weak_user, ConnectionOptions()), "off").__enter__().up(),
    ):
        with pytest.raises(ConfigurationError, match=r"does not allow it.*permission denied"):
            change()
    reader.close()
    assert len(content(store)) == 3


def test_reads_go_to_the_replica_where_there_is_one(store, url):
    with postgres_fixtures.postgres().taken() as replica:
        both = open_postgres(url, replica, timescale="off")
        both.append("trades", BTC, many(0, 3))
        assert len(content(store)) == 3
        assert content(both) == both.coverage("trades", BTC) == []
        assert both.query("SELECT count(*) AS n FROM trades").to_pylist() == [{"n": 0}]
        both.close()


# Places come free when the server sees a closed connection, which a busy machine delays.
@pytest.mark.slow
def test_the_budget_of_a_component_holds_for_all_its_processes(url):
    options = ConnectionOptions(component="landing", budget=2, max_size=1, wait_seconds=15)
    one, two = (Connections(url, options) for _ in range(2))
    three = Connections(url, replace(options, wait_seconds=6))
    with one.connection(), two.connection():
        with pytest.raises(
            StoreUnavailable, match=r"all 2 connections that component landing.*store.pool.budget"
        ):
            three.connection().__enter__()
        other = Connections(url, ConnectionOptions(component="charts", budget=1))
        with other.connection() as session:
            row = session.execute(
                "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"
            )
            assert row.fetchone() == ("marketdata charts",)
        other.close()
    three.close()  # first: what it still tries for must not take the place that comes free
    one.close()
    four = Connections(url, options)
    with four.connection() as session:
        assert session.execute("SHOW statement_timeout").fetchone() == ("5min",)
        assert session.execute("SHOW lock_timeout").fetchone() == ("30s",)
        assert session.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("1min",)
    for connections in (two, four):
        connections.close()


def test_a_pool_that_is_used_up_says_so(url):
    connections = Connections(url, ConnectionOptions(max_size=1, wait_seconds=0.3))
    with (
        connections.connection(),
        pytest.raises(StoreUnavailable, match=r"no connection was free.*store.pool.max_size"),
        connections.connection(),
    ):
        pass
    assert connections.statistics().open == 1
    connections.close()
    connections.close()


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:s3cret/x@host/db",
        "host=x password=s3cret/x",
        "password = 's3cret/x' user=me",
        "the word s3cret/x and s3cret%2Fx and s3cret/x again",
    ],
)
def test_passwords_are_taken_out_of_messages(text):
    assert "s3cret" not in scrubbed(text, ["s3cret/x"])
