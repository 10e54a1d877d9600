import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.observe.metrics import text
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.use_cases.land import land
from marketdata_platform.platform.use_cases.retain import retain
from marketdata_platform.platform.watching.exporter import sources
from marketdata_platform.workflows.archiving.days import archive_day
from marketdata_platform.workflows.bookkeeping.gatherer_status import (
    GathererStatus,
    StreamStatus,
    write_heartbeat,
)
from marketdata_platform_tests.workflows.days import INSTRUMENT, day, trades_of


@pytest.fixture
def platform(tmp_path, monkeypatch):
    config = tmp_path / "marketdata.toml"
    config.write_text('gatherers = ["g1"]\n[retention]\ntrades = "2d"\n')
    monkeypatch.setenv("MARKETDATA_CONFIG", str(config))
    return open_platform(tmp_path / "root")


def lines(platform):
    found = text(sources(platform)).decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in found if not line.startswith("#"))


def heartbeat(platform, lag_seconds=0.0):
    folder = platform.root / "journals" / "g1"
    folder.mkdir(parents=True, exist_ok=True)
    now_us = time.time_ns() // 1_000
    heard = int(now_us - lag_seconds * 1e6)
    stream = StreamStatus("binance:futures:BTCUSDT", "trades", "c", messages=5, last_recv_us=heard)
    write_heartbeat(
        folder, GathererStatus("g1", 1, "h", "", now_us, now_us, "capturing", streams=[stream])
    )


def test_a_scrape_tells_of_short_runs_that_have_ended(platform):
    platform.store.append("trades", INSTRUMENT, trades_of(0, range(5)))
    platform.store.append("trades", INSTRUMENT, trades_of(0, [0, 1]))
    platform.store.append("trades", INSTRUMENT, trades_of(0, [1], price=7))
    archive_day(platform.store, platform.archive, "trades", INSTRUMENT, day(0))
    heartbeat(platform, lag_seconds=3)
    assert land(platform).frames == 0
    retain(platform, apply=True)
    platform.store.close()

    told = lines(open_platform(platform.root))  # another process would see the same
    assert told['marketdata_store_rows_total{dataset="trades",outcome="inserted"}'] == "5.0"
    assert told['marketdata_store_rows_total{dataset="trades",outcome="duplicate"}'] == "2.0"
    assert told['marketdata_store_rows_total{dataset="trades",outcome="conflict"}'] == "1.0"
    assert told['marketdata_store_deleted_rows_total{dataset="trades"}'] == "5.0"
    assert told['marketdata_landing_runs_total{outcome="ok"}'] == "1.0"
    assert told["marketdata_gaps_open"] == "0.0"
    assert told['marketdata_archive_exported_rows_total{tier="raw"}'] == "5.0"
    assert float(told['marketdata_stage_lag_seconds{stage="archive"}']) > 1e6
    assert 2 < float(told['marketdata_stage_lag_seconds{stage="capture"}']) < 30
    assert (
        float(told['marketdata_stage_last_success_timestamp_seconds{stage="retain"}'])
        > time.time() - 60
    )
    assert told["marketdata_retention_blocked"] == "0.0"
    assert told['marketdata_store_query_duration_seconds_count{verb="append"}'] != "0.0"
    assert float(told["marketdata_store_cache_misses_total"]) > 0
    assert float(told["marketdata_store_bytes"]) > 0
    assert float(told["marketdata_disk_free_bytes"]) > 0
    assert told['marketdata_gatherer_up{gatherer="g1"}'] == "1.0"


def test_a_failed_verb_is_counted_by_its_error(platform):
    platform.root.mkdir()
    with pytest.raises(InvalidInput):
        platform.store.append("trades", INSTRUMENT, trades_of(0, [1]).drop(["price"]))
    platform.store.flush()
    assert (
        lines(platform)['marketdata_store_errors_total{error="InvalidInput",verb="append"}']
        == "1.0"
    )


def test_the_command_serves_until_it_is_stopped(platform):
    heartbeat(platform)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = "from marketdata_platform.cli import main; main()"
    arguments = [
        sys.executable,
        "-c",
        code,
        "--root",
        str(platform.root),
        "metrics",
        "--port",
        str(port),
    ]
    served = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=os.environ)
    try:
        assert "serving" in served.stderr.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert 'marketdata_gatherer_up{gatherer="g1"} 1.0' in answer.read().decode()
        served.send_signal(signal.SIGTERM)
        assert served.wait(10) == 0
    finally:
        served.kill()
        served.wait()


def test_a_scrape_is_cheap_whatever_is_stored(platform):
    for number in range(5):
        platform.store.append("trades", INSTRUMENT, trades_of(number, range(2_000)))
    made = sources(platform)
    text(made)
    started = time.perf_counter()
    text(made)
    assert time.perf_counter() - started < 0.2


@pytest.mark.slow
def test_a_gatherer_serves_its_own_metrics_whatever_its_venue_does(tmp_path, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "marketdata.toml").write_text(
        f'[gatherers.g1]\nmetrics_port = {port}\n[capture.instruments]\n"binance:spot:BTCUSDT" = '
        '["trades"]\n'
        '[endpoints."binance:spot"]\nwebsocket = "ws://127.0.0.1:1"\nrest = "http://127.0.0.1:1"\n'
    )
    monkeypatch.setenv("MARKETDATA_CONFIG", str(tmp_path / "marketdata.toml"))
    code = "from marketdata_platform.cli import main; main()"
    arguments = [
        sys.executable,
        "-c",
        code,
        "--root",
        str(tmp_path / "root"),
        "capture",
        "--seconds",
        "20",
    ]
    gatherer = subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    )
    try:
        told, deadline = "", time.monotonic() + 20
        while (
            'marketdata_gatherer_up{gatherer="g1"} 1.0' not in told and time.monotonic() < deadline
        ):
            time.sleep(0.2)
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{port}/metrics", timeout=5
                ) as answer:
                    told = answer.read().decode()
            except OSError:
                continue
        assert 'marketdata_gatherer_up{gatherer="g1"} 1.0' in told
        assert "marketdata_gatherer_connection_attempts_total" in told
    finally:
        gatherer.terminate()
        gatherer.wait(20)


def test_a_gatherers_exporter_loads_no_heavy_library():
    code = (
        "import sys; import marketdata_platform.cli.commands.capture;"
        "print([m for m in ('polars', 'numba', 'duckdb', 'psycopg', 'dagster') if m in "
        "sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
