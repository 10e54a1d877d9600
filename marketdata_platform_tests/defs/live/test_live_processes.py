"""Dagster's own processes on a simulated exchange: kills, hangs, restarts, cancelling and hand-over
of real runs.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import psutil
import pytest

import marketdata_platform as md
from marketdata_platform.defs.dagster_home import dagster_home
from marketdata_platform.defs.tags import GATHERER_TAG
from marketdata_platform.platform.use_cases.land import gaps_of, land
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.workflows.bookkeeping.gatherer_status import read_heartbeat

pytestmark = pytest.mark.slow
BTC = "binance:spot:BTCUSDT"
GOING = [
    dg.DagsterRunStatus[name]
    for name in ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING")
]
COMMAND = "from marketdata_platform.cli import main; main()"


class Deployment:
    """A root that `marketdata ui` works on, in processes of its own."""

    def __init__(self, folder: Path, endpoint: dict[str, str], session_seconds: float) -> None:
        self.root = folder / "root"
        self.config = folder / "marketdata.toml"
        self.log = folder / "ui.log"
        self.config.write_text(
            f"""
            root = "{self.root}"
            gatherers = ["g1"]
            [capture]
            session_seconds = {session_seconds}
            overlap_seconds = 10
            heartbeat_stale_seconds = 8
            [capture.instruments]
            "{BTC}" = ["trades"]
            [endpoints."binance:spot"]
            websocket = "{endpoint["websocket"]}"
            rest = "{endpoint["rest"]}"
            """
        )
        self.ui: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {**os.environ, "MARKETDATA_CONFIG": str(self.config)}
        self.ui = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "ui", "--port", str(port)],
            env=environment,
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def stop(self, *, spare: int | None = None) -> None:
        """Kill Dagster's processes; those of the gatherer `spare` stay, as after a daemon that was
        killed.
        """
        assert self.ui is not None
        tree = [psutil.Process(self.ui.pid), *psutil.Process(self.ui.pid).children(recursive=True)]
        for process in tree:
            if process.pid != spare:
                process.kill()
        psutil.wait_procs([p for p in tree if p.pid != spare], timeout=10)
        self.ui.wait(10)

    def beat(self):
        return read_heartbeat(self.root / "journals" / "g1")

    def capturing(self, other_than: str = "", seconds: float = 240) -> object:
        """The heartbeat of a run that records, and is not `other_than`."""

        def found():
            beat = self.beat()
            fresh = beat is not None and beat.state == "capturing" and beat.run_id != other_than
            return beat if fresh and time.time() * 1e6 - beat.beat_us < 3e6 else None

        return self.until(found, seconds)

    def until(self, condition, seconds: float):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.2)
        pytest.fail(f"not within {seconds} s; {self.log.read_text()[-3_000:]}")

    def runs(self, *statuses) -> list[dg.DagsterRun]:
        wanted = dg.RunsFilter(
            tags={GATHERER_TAG: "g1"}, statuses=list(statuses or dg.DagsterRunStatus)
        )
        with dg.DagsterInstance.from_config(str(dagster_home(self.root))) as instance:
            return list(instance.get_runs(wanted))

    def status(self, run_id: str) -> str:
        return next(run.status.value for run in self.runs() if run.run_id == run_id)

    def landed_ids(self) -> list[int]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MARKETDATA_CONFIG", str(self.config))
            platform = md.open()
        land(platform)
        land(platform)
        assert [g for g in gaps_of(platform) if g.status == "open"] == []
        ids = platform.read("trades", BTC)["sequence"].to_list()
        platform.store.close()
        return ids


@pytest.fixture
def deployed(tmp_path):
    made = []
    with SimulatedExchange(ExchangeConfig(instruments=(BTC,), rate=20.0)) as exchange:

        def deploy(session_seconds):
            made.append(Deployment(tmp_path, exchange.endpoints()["binance:spot"], session_seconds))
            made[-1].start()
            return made[-1]

        yield deploy
        for one in made:
            beat = one.beat()
            one.stop()
            if beat is not None and psutil.pid_exists(beat.pid):
                psutil.Process(beat.pid).kill()


def test_a_killed_a_hung_and_a_cancelled_run_are_each_replaced_by_exactly_one(deployed):
    live = deployed(3_600)
    first = live.capturing()
    assert [r.run_id for r in live.runs(*GOING)] == [first.run_id]

    os.kill(first.pid, signal.SIGKILL)
    second = live.capturing(first.run_id)
    assert live.status(first.run_id) == "FAILURE"

    os.kill(second.pid, signal.SIGSTOP)
    third = live.capturing(second.run_id, seconds=300)
    assert (
        not psutil.pid_exists(second.pid)
        or psutil.Process(second.pid).status() == psutil.STATUS_ZOMBIE
    )
    assert live.status(second.run_id) == "FAILURE"

    with dg.DagsterInstance.from_config(str(dagster_home(live.root))) as instance:
        assert instance.run_coordinator.cancel_run(third.run_id)
    fourth = live.capturing(third.run_id)
    live.until(lambda: live.status(third.run_id) == "CANCELED", 90)
    assert [r.run_id for r in live.runs(*GOING)] == [fourth.run_id]
    assert len(live.runs()) == 4


def test_dagster_killed_and_started_again_knows_the_run_that_went_on_alone(deployed):
    live = deployed(3_600)
    first = live.capturing()
    live.stop(spare=first.pid)
    assert psutil.pid_exists(first.pid)
    live.start()
    looks = "Sensor keep_alive_g1 skipped"
    before = live.log.read_text().count(looks)
    live.until(lambda: live.log.read_text().count(looks) >= before + 3, 240)
    assert live.beat().pid == first.pid
    assert [r.run_id for r in live.runs()] == [first.run_id]
    assert live.runs()[0].status is dg.DagsterRunStatus.STARTED


def test_sessions_hand_over_without_losing_a_trade(deployed):
    live = deployed(25)
    first = live.capturing()
    second = live.capturing(first.run_id, seconds=300)
    live.capturing(second.run_id, seconds=300)
    live.until(lambda: live.status(second.run_id) == "SUCCESS", 90)
    assert live.status(first.run_id) == "SUCCESS"
    assert len(live.runs(*GOING)) <= 2
    ids = live.landed_ids()
    assert ids == list(range(ids[0], ids[-1] + 1))
    assert len(ids) > 200
