"""The same files imported, derived and archived on PostgreSQL and on DuckDB: the same rows,
archives and answers.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import SecretStr

from marketdata_platform.core.datasets import DATASETS, META, Tier
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform
from marketdata_platform.settings import StoreSection
from marketdata_platform.simulator.archives.dumps import write_dump
from marketdata_platform.simulator.markets.market import simulate_day
from marketdata_platform.simulator.venues.listing import preset
from marketdata_platform.workflows.archiving.days import archive_day
from marketdata_platform.workflows.archiving.verify import verify
from marketdata_platform_tests.cli.commands import Terminal
from marketdata_platform_tests.end_to_end.deployments import DAY, SMALL, captures, day, opened
from marketdata_platform_tests.served import postgres_fixtures

SPOT = Instrument.parse("binance:spot:BTCUSDT")
ETHER = Instrument.parse("binance:futures:ETHUSDT")
QUERIES = (
    "SELECT * FROM {0}",
    "SELECT symbol, count(*) AS n FROM {0} GROUP BY symbol ORDER BY symbol",
)
FORMULAS = (
    "SELECT symbol, sum(price * quantity) AS notional, min(ts_event) AS a, max(ts_event) AS b FROM "
    "trades "
    "GROUP BY symbol ORDER BY symbol",
    "SELECT date_trunc('hour', open_time) AS hour, sum(volume) AS v, max(high) AS h, "
    "sum(quote_volume) AS q "
    "FROM bar__kline WHERE \"interval\" = '1m' AND symbol = 'BTCUSDT' GROUP BY 1 ORDER BY 1",
    "SELECT k.open_time, k.volume, f.delta, f.cvd FROM bar__kline k JOIN order_flow f USING "
    "(venue, market, symbol, "
    "open_time) WHERE k.\"interval\" = '1m' AND f.\"interval\" = '1m' ORDER BY symbol, open_time",
    "SELECT dataset, day, rows, digest FROM coverage ORDER BY symbol, dataset, day",
)


@pytest.fixture(scope="module", params=["postgres", "timescale"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    databases = getattr(postgres_fixtures, request.param)()
    with databases.taken() as url:
        store = StoreSection(
            url=SecretStr(url), timescale={"postgres": "off", "timescale": "on"}[request.param]
        )
        platform = opened(tmp_path_factory.mktemp("served"), store=store, **SMALL)
        platform.url = url
        yield fill(platform)
        platform.store.close()


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return fill(opened(tmp_path_factory.mktemp("local"), **SMALL))


def fill(platform: Platform) -> Platform:
    """Two instruments: recorded frames where there are any, simulated dumps; some twice and
    overlapping.
    """
    for number in range(2):
        trades = simulate_day(preset(ETHER, trades_per_day=3_000), day(number))
        dump = write_dump(trades, ETHER, day(number), platform.inbox_of(ETHER))
        platform.import_file(dump.path, ETHER)
        platform.import_file(dump.path, ETHER)
    trades = simulate_day(preset(SPOT, trades_per_day=4_000), DAY)
    platform.import_file(write_dump(trades, SPOT, DAY, platform.inbox_of(SPOT)).path, SPOT)
    for instrument in (ETHER, SPOT):
        days = [one.day for one in platform.store.coverage("trades", instrument)]
        platform.derive(instrument, days)
        for dataset in DATASETS.values():
            if dataset.tier is not Tier.META:
                for one in platform.store.coverage(dataset.name, instrument):
                    archive_day(platform.store, platform.archive, dataset.name, instrument, one.day)
    return platform


def without_times(table: pa.Table) -> list[dict[str, object]]:
    """Rows but for when this machine did something."""
    names = [
        n
        for n in table.column_names
        if n not in ("imported_at", "seconds", "quarantined_at", "moved_at")
    ]
    return table.select(names).to_pylist()


@pytest.mark.parametrize("dataset", [d.name for d in DATASETS.values() if d not in META])
def test_every_dataset_holds_the_same_rows_and_answers_the_same(served, local, dataset):
    for instrument in (ETHER, SPOT):
        assert served.read(dataset, instrument).equals(local.read(dataset, instrument))
        assert served.store.coverage(dataset, instrument) == local.store.coverage(
            dataset, instrument
        )
    for query in QUERIES:
        one, other = (p.store.query(query.format(dataset)) for p in (served, local))
        assert one.schema == other.schema
        assert one.equals(other)


@pytest.mark.parametrize("dataset", [d.name for d in META])
def test_bookkeeping_is_the_same_but_for_the_clock(served, local, dataset):
    for instrument in (ETHER, SPOT):
        rows = [without_times(p.read(dataset, instrument).to_arrow()) for p in (served, local)]
        assert rows[0] == rows[1]


@pytest.mark.parametrize("sql", FORMULAS)
def test_queries_over_several_tables_give_the_same_values(served, local, sql):
    assert served.store.query(sql).to_pylist() == local.store.query(sql).to_pylist()


def test_the_archives_hold_the_same_bytes(served, local):
    one, other = (
        {(m.dataset, m.instrument, m.day): m.sha256 for m in p.archive.manifests()}
        for p in (served, local)
    )
    assert one == other
    assert len(one) > 30


def test_the_archive_is_verified_against_the_store(served):
    assert all(finding.ok for finding in verify(served.store, served.archive))


def test_commands_work_on_the_served_store(served, monkeypatch):
    monkeypatch.setenv("MARKETDATA_STORE__URL", served.url)
    terminal = Terminal(monkeypatch, served.root)
    for words in (
        ["status"],
        ["doctor"],
        ["migrate", "status"],
        ["query", "SELECT count(*) AS n FROM trades"],
    ):
        done = terminal.run(*words)
        assert done.status == 0, done.err + done.out
    assert "10,000" in terminal.run("query", "SELECT count(*) AS n FROM trades").out.replace(
        "10000", "10,000"
    )
    assert "would run" in terminal.run("migrate", "up", "--dry-run").out
    refused = terminal.run("migrate", "down", "--to", "0")
    assert refused.status == 1
    assert "--yes" in refused.err


@pytest.mark.slow
@pytest.mark.parametrize(
    "pair", [("usdm", "btcusdt_20230404", "btcusdt_20230405"), ("spot", "btcusdt_20240808")]
)
def test_recorded_captures_are_stored_the_same(tmp_path: Path, pair):
    market, *names = pair
    instrument = Instrument.parse(f"binance:{'futures' if market == 'usdm' else market}:BTCUSDT")
    with postgres_fixtures.postgres().taken() as url:
        store = StoreSection(url=SecretStr(url), timescale="off")
        platforms = [opened(tmp_path / "served", store=store), opened(tmp_path / "local")]
        for platform in platforms:
            for path in captures(market, *names):
                platform.import_file(path, instrument)
            platform.derive(
                instrument, [one.day for one in platform.store.coverage("trades", instrument)]
            )
        for dataset in DATASETS.values():
            if dataset not in META:
                one, other = (p.read(dataset.name, instrument) for p in platforms)
                assert one.equals(other)
        platforms[0].store.close()
