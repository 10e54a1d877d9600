"""One sensor per gatherer: exactly one live run of it, handed over before its session ends,
replaced when it dies.

Belongs here: looking, and doing what workflows/watching/keep_alive.py decided. A tick queries; it
waits for nothing.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from marketdata_platform.defs.live.capture import CAPTURE, RECORD
from marketdata_platform.defs.live.live_checks import (
    HEARTBEAT_CHECK,
    heartbeat_of,
    journal_key,
)
from marketdata_platform.defs.live.runs import (
    ask_launcher,
    ended_runs,
    give_up,
    live_runs,
    newest_run,
)
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform.defs.tags import GATHERER_TAG
from marketdata_platform.journal.writing.process_cleanup import ask_silent, end_hung
from marketdata_platform.platform.gatherers.journal_folders import journal_folder
from marketdata_platform.settings import Settings
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus
from marketdata_platform.workflows.watching.keep_alive import Decision, Memory, Rules, decide

_TICK_SECONDS = 5


def keep_alive_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """A sensor for each configured gatherer; on from the start where something is to be
    recorded.
    """
    on = bool(settings.capture.instruments)
    return [_sensor(name, on=on) for name in settings.gatherers]


def sensor_name(gatherer: str) -> str:
    """Dagster's names hold no hyphens, gatherers' names may."""
    return f"keep_alive_{gatherer.replace('-', '__')}"


def capture_request(gatherer: str, previous: str) -> dg.RunRequest:
    """A run of `gatherer`. `previous`, its newest run so far, makes the request unique: it is not
    launched twice.
    """
    return dg.RunRequest(
        run_key=f"{gatherer} after {previous or 'none'}",
        run_config={"ops": {RECORD: {"config": {"gatherer": gatherer}}}},
        tags={GATHERER_TAG: gatherer},
    )


def _sensor(gatherer: str, *, on: bool) -> dg.SensorDefinition:
    @dg.sensor(
        name=sensor_name(gatherer),
        job_name=CAPTURE,
        minimum_interval_seconds=_TICK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING if on else dg.DefaultSensorStatus.STOPPED,
        description=(
            f"Keeps one run of the gatherer {gatherer} alive: starts it, hands over to a successor "
            "before the session "
            "ends, replaces what dies or falls silent. With capture.managed = false it only "
            "watches."
        ),
    )
    def keep_alive(
        context: dg.SensorEvaluationContext, platform: PlatformResource
    ) -> dg.SensorResult:
        settings = platform.settings()
        beat = heartbeat_of(settings, gatherer)
        was_alive, memory = _remembered(context.cursor)
        live, ended = live_runs(context.instance, gatherer), ended_runs(context.instance, gatherer)
        now_us = int(datetime.now(UTC).timestamp() * 1_000_000)
        found = decide(_rules(settings), now_us, beat, live, ended, memory)
        _end(context, settings, gatherer, beat, found)
        request = _start(context, gatherer, found)
        first_start = was_alive is None and found.launch
        alive = None if first_start else found.alive  # the first start is no news
        news = alive is not None and alive != was_alive
        return dg.SensorResult(
            run_requests=request,
            skip_reason=None if request else found.said,
            cursor=json.dumps({"alive": alive, **asdict(found.memory)}),
            asset_events=[_evaluation(gatherer, beat, found)] if news else [],
        )

    return keep_alive


def _start(
    context: dg.SensorEvaluationContext, gatherer: str, found: Decision
) -> list[dg.RunRequest] | None:
    """A request for a run where one is to start."""
    if not found.launch:
        return None
    context.log.info(found.said)
    return [capture_request(gatherer, newest_run(context.instance, gatherer))]


def _rules(settings: Settings) -> Rules:
    capture = settings.capture
    return Rules(
        session_seconds=capture.session_seconds,
        overlap_seconds=capture.overlap_seconds,
        stale_seconds=capture.heartbeat_stale_seconds,
        managed=capture.managed,
    )


def _end(
    context: dg.SensorEvaluationContext,
    settings: Settings,
    gatherer: str,
    beat: GathererStatus | None,
    found: Decision,
) -> None:
    """Ask a run to end, or give it up; a process that hangs would keep the journal from its
    successor.
    """
    if found.ask is None and found.fail is None:
        return
    context.log.warning(found.said)
    folder = journal_folder(settings, gatherer)
    of_run = beat if beat is not None and beat.run_id in (found.ask, found.fail) else None
    if found.ask is not None:
        _ask_to_end(context.instance, folder, found.ask, of_run, found.said)
    if found.fail is not None:
        hung = None if found.alive else of_run
        _give_up(context.instance, folder, found.fail, hung, found.said)


def _ask_to_end(
    instance: dg.DagsterInstance, folder: Path, run_id: str, beat: GathererStatus | None, said: str
) -> None:
    """Ask the process of the run's heartbeat, else its launcher; without an answer give it up."""
    if beat is not None and ask_silent(folder, beat) is not None:
        return
    if not ask_launcher(instance, run_id):
        give_up(instance, run_id, f"{said}; its process cannot be reached")


def _give_up(
    instance: dg.DagsterInstance, folder: Path, run_id: str, hung: GathererStatus | None, said: str
) -> None:
    """The run has failed; the process of the heartbeat `hung` is killed."""
    killed = None if hung is None else end_hung(folder, hung)
    held = f"; process {killed} hung and was killed" if killed else ""
    give_up(instance, run_id, said + held)


def _remembered(cursor: str | None) -> tuple[bool | None, Memory]:
    if not cursor:
        return None, Memory()
    held = json.loads(cursor)
    return held.pop("alive"), Memory(**held)


def _evaluation(
    gatherer: str, beat: GathererStatus | None, found: Decision
) -> dg.AssetCheckEvaluation:
    """The check `heartbeat`, reported when it changes."""
    metadata: dict[str, Any] = (
        {}
        if beat is None
        else {"host": beat.host, "process": str(beat.pid), "run": beat.run_id, "state": beat.state}
    )
    return dg.AssetCheckEvaluation(
        asset_key=journal_key(gatherer),
        check_name=HEARTBEAT_CHECK,
        passed=found.alive,
        description=found.said,
        metadata=metadata,
    )
