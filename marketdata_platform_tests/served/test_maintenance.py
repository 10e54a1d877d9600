"""Looking after PostgreSQL, watching it, and its roles, on a real server."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from marketdata_platform.observe.metrics import text
from marketdata_platform.platform import open_with
from marketdata_platform.platform.use_cases.maintain import maintain
from marketdata_platform.platform.watching.exporter import sources
from marketdata_platform.platform.watching.health import health
from marketdata_platform.settings import load_settings
from marketdata_platform.stores.postgres_server.pool import Connections
from marketdata_platform.stores.postgres_server.schema.maintenance import PostgresMaintenance
from marketdata_platform_tests.served.databases import OPTIONS
from marketdata_platform_tests.served.postgres_fixtures import postgres
from marketdata_platform_tests.workflows.days import INSTRUMENT, day, trades_of

CANARY = "c4n4ry-S3cret"


@pytest.fixture
def url():
    with postgres().taken() as taken:
        yield taken


@pytest.fixture
def platform(url, tmp_path, monkeypatch):
    config = tmp_path / "marketdata.toml"
    config.write_text(f'[store]\nurl = "{url}"\ntimescale = "off"\n')
    monkeypatch.setenv("MARKETDATA_CONFIG", str(config))
    made = open_with(load_settings(tmp_path / "root"))
    made.root.mkdir()
    yield made
    made.store.close()


def filled(platform, rows=20_000):
    platform.store.append("trades", INSTRUMENT, trades_of(0, range(rows)))


def maintenance(url, **options):
    return PostgresMaintenance(
        Connections(url, replace(OPTIONS, component="maintenance")), **options
    )


def by_action(found):
    return {(one.action, one.subject): one for one in found}


def test_statistics_are_made_for_what_changed_and_for_the_partitioned_table_itself(platform, url):
    filled(platform)
    with psycopg.connect(url) as session:
        session.execute("SELECT pg_stat_force_next_flush()")
    found = by_action(maintain(platform, apply=True))
    done = {subject for action, subject in found if action == "analyze"}
    assert "raw.trades" in done
    with psycopg.connect(url) as session:
        (known,) = session.execute(
            "SELECT count(*) FROM pg_stats WHERE tablename = 'trades'"
        ).fetchone()
    assert known > 0


def test_a_bloated_index_is_made_anew_while_the_table_is_in_use(platform, url):
    filled(platform)
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("DELETE FROM raw.trades WHERE sequence % 10 <> 0")
        session.execute("VACUUM ANALYZE raw.trades")
    look = maintenance(url, smallest_bytes=2**17)
    bloated = [one for one in look.maintain(apply=False) if one.action == "reindex"]
    assert bloated
    assert all(one.freeable > one.bytes * 0.4 for one in bloated)

    with psycopg.connect(url) as writer:
        writer.execute(
            "SELECT count(*) FROM raw.trades"
        )  # a reader in a transaction; it ends before the reindex waits
        writer.commit()
        done = [one for one in look.maintain(apply=True) if one.action == "reindex"]
    assert all(one.done for one in done), done
    assert not [one for one in look.maintain(apply=False) if one.action == "reindex"]
    assert len(platform.read("trades", INSTRUMENT)) == 2_000


def test_empty_old_partitions_go_and_those_with_rows_stay(platform, url):
    filled(platform, 100)
    platform.store.append("trades", INSTRUMENT, trades_of(-60, range(100, 110)))
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(
            "DELETE FROM raw.trades WHERE ts_event < '2024-06-01'"
        )  # by somebody else than the store
    found = by_action(maintain(platform, apply=True))
    dropped = [
        subject for action, subject in found if action == "drop" and found[action, subject].done
    ]
    assert dropped == ["raw.trades_p202405"]
    assert len(platform.read("trades", INSTRUMENT)) == 100


@pytest.mark.slow
def test_partitions_are_made_ahead(url, platform):
    filled(platform, 10)
    later = date.today() + timedelta(days=400)
    look = maintenance(url, today=later)
    (before,) = [one for one in look.maintain(apply=False) if one.action == "create"]
    assert "missing" in before.text
    (made,) = [one for one in look.maintain(apply=True) if one.action == "create"]
    assert made.done
    assert not [one for one in look.maintain(apply=False) if one.action == "create"]


def test_a_scrape_tells_sizes_sessions_and_the_pool(platform):
    with platform.store.session():
        filled(platform, 1_000)
    platform.store.flush()
    told = text(sources(platform)).decode()
    assert "marketdata_store_up 1.0" in told
    assert 'marketdata_store_table_bytes{table="raw.trades"}' in told
    assert 'marketdata_store_chunks{table="raw.trades"}' in told
    assert re.search(r'marketdata_store_pool_connections\{state="idle"\} [1-9]', told)
    assert re.search(
        r'marketdata_store_server_sessions\{component="platform",state="idle"\} [1-9]', told
    )
    assert 'marketdata_store_rows_total{dataset="trades",outcome="inserted"} 1000.0' in told


def test_health_tells_migrations_and_partitions(platform, url):
    list(maintain(platform, apply=True))
    (check,) = health(platform, only=["store"])
    assert check.status == "ok", check
    assert check.facts["engine"] == "postgres"
    filled(platform, 5)
    (check,) = health(platform, only=["store"])
    assert check.facts["last_chunk"].startswith("trades_p")
    assert check.facts["newest_trade"] == f"{day(0)}T00:00:04+00:00"
    with psycopg.connect(url, autocommit=True) as session:
        today = datetime.now(UTC)
        session.execute(f"DROP TABLE IF EXISTS raw.trades_p{today:%Y%m}")
    (check,) = health(platform, only=["store"])
    assert (check.status, "partitions" in check.text) == ("degraded", True)


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path, monkeypatch):
    config = tmp_path / "marketdata.toml"
    config.write_text(f'[store]\nurl = "postgresql://app:{CANARY}@127.0.0.1:1/market"\n')
    monkeypatch.setenv("MARKETDATA_CONFIG", str(config))
    platform = open_with(load_settings(tmp_path / "root"))
    (check,) = health(platform, only=["store"])
    assert check.status == "failed"
    assert CANARY not in check.text
    told = text(sources(platform)).decode()
    assert "marketdata_store_up 0.0" in told
