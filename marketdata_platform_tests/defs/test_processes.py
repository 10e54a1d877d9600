"""Processes of their own: Dagster's command without a UI, and a backfill killed in the middle."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from marketdata_platform_tests.end_to_end.deployments import (
    FUTURES,
    day,
    opened,
    require_same,
    tables,
    usdm_rows,
    walk,
)
from marketdata_platform_tests.history.dumps import write

pytestmark = pytest.mark.slow


def environment(root: Path) -> dict[str, str]:
    """What a user would export."""
    return {**os.environ, "MARKETDATA_ROOT": str(root), "DAGSTER_HOME": str(root / "dagster")}


def published(root, days):
    """A deployment with one dump per day in its inbox."""
    platform = opened(root)
    folder = platform.inbox_of(FUTURES)
    folder.mkdir(parents=True)
    for number in range(days):
        write(
            folder / f"BTCUSDT-trades-{day(number)}.csv", usdm_rows(walk(number, 300, number * 300))
        )
    return platform


def marketdata(root, *words):
    command = [sys.executable, "-c", "from marketdata_platform.cli import main; main()", *words]
    return subprocess.Popen(
        command, env=environment(root), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def expected_tables(root, days):
    platform = published(root, days)
    for number in range(days):
        platform.land_inbox(FUTURES, [day(number)])
    platform.derive(FUTURES, [day(n) for n in range(days)])
    return tables(platform, FUTURES, ["trades"])


def test_dagsters_own_command_makes_the_same_tables_over_a_range_without_a_ui(tmp_path):
    root = tmp_path / "root"
    platform = published(root, 3)
    first = marketdata(
        root,
        "backfill",
        "raw",
        "--instrument",
        str(FUTURES),
        "--from",
        str(day(0)),
        "--to",
        str(day(0)),
    )
    assert "1 succeeded" in first.communicate()[0]
    base = [sys.executable, "-m", "dagster"]
    module = ["-m", "marketdata_platform.definitions"]
    span = f"{day(0)}|{FUTURES}...{day(2)}|{FUTURES}"
    for words in (
        [
            "asset",
            "materialize",
            "--select",
            "trades",
            "--partition",
            f"{day(1)}|{FUTURES}",
            *module,
        ],
        ["asset", "materialize", "--select", "*", "--partition-range", span, *module],
        ["definitions", "validate", *module],
    ):
        ran = subprocess.run(
            [*base, *words], env=environment(root), capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr[-2_000:]
    require_same(tables(platform, FUTURES, ["trades"]), expected_tables(tmp_path / "expected", 3))
    assert len(list(platform.archive.manifests("trades"))) == 3


def test_a_backfill_killed_in_the_middle_is_completed_by_the_same_command(tmp_path):
    root, days = tmp_path / "root", 12
    platform = published(root, days)
    span = ("--instrument", str(FUTURES), "--from", str(day(0)), "--to", str(day(days - 1)))
    assert "1 succeeded" in marketdata(root, "backfill", "raw", *span).communicate()[0]
    killed = marketdata(root, "backfill", "bars,order_flow", *span)
    log = root / "data" / "binance" / "futures" / "BTCUSDT" / "trading.duckdb.wal"
    deadline = time.monotonic() + 120
    while (
        not (log.exists() and log.stat().st_size > 200_000)
        and killed.poll() is None
        and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    killed.kill()
    killed.communicate()

    made = tables(platform, FUTURES)
    assert killed.returncode == -9, "it ended before it could be killed"
    assert any(rows.height for rows in made.values())
    assert "0 failed" in marketdata(root, "backfill", "bars,order_flow", *span).communicate()[0]
    assert (
        "Everything is up to date"
        in marketdata(root, "backfill", "bars,order_flow", *span).communicate()[0]
    )
    require_same(
        tables(platform, FUTURES, ["trades"]), expected_tables(tmp_path / "expected", days)
    )
