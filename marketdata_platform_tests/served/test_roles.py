"""The roles of sql/postgres/roles.sql: each can do its work, and nothing else."""

from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from marketdata_platform.core.window import Window
from marketdata_platform.platform.watching.served import state_of
from marketdata_platform.settings import Settings
from marketdata_platform.stores.postgres_server.store import open_postgres
from marketdata_platform.stores.sql_files import sql_folder
from marketdata_platform.workflows.deriving.derivation import derivations
from marketdata_platform.workflows.deriving.derive import derive
from marketdata_platform.workflows.deriving.series_start import series_start
from marketdata_platform_tests.served.databases import OPTIONS
from marketdata_platform_tests.served.postgres_fixtures import postgres
from marketdata_platform_tests.workflows.days import INSTRUMENT, day, trades_of

ROLES = (sql_folder() / "postgres" / "roles.sql").read_text(encoding="utf-8")
A_TRADE = """INSERT INTO raw.trades
(venue, market, symbol, ts_event, trade_id, price, quantity, side)
VALUES ('binance', 'spot', 'X', '2024-07-18', '1', 1, 1, 'buy')"""


@pytest.fixture
def admin():
    """A database with tables and roles, and its administrator's session."""
    with postgres().taken() as url:
        store = postgres().open(url)
        store.append("trades", INSTRUMENT, trades_of(0, range(20)))
        store.close()
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(ROLES)
            session.execute(ROLES)  # again: nothing changes
            yield session


def login(admin, role):
    """A session of a login that has only this role."""
    name = f"login_{role}"
    admin.execute(f"DROP ROLE IF EXISTS {name}")
    admin.execute(f"CREATE ROLE {name} LOGIN INHERIT IN ROLE marketdata_{role}")
    return url_of(admin, name)


def url_of(admin, name):
    info = admin.info
    return f"postgresql://{name}@/{info.dbname}?host={info.host}"


def refused(url, *statements):
    with psycopg.connect(url, autocommit=True) as session:
        for statement in statements:
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(statement)


def test_a_gatherer_inserts_and_can_neither_read_nor_change(admin):
    url = login(admin, "gatherer")
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(A_TRADE)
    refused(
        url,
        "SELECT * FROM raw.trades",
        "UPDATE raw.trades SET price = 2",
        "DELETE FROM raw.trades",
        "TRUNCATE raw.trades",
        "SELECT * FROM meta.coverage",
        "INSERT INTO mart.bar__kline DEFAULT VALUES",
        "CREATE TABLE raw.mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "DROP TABLE raw.trades",
    )


def test_a_reader_reads_everything_and_changes_nothing(admin):
    url = login(admin, "reader")
    store = open_postgres(url, options=OPTIONS, timescale="off", create=False)
    assert sum(b.num_rows for b in store.read("trades", INSTRUMENT)) == 20
    assert len(store.coverage("trades")) == 1
    store.close()
    refused(
        url,
        A_TRADE,
        "DELETE FROM raw.trades",
        "UPDATE meta.coverage SET rows = 0",
        "TRUNCATE meta.cursors",
        "CREATE SCHEMA mine",
        "CREATE TEMP TABLE t (a int)",
    )


def test_landing_does_all_that_the_store_does_and_owns_no_table(admin):
    url = login(admin, "landing")
    store = open_postgres(url, options=OPTIONS, timescale="off", create=False)
    assert store.append("trades", INSTRUMENT, trades_of(0, range(30))).duplicates == 20
    assert store.append("trades", INSTRUMENT, trades_of(-900, range(40, 45))).inserted == 5, (
        "a partition is missing"
    )
    settings = Settings(root="/tmp")
    made = derivations(settings.derive_params(INSTRUMENT, series_start(store, INSTRUMENT)))
    derive(store, INSTRUMENT, {"bar__kline": made["bar__kline"]}, [day(0)])
    cutoff: datetime = Window.of_day(day(-899)).start + timedelta(days=1)
    assert store.drop_before("trades", INSTRUMENT, cutoff) == 5
    assert sum(b.num_rows for b in store.read("trades", INSTRUMENT)) == 30
    store.close()
    refused(
        url,
        "DROP TABLE raw.trades",
        "ALTER TABLE raw.trades ADD COLUMN mine int",
        "TRUNCATE raw.trades",
        "UPDATE meta.schema_migrations SET version = 9",
        "CREATE TABLE raw.mine (a int)",
    )


