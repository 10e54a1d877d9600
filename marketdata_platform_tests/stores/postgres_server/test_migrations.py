"""Migrations give the schema that is rendered from the datasets, in any database, beside writers,
and back.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psycopg
import pytest

from marketdata_platform.core.errors import ConfigurationError, StoreUnavailable
from marketdata_platform.stores.postgres_server.pool import Connections
from marketdata_platform.stores.postgres_server.querying import queries as postgres_named
from marketdata_platform.stores.postgres_server.schema import migrations
from marketdata_platform.stores.postgres_server.schema.migrations import Schema
from marketdata_platform.stores.sql_files import sql_folder
from marketdata_platform_tests.served import postgres_fixtures
from marketdata_platform_tests.served.databases import OPTIONS
from marketdata_platform_tests.stores.contract import BTC, content, many
from marketdata_platform_tests.stores.postgres_server.catalogs import catalog

ENGINES = {"postgres": "off", "timescale": "on"}


@pytest.fixture(params=list(ENGINES))
def engine(request):
    getattr(postgres_fixtures, request.param)()  # skips where there is no such server
    return request.param


@pytest.fixture
def database(engine):
    """The URL of a database without tables."""
    with getattr(postgres_fixtures, engine)().bare() as url:
        yield url


def schema_of(url: str, engine: str = "postgres") -> Schema:
    return Schema(Connections(url, OPTIONS), ENGINES[engine])


def render_into(url: str, engine: str) -> None:
    """Make the tables from the rendered files, as somebody would who applies them by hand."""
    with psycopg.connect(url, autocommit=True) as session:
        if engine == "timescale":
            session.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        for path in sorted(
            (sql_folder() / engine).glob("*.sql"), key=lambda p: (p.name.startswith("roll"), p.name)
        ):
            if not path.name.startswith(("roles", "queries")):
                session.execute(path.read_text())


def test_migrations_give_what_is_rendered_and_what_a_store_makes_for_itself(engine, database):
    timescale = engine == "timescale"
    with schema_of(database, engine) as schema:
        assert schema.version() == 0
        assert schema.up() == len(migrations.migrations(engine)) == schema.version()
        assert schema.up() == 0
    migrated = catalog(database, timescale=timescale)
    assert len(migrated["tables"]) > 30
    databases = getattr(postgres_fixtures, engine)()
    with databases.bare() as other:
        render_into(other, engine)
        assert catalog(other, timescale=timescale) == migrated, (
            "add a migration: the datasets have changed"
        )
        render_into(other, engine)  # twice changes nothing
        assert catalog(other, timescale=timescale) == migrated
    with databases.taken() as live:
        store = databases.open(live)
        store.append("trades", BTC, many(0, 300))
        store.close()
        assert catalog(live, timescale=timescale) == migrated


def test_down_takes_everything_away_and_up_brings_it_back(engine, database):
    empty = catalog(database)
    with schema_of(database, engine) as schema:
        schema.up()
        first = catalog(database)
        assert schema.down(0) == len(migrations.migrations(engine))
        assert catalog(database) == empty
        schema.up()
        assert catalog(database) == first


def test_a_database_that_is_older_or_newer_than_the_program_is_told(database):
    databases = postgres_fixtures.postgres()
    with pytest.raises(ConfigurationError, match="no tables yet: run `marketdata migrate up`"):
        databases.open(database, create=False).instruments()
    with schema_of(database) as schema:
        schema.up()
    with psycopg.connect(database, autocommit=True) as session:
        session.execute("DELETE FROM meta.schema_migrations WHERE version = 1")
        session.execute("INSERT INTO meta.schema_migrations VALUES (0, 'x', 'postgres', '')")
        with pytest.raises(ConfigurationError, match=r"older than this program.*migrate up"):
            databases.open(database).instruments()
        session.execute("UPDATE meta.schema_migrations SET version = 1")
        with pytest.raises(ConfigurationError, match="not the one that was applied"):
            databases.open(database).instruments()
        session.execute(
            "INSERT INTO meta.schema_migrations VALUES (7, 'far_ahead', 'postgres', '')"
        )
        with pytest.raises(ConfigurationError, match=r"newer than this program.*far_ahead"):
            databases.open(database).instruments()


@pytest.fixture
def two_steps(tmp_path, monkeypatch):
    """The migrations of this version and one more, which adds a column and fills it."""
    for engine in ("duckdb", "postgres"):
        (tmp_path / engine).mkdir()
    place = tmp_path / "postgres" / "migrations"
    place.mkdir()
    for path in (sql_folder() / "postgres" / "migrations").glob("*.sql"):
        (place / path.name).write_text(path.read_text())
    number = len(list(place.glob("*.up.sql"))) + 1
    up = "ALTER TABLE raw.trades ADD COLUMN note text;\nUPDATE raw.trades SET note = trade_id;\n"
    (place / f"{number:04}_notes.up.sql").write_text(up)
    (place / f"{number:04}_notes.down.sql").write_text("ALTER TABLE raw.trades DROP COLUMN note;\n")
    return lambda: monkeypatch.setattr(migrations, "sql_folder", lambda: Path(tmp_path))


def test_an_upgrade_beside_a_writer_loses_nothing(database, two_steps, monkeypatch):
    databases = postgres_fixtures.postgres()
    store = databases.open(database)
    store.append("trades", BTC, many(0, 500))
    two_steps()
    stop = threading.Event()
    written, slowest = [500], [0.0]

    def write() -> None:
        while not stop.is_set():
            begun = time.monotonic()
            written[0] += store.append("trades", BTC, many(written[0], written[0] + 20)).inserted
            slowest[0] = max(slowest[0], time.monotonic() - begun)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with schema_of(database) as schema:
            assert schema.up() == 1
            assert schema.down(schema.version() - 1) == 1
            assert schema.up() == 1
    finally:
        time.sleep(0.2)
        stop.set()
        writer.join()
    assert len(content(store)) == written[0] > 500
    assert slowest[0] < 5
    store.close()


def test_a_migration_that_cannot_get_its_locks_gives_up_and_changes_nothing(
    database, two_steps, monkeypatch
):
    with schema_of(database) as schema:
        schema.up()
    two_steps()
    monkeypatch.setattr(migrations, "_TRIES", 2)
    queries = {**postgres_named._all(), "short_lock_timeout": "SET LOCAL lock_timeout = '100ms'"}
    monkeypatch.setattr(postgres_named, "_all", lambda: queries)
    before = catalog(database)
    with psycopg.connect(database) as other:
        other.execute("LOCK TABLE raw.trades IN ROW EXCLUSIVE MODE")
        with (
            schema_of(database) as schema,
            pytest.raises(StoreUnavailable, match="end long transactions"),
        ):
            schema.up()
    assert catalog(database) == before


def test_two_programs_that_start_on_an_empty_database_make_it_once(database):
    stores = [postgres_fixtures.postgres().open(database) for _ in range(4)]
    threads = [threading.Thread(target=store.instruments) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.instruments() for store in stores] == [[]] * 4
    for store in stores:
        store.close()
