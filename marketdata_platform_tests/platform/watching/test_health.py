import json
import threading
import time

import pytest

from marketdata_platform.observe.metrics_recorder import MetricsRecorder
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.watching import health as health_module
from marketdata_platform.platform.watching.health import CHECKS, health
from marketdata_platform.stores.duckdb_files.file_lock import FileLock
from marketdata_platform.workflows.bookkeeping.gatherer_status import (
    GathererStatus,
    write_heartbeat,
)
from marketdata_platform.workflows.watching.health import Check, exit_status, worst
from marketdata_platform_tests.cli.commands import Terminal
from marketdata_platform_tests.workflows.days import INSTRUMENT, trades_of

RECORDED = (
    'gatherers = ["g1", "g2"]\n[capture.instruments]\n"binance:futures:BTCUSDT" = ["trades"]\n'
)


@pytest.fixture
def configured(tmp_path, monkeypatch):
    def make(text=""):
        config = tmp_path / "marketdata.toml"
        config.write_text(text)
        monkeypatch.setenv("MARKETDATA_CONFIG", str(config))
        return open_platform(tmp_path / "root")

    return make


def heartbeat(platform, gatherer, age_seconds=0.0, stopped=""):
    folder = platform.root / "journals" / gatherer
    folder.mkdir(parents=True, exist_ok=True)
    at = time.time_ns() // 1_000 - int(age_seconds * 1e6)
    write_heartbeat(
        folder, GathererStatus(gatherer, 1, "h", "", at, at, "capturing", stopped_reason=stopped)
    )


def landed(platform, seconds_ago):
    book = MetricsRecorder(platform.root)
    book.set(
        "marketdata_stage_last_success_timestamp_seconds", time.time() - seconds_ago, stage="land"
    )
    book.flush()


def verdicts(platform):
    return {check.name: check.status for check in health(platform)}


def test_a_new_root_is_well(configured):
    assert verdicts(configured()) == dict.fromkeys(CHECKS, "ok")


def test_gatherers_and_landing_decide_what_is_degraded_and_what_has_failed(configured):
    platform = configured(RECORDED)
    platform.root.mkdir()
    assert verdicts(platform)["gatherers"] == "failed"
    heartbeat(platform, "g1")
    assert verdicts(platform)["gatherers"] == "degraded"
    heartbeat(platform, "g2")
    assert verdicts(platform) | {"landing": "degraded"} == dict.fromkeys(CHECKS, "ok") | {
        "landing": "degraded"
    }
    for ago, status in ((10, "ok"), (600, "degraded"), (7_200, "failed")):
        landed(platform, ago)
        assert verdicts(platform)["landing"] == status, ago
    heartbeat(platform, "g2", stopped="the disk is full")
    assert verdicts(platform)["gatherers"] == "degraded"
    heartbeat(platform, "g2", age_seconds=120)
    (check,) = health(platform, only=["gatherers"])
    assert check.facts["dead"] == ["g2"]


def test_a_check_that_hangs_fails_in_time_and_keeps_no_other_waiting(configured, monkeypatch):
    platform = configured()
    never = threading.Event()
    monkeypatch.setitem(
        health_module.CHECKS, "archive", lambda _: never.wait(60) and Check("archive", "ok", "")
    )
    started = time.monotonic()
    found = {check.name: check for check in health(platform, timeout_seconds=0.5)}
    assert time.monotonic() - started < 3
    assert (found["archive"].status, found["archive"].text) == ("failed", "no answer in 0.5 s")
    assert found["store"].status == "ok"
    never.set()


def test_the_command_tells_probes_by_its_status_and_machines_by_json(configured, monkeypatch):
    platform = configured(RECORDED)
    platform.store.append("trades", INSTRUMENT, trades_of(0, range(3)))
    terminal = Terminal(monkeypatch, platform.root)
    assert terminal.run("health").status == 2
    assert terminal.run("health", "--check", "store", "--check", "root").status == 0
    told = json.loads(terminal.run("health", "--json").out)
    assert told["status"] == "failed"
    assert [check["name"] for check in told["checks"]] == list(CHECKS)
    assert "no check is called" in terminal.run("health", "--check", "sotre").err


def test_a_gatherers_own_probe_looks_at_it_alone(configured, monkeypatch):
    platform = configured(RECORDED)
    heartbeat(platform, "g1")
    terminal = Terminal(monkeypatch, platform.root)
    assert terminal.run("health", "--gatherer", "g1").status == 0
    assert terminal.run("health", "--gatherer", "g2").status == 2
    assert "no gatherer is called" in terminal.run("health", "--gatherer", "g9").out


def test_a_store_that_is_being_written_is_well_and_told(configured, monkeypatch):
    platform = configured()
    platform.store.append("trades", INSTRUMENT, trades_of(0, range(3)))
    platform.store.close()
    lock = FileLock(next(platform.root.glob("data/**/*.lock")), exclusive=True, timeout_seconds=1)
    ran = Terminal(monkeypatch, platform.root).run("health", "--check", "store")
    lock.release()
    assert ran.status == 0
    assert "in use" in ran.out


def test_a_wrong_configuration_fails_and_shows_no_secret(configured, monkeypatch, tmp_path):
    configured()
    terminal = Terminal(monkeypatch, tmp_path / "root")
    for text in (
        'store = "postgresql://app:c4n4ry@127.0.0.1:1/market"\n',
        'archive = "ftp://user:c4n4ry@host/x"\n',
        'store = "mysql://app:c4n4ry@h/db"\n',
        "retention = 5\n",
    ):
        (tmp_path / "marketdata.toml").write_text(text)
        ran = terminal.run("health", "--timeout", "4")
        assert ran.status == 2, text
        assert "c4n4ry" not in ran.out + ran.err, text


def test_the_worst_check_is_the_status_of_all():
    assert worst([]) == "ok"
    assert (
        worst([Check("a", "ok", ""), Check("b", "failed", ""), Check("c", "degraded", "")])
        == "failed"
    )
    assert [exit_status(status) for status in ("ok", "degraded", "failed")] == [0, 1, 2]