def test_the_monitor_sees_bookkeeping_and_no_market_data(admin):
    url = login(admin, "monitor")
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("SELECT * FROM meta.coverage")
        session.execute("SELECT query FROM pg_stat_activity")
    refused(url, "SELECT * FROM raw.trades", "DELETE FROM meta.coverage")


def test_tables_that_come_later_have_the_same_grants(admin):
    with psycopg.connect(login(admin, "owner"), autocommit=True) as session:
        session.execute("SET ROLE marketdata_owner")
        session.execute("CREATE TABLE raw.later (a int)")
    try:
        with psycopg.connect(login(admin, "gatherer"), autocommit=True) as session:
            session.execute("INSERT INTO raw.later VALUES (1)")
        refused(login(admin, "gatherer"), "SELECT * FROM raw.later")
        with psycopg.connect(login(admin, "reader"), autocommit=True) as session:
            assert session.execute("SELECT a FROM raw.later").fetchone() == (1,)
        refused(login(admin, "monitor"), "SELECT * FROM raw.later")
    finally:
        admin.execute("DROP TABLE raw.later")


@pytest.mark.slow
def test_an_empty_database_gets_roles_first_and_then_its_tables_from_the_migrator(admin):
    admin.execute("DROP DATABASE IF EXISTS fresh WITH (FORCE)")
    admin.execute("CREATE DATABASE fresh")
    info = admin.info
    try:
        with psycopg.connect(
            f"postgresql://{info.user}@/fresh?host={info.host}", autocommit=True
        ) as session:
            session.execute(ROLES)
            login(session, "owner")
            session.execute("ALTER ROLE login_owner SET role TO marketdata_owner")
            migrator, landing = url_of(session, "login_owner"), login(session, "landing")
            store = open_postgres(migrator, options=OPTIONS, timescale="off", create=True)
            assert store.instruments() == []
            store.close()
            owners = (
                "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('raw', 'mart', "
                "'meta')"
            )
            assert session.execute(owners).fetchall() == [("marketdata_owner",)]
            store = open_postgres(landing, options=OPTIONS, timescale="off", create=False)
            assert store.append("trades", INSTRUMENT, trades_of(0, range(3))).inserted == 3
            store.close()
            session.execute("ALTER ROLE login_owner RESET role")
    finally:
        admin.execute("DROP DATABASE fresh WITH (FORCE)")


def test_the_monitor_tells_health_without_a_look_into_the_schemas(admin):
    monitor = login(admin, "monitor")
    state = state_of(Settings(root=Path("unused"), store={"url": monitor, "timescale": "off"}))
    assert (state.engine, state.pending, state.strayed) == ("postgres", (), ())
    seen = state_of(
        Settings(root=Path("unused"), store={"url": login(admin, "owner"), "timescale": "off"})
    )
    assert state.missing == seen.missing


@pytest.mark.parametrize("session_is_read_only", [False, True])
def test_a_reader_learns_the_series_start_and_need_not_remember_it(admin, session_is_read_only):
    url = login(admin, "reader")
    if session_is_read_only:
        admin.execute("ALTER ROLE login_reader SET default_transaction_read_only TO on")
    store = open_postgres(url, options=OPTIONS, timescale="off", create=False)
    learnt = series_start(store, INSTRUMENT)
    assert learnt is not None
    assert list(store.read("checkpoints", INSTRUMENT)) == []
    store.close()
