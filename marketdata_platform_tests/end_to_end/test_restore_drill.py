"""The drill: import, derive, archive; everything lost; restore into an empty store of either kind;
equal to before.
"""

import shutil
from itertools import product

import pytest

from marketdata_platform.core.datasets import DATASETS, DERIVED, Tier
from marketdata_platform.platform import Platform
from marketdata_platform.platform.use_cases.restore import restore
from marketdata_platform.workflows.archiving.days import ArchiveOutcome, archive_day
from marketdata_platform.workflows.archiving.restore_days import Put
from marketdata_platform.workflows.archiving.verify import verify
from marketdata_platform_tests.end_to_end.deployments import (
    FUTURES,
    SMALL,
    day,
    opened,
    require_same,
    tables,
    tardis_file,
    walk,
)
from marketdata_platform_tests.objects.s3_server import s3_server
from marketdata_platform_tests.served import postgres_fixtures

DAYS = [day(number) for number in range(2)]


def _archive(where: str, tmp_path) -> dict[str, object]:
    if where == "folder":
        return {"url": str(tmp_path / "kept")}
    server = s3_server()
    return server.section(f"s3://{server.bucket()}/firm").model_dump(exclude_none=True)


def _recorded(platform: Platform, tmp_path) -> None:
    for n, one in enumerate(
        DAYS
    ):  # Tardis gives receive times, too; each name claims the whole day
        rows = [
            (i, price, size, ms, "sell" if sells else "buy")
            for i, price, size, ms, sells in walk(n, first_id=n * 150)
        ]
        path = tardis_file(tmp_path / f"binance-futures_trades_{one}_BTCUSDT.csv", rows)
        platform.import_file(path, FUTURES)
    platform.derive(FUTURES, DAYS)
    for name in (d.name for d in DATASETS.values() if d.tier is not Tier.META):
        for one in DAYS:
            archive_day(platform.store, platform.archive, name, FUTURES, one)


def _coverages(platform: Platform):
    names = ("trades", *(d.name for d in DERIVED))
    return {
        name: [
            (c.day, c.rows, c.digest, c.first_time, c.last_time)
            for c in platform.store.coverage(name, FUTURES)
        ]
        for name in names
    }


QUICK = ("object", "postgres", "rebuild")
DRILLS = [
    pytest.param(*drill, marks=() if drill == QUICK else pytest.mark.slow)
    for drill in product(("object", "folder"), ("duckdb", "postgres"), ("rebuild", "archive"))
]


@pytest.mark.parametrize(("where", "engine", "derived"), DRILLS)
def test_everything_is_lost_and_restored_and_equal_to_before(tmp_path, where, engine, derived):
    archive = _archive(where, tmp_path)
    first = opened(tmp_path / "first", archive=archive, **SMALL)
    _recorded(first, tmp_path)
    before, covered = tables(first, FUTURES, extra=["trades"]), _coverages(first)
    assert before["trades"]["ts_recv"].null_count() == 0
    assert (
        before["bar__kline"].filter(interval="1d")["complete"].any()
    )  # the files vouch for whole days
    first.store.close()
    shutil.rmtree(tmp_path / "first")

    databases = postgres_fixtures.postgres() if engine == "postgres" else None
    url = databases.take() if databases else None
    store = {"store": {"url": url}} if url else {}
    second = opened(tmp_path / "second", archive=archive, **store, **SMALL)
    try:
        result = restore(second, derived=derived)
        assert result.unequal == {}
        assert {d.outcome for d in result.days} == {Put.RESTORED}
        require_same(tables(second, FUTURES, extra=["trades"]), before)
        assert _coverages(second) == covered
        assert [v.problem for v in verify(second.store, second.archive) if not v.ok] == []
        assert (
            archive_day(second.store, second.archive, "trades", FUTURES, DAYS[0]).outcome
            is ArchiveOutcome.UNCHANGED
        )
        again = restore(second, derived=derived)
        assert {d.outcome for d in again.days} == {Put.PRESENT}
    finally:
        second.store.close()
        if databases and url:
            databases.give_back(url)


@pytest.mark.slow
def test_one_lost_day_comes_back_with_its_derived_rows_from_the_archive(tmp_path):
    platform = opened(tmp_path / "root", **SMALL)
    _recorded(platform, tmp_path)
    before = tables(platform, FUTURES, extra=["trades"])
    empty = opened(tmp_path / "empty", archive={"url": str(tmp_path / "root")}, **SMALL)
    result = restore(empty, days={DAYS[1]})
    assert {d.partition.day for d in result.days} == {DAYS[1]}
    start = DAYS[1]
    trades = before["trades"]
    assert empty.read("trades", FUTURES).equals(
        trades.filter(trades["ts_event"].dt.date() == start)
    )
    klines = before["bar__kline"]
    assert (
        empty.read("bar__kline", FUTURES).height
        == klines.filter(klines["open_time"].dt.date() == start).height
    )
