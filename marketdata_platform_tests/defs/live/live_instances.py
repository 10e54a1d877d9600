"""Dagster instances with runs in any state, and deployments that are configured to record, for
tests of sensors.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
from dagster import DagsterEvent, DagsterEventType

from marketdata_platform.definitions import build_definitions
from marketdata_platform.defs.live.capture import CAPTURE
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform.defs.tags import GATHERER_TAG
from marketdata_platform.workflows.bookkeeping.gatherer_status import (
    GathererStatus,
    write_heartbeat,
)

BTC, ETH = "binance:spot:BTCUSDT", "binance:spot:ETHUSDT"
CONFIGURED = f"""
start_date = "2024-07-01"
gatherers = ["g1", "g-2"]
[capture]
session_seconds = 3600
overlap_seconds = 10
heartbeat_stale_seconds = 30
[capture.instruments]
"{BTC}" = ["trades", "quotes"]
"{ETH}" = ["trades"]
"""


@contextmanager
def configured(folder: Path, monkeypatch, text: str = CONFIGURED) -> Iterator[Live]:
    """A deployment that records, and an instance of Dagster's on the same folder."""
    (folder / "marketdata.toml").write_text(text)
    monkeypatch.setenv("MARKETDATA_CONFIG", str(folder / "marketdata.toml"))
    if text not in _DEFINITIONS:  # they take a second to build, and hold nothing of the folder
        _DEFINITIONS[text] = build_definitions()
    instance = _instance()
    instance.run_storage.wipe()
    instance.event_log_storage.wipe()
    yield Live(folder / "root", instance, _DEFINITIONS[text])


@cache
def _instance() -> dg.DagsterInstance:
    """One for the whole process, in memory where there is a disk of it: SQLite would wait for each
    event's fsync.
    """
    return dg.DagsterInstance.local_temp(_home().name)


@cache
def _home() -> TemporaryDirectory[str]:
    """Its folder, gone when the process ends."""
    memory = Path("/dev/shm")
    return TemporaryDirectory(prefix="dagster-", dir=memory if memory.is_dir() else None)


_DEFINITIONS: dict[str, dg.Definitions] = {}


class Live:
    """What a test of a sensor needs."""

    def __init__(
        self, root: Path, instance: dg.DagsterInstance, definitions: dg.Definitions
    ) -> None:
        self.root, self.instance, self.definitions = root, instance, definitions
        self.resource = PlatformResource(root=str(root))
        self.repository = self.definitions.get_repository_def()

    def sensor(self, name: str, cursor: str | None = None) -> dg.SensorResult:
        """One tick of a sensor; run requests come with the job's own tags."""
        context = dg.SensorEvaluationContext(
            instance_ref=self.instance.get_ref(),
            instance=self.instance,
            cursor=cursor,
            repository_def=self.repository,
            resources={"platform": self.resource},
            sensor_name=name,
        )
        return self.repository.get_sensor_def(name).evaluate_tick(context)

    def schedule(self, name: str) -> dg.ScheduleExecutionData:
        """One tick of a schedule, now."""
        context = dg.build_schedule_context(
            instance=self.instance,
            scheduled_execution_time=datetime.now(UTC),
            repository_def=self.repository,
        )
        return self.repository.get_schedule_def(name).evaluate_tick(context)

    def execute(self, job: str, **options: object) -> dg.ExecuteInProcessResult:
        """A run of a job in this process."""
        return self.repository.get_job(job).execute_in_process(
            instance=self.instance, resources={"platform": self.resource}, **options
        )

    def fail_sensor(self, name: str, failed: dg.ExecuteInProcessResult) -> None:
        """Tell a run-failure sensor of a failed run."""
        event = next(
            e
            for e in failed.all_events
            if e.is_failure and e.event_type_value == "PIPELINE_FAILURE"
        )
        context = dg.build_run_status_sensor_context(
            sensor_name=name,
            dagster_instance=self.instance,
            dagster_run=failed.dagster_run,
            dagster_event=event,
        ).for_run_failure()
        self.repository.get_sensor_def(name)(context)

    def run(
        self, gatherer: str, status: str = "STARTED", ago: float = 0.0, job: str = CAPTURE
    ) -> str:
        """A run as Dagster's storage would hold it, in this state since `ago` seconds."""
        tags = {GATHERER_TAG: gatherer} if gatherer else {}
        config = {"ops": {"record": {"config": {"gatherer": gatherer}}}} if job == CAPTURE else {}
        run = self.instance.create_run_for_job(
            self.definitions.resolve_job_def(job), run_config=config, tags=tags
        )
        for event in _EVENTS[status]:
            happened = DagsterEvent(event_type_value=event.value, job_name=job)
            self.instance.run_storage.handle_run_event(
                run.run_id, happened, _moment(time.time() - ago)
            )
        return run.run_id

    def beat(
        self, gatherer: str, run_id: str = "", ago: float = 0.0, **changes: object
    ) -> GathererStatus:
        """A heartbeat that is `ago` seconds old."""
        folder = self.root / "journals" / gatherer
        folder.mkdir(parents=True, exist_ok=True)
        at = int((time.time() - ago) * 1_000_000)
        status = GathererStatus(
            gatherer, os.getpid(), socket.gethostname(), run_id, at - 1_000_000, at, "capturing"
        )
        for name, value in changes.items():
            setattr(status, name, value)
        write_heartbeat(folder, status)
        return status

    def status(self, run_id: str) -> str:
        run = self.instance.get_run_by_id(run_id)
        assert run is not None
        return run.status.value

    def checks(self, name: str) -> list[bool]:
        """Every evaluation of a check, oldest first."""
        records = self.instance.event_log_storage.get_logs_for_run(
            "", of_type=DagsterEventType.ASSET_CHECK_EVALUATION
        )
        data = [r.dagster_event.asset_check_evaluation_data for r in records]
        return [d.passed for d in data if d.check_name == name]


_START = [DagsterEventType.RUN_STARTING, DagsterEventType.RUN_START]
_EVENTS = {
    "STARTING": [DagsterEventType.RUN_STARTING],
    "STARTED": _START,
    "CANCELING": [*_START, DagsterEventType.RUN_CANCELING],
    "SUCCESS": [*_START, DagsterEventType.RUN_SUCCESS],
    "FAILURE": [*_START, DagsterEventType.RUN_FAILURE],
}


def _moment(seconds: float) -> datetime:

    return datetime.fromtimestamp(seconds, UTC)
