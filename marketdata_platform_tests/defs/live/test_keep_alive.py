"""The keep-alive sensors on a real Dagster instance: what they launch, reap and tell."""

import subprocess
import sys
import time
from contextlib import contextmanager

import dagster as dg
import pytest

from marketdata_platform.defs.live.live_checks import HEARTBEAT_CHECK
from marketdata_platform.settings import load_settings
from marketdata_platform_tests.defs.live.live_instances import CONFIGURED, Live, configured

G1, G2 = "keep_alive_g1", "keep_alive_g__2"


@pytest.fixture
def live(tmp_path, monkeypatch):
    with configured(tmp_path, monkeypatch) as made:
        yield made


def test_a_gatherer_that_nobody_runs_is_started_with_nothing_but_its_name(live):
    (request,) = live.sensor(G2).run_requests
    assert request.run_config == {"ops": {"record": {"config": {"gatherer": "g-2"}}}}
    assert request.tags["marketdata/gatherer"] == "g-2"
    assert request.run_key == "g-2 after none"


def test_while_its_run_waits_starts_or_lives_no_other_is_launched(live):
    for status in ("STARTING", "STARTED"):
        run = live.run("g1", status)
        live.beat("g1", run)
        told = live.sensor(G1)
        assert not told.run_requests
        assert run[:8] in told.skip_message
    assert live.sensor(G2).run_requests, "the other gatherer's runs are no business of this one"


def test_the_runs_of_before_a_restart_are_known_again_without_a_cursor(live):
    run = live.run("g1", ago=1_000)
    live.beat("g1", run)
    assert not live.sensor(G1, cursor=None).run_requests
    with dg.DagsterInstance.from_ref(live.instance.get_ref()) as restarted:
        assert not Live(live.root, restarted, live.definitions).sensor(G1, cursor=None).run_requests


def test_a_tick_that_is_evaluated_again_asks_for_the_same_run(live):
    live.run("g1", "FAILURE", ago=500)
    first, second = live.sensor(G1), live.sensor(G1)
    assert first.run_requests[0].run_key == second.run_requests[0].run_key
    live.run("g1", "FAILURE", ago=100)
    assert live.sensor(G1).run_requests[0].run_key != first.run_requests[0].run_key


def test_the_successor_is_launched_one_overlap_before_the_session_ends(live):
    run = live.run("g1", ago=3_591)
    live.beat("g1", run)
    told = live.sensor(G1)
    assert told.run_requests[0].run_key == f"g1 after {run}"
    successor = live.run("g1")
    assert not live.sensor(G1, told.cursor).run_requests
    assert live.status(run) == live.status(successor) == "STARTED"


def test_a_run_of_a_lost_host_is_failed_and_replaced(live):
    run = live.run("g1", ago=1_000)
    live.beat("g1", run, ago=60, host="another-host")
    first = live.sensor(G1)
    assert not first.run_requests
    assert live.status(run) == "STARTED", "one look at an old heartbeat proves nothing"
    second = live.sensor(G1, first.cursor)
    assert live.status(run) == "FAILURE"
    third = live.sensor(G1, second.cursor)
    assert third.run_requests[0].run_key == f"g1 after {run}"
    assert [e.passed for told in (first, second, third) for e in told.asset_events] == [True, False]
    assert second.asset_events[0].check_name == HEARTBEAT_CHECK
    assert "capture.heartbeat_stale_seconds" in second.asset_events[0].description


def test_a_gatherer_that_lives_outside_dagster_is_not_started(live):
    live.beat("g1")
    told = live.sensor(G1)
    assert not told.run_requests
    assert "outside Dagster" in told.skip_message


HOLDER = """
import sys, time
from pathlib import Path
from marketdata_platform.journal.writing.lock import WriterLock
held = WriterLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(30)
"""


@contextmanager
def process(*words):
    """Another Python process; it does not outlive the block."""
    started = subprocess.Popen([sys.executable, "-c", *words], stdout=subprocess.PIPE)
    try:
        yield started
    finally:
        started.kill()
        started.wait(10)
        started.stdout.close()


def test_a_silent_process_on_this_machine_is_first_asked_to_drain(live):
    folder = live.root / "journals" / "g1"
    folder.mkdir(parents=True)
    with process(HOLDER, str(folder)) as silent:
        assert silent.stdout.readline() == b"held\n"
        run = live.run("g1", ago=1_000)
        live.beat("g1", run, ago=60, pid=silent.pid)
        told = live.sensor(G1, live.sensor(G1).cursor)
        assert silent.wait(10) == -15
    assert live.status(run) == "STARTED", "its own process says how it ended"
    assert not told.run_requests


def test_a_process_that_hangs_with_the_journal_is_killed_when_its_run_is_given_up(live):
    folder = live.root / "journals" / "g1"
    folder.mkdir(parents=True)
    with process(HOLDER, str(folder)) as hung:
        assert hung.stdout.readline() == b"held\n"
        run = live.run("g1", "CANCELING", ago=1_000)
        asked = int((time.time() - 60) * 1_000_000)
        live.beat("g1", run, ago=90, pid=hung.pid)
        beat_us = live.beat("g1", run, ago=90, pid=hung.pid).beat_us
        cursor = (
            f'{{"alive": false, "beat_us": {beat_us}, "seen_us": {asked}, "asked": "{run}", '
            f'"asked_us": {asked}}}'
        )
        live.sensor(G1, cursor)
        assert hung.wait(10) == -9
    assert live.status(run) == "FAILURE"


def test_a_process_that_only_has_the_number_of_a_dead_gatherer_is_left_alone(live):
    folder = live.root / "journals" / "g1"
    folder.mkdir(parents=True)
    with process("import time; time.sleep(30)") as innocent:
        (folder / "writer.lock").write_text(f"{innocent.pid}\n")
        run = live.run("g1", "CANCELING", ago=1_000)
        asked = int((time.time() - 60) * 1_000_000)
        beat_us = live.beat("g1", run, ago=90, pid=innocent.pid).beat_us
        cursor = (
            f'{{"alive": false, "beat_us": {beat_us}, "seen_us": {asked}, "asked": "{run}", '
            f'"asked_us": {asked}}}'
        )
        live.sensor(G1, cursor)
        assert live.status(run) == "FAILURE"
        assert innocent.poll() is None


def test_with_managed_off_sensors_only_watch_and_tell(tmp_path, monkeypatch):
    with configured(
        tmp_path, monkeypatch, CONFIGURED.replace("[capture]", "[capture]\nmanaged = false")
    ) as live:
        first = live.sensor(G1)
        assert not first.run_requests
        assert [e.passed for e in first.asset_events] == [False]
        live.beat("g1")
        second = live.sensor(G1, first.cursor)
        assert [e.passed for e in second.asset_events] == [True]
        assert not live.sensor(G1, second.cursor).asset_events, "only changes are told"


def test_sensors_are_on_where_something_is_recorded_and_off_else(live, tmp_path, monkeypatch):
    on = {s.name: s.default_status.value for s in live.repository.sensor_defs}
    assert set(on.values()) == {"RUNNING"}
    schedules = {s.name: s.default_status.value for s in live.repository.schedule_defs}
    assert schedules["dedup_each_minute"] == schedules["refresh_open_day"] == "RUNNING"
    assert schedules["yesterday"] == "STOPPED"
    empty = tmp_path / "empty"
    empty.mkdir()
    with configured(empty, monkeypatch, "") as quiet:
        assert not load_settings().captured()
        started = [*quiet.repository.sensor_defs, *quiet.repository.schedule_defs]
        assert {s.default_status.value for s in started} == {"STOPPED"}
