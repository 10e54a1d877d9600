"""What Dagster knows of runs, as the decisions in workflows/ want it; and how a run is ended from
here.

Belongs here: queries of the run storage. Does not: deciding.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dagster as dg
from dagster._core.launcher import DefaultRunLauncher

from marketdata_platform.core.errors import TransientError
from marketdata_platform.defs.tags import GATHERER_TAG
from marketdata_platform.workflows.watching.keep_alive import EndedRun, LiveRun, Phase

_SECOND_US = 1_000_000
_WAITING = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
)
_OVER = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
_GOING = (*_WAITING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
_RETRIES, _RETRY_SECONDS = 3, 5
_ENDED_LOOKED_AT = 12  # enough for the back-off to reach its longest wait


def live_runs(instance: dg.DagsterInstance, gatherer: str) -> list[LiveRun]:
    """Runs of a gatherer that have not ended, newest first."""
    return [_live(record) for record in _records(instance, gatherer, _GOING, None)]


def ended_runs(instance: dg.DagsterInstance, gatherer: str) -> list[EndedRun]:
    """The latest runs of a gatherer that are over, newest first."""
    return [_ended(record) for record in _records(instance, gatherer, _OVER, _ENDED_LOOKED_AT)]


def newest_run(instance: dg.DagsterInstance, gatherer: str) -> str:
    """The newest run of a gatherer, in whatever state; empty: there never was one."""
    records = instance.get_run_records(dg.RunsFilter(tags={GATHERER_TAG: gatherer}), limit=1)
    return records[0].dagster_run.run_id if records else ""


def going_run(instance: dg.DagsterInstance, job: str) -> dg.RunRecord | None:
    """The newest run of a job that has not ended."""
    wanted = dg.RunsFilter(job_name=job, statuses=list(_GOING))
    return next(iter(instance.get_run_records(wanted, limit=1)), None)


def still_going(instance: dg.DagsterInstance, job: str) -> str | None:
    """Why another run of `job` must not start now: which one is still going; None when none is."""
    record = going_run(instance, job)
    if record is None:
        return None
    run = record.dagster_run
    return (
        f"run {run.run_id[:8]} of {job} is {run.status.value.lower()} since "
        f"{record.create_timestamp:%H:%M:%S} UTC"
    )


@contextmanager
def patiently(*, unless: type[TransientError] | None = None) -> Iterator[None]:
    """What may succeed later, a store that another run holds, is tried again by the same run before
    it fails.

    Raises:
        dagster.RetryRequested: which makes Dagster try the op again.
    """
    try:
        yield
    except TransientError as error:
        if unless is not None and isinstance(error, unless):
            raise
        raise dg.RetryRequested(max_retries=_RETRIES, seconds_to_wait=_RETRY_SECONDS) from error


def ask_launcher(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Let the launcher end a run whose process is silent; False where it cannot.

    Dagster's own launcher must not be asked: it wakes the process through an event that waits for
    the waker's answer, so a frozen one blocks the code server, and with it every later launch (seen
    with SIGSTOP on Dagster 1.13.27).
    """
    if isinstance(instance.run_launcher, DefaultRunLauncher):
        return False
    try:
        return bool(instance.run_coordinator.cancel_run(run_id))
    except dg.DagsterError:
        return False


def give_up(instance: dg.DagsterInstance, run_id: str, why: str) -> None:
    """Record a run as failed, whatever became of its process."""
    run = instance.get_run_by_id(run_id)
    if run is not None and run.status not in _OVER:
        instance.report_run_failed(run, why)


def _records(
    instance: dg.DagsterInstance,
    gatherer: str,
    statuses: Sequence[dg.DagsterRunStatus],
    limit: int | None,
) -> Sequence[dg.RunRecord]:
    wanted = dg.RunsFilter(tags={GATHERER_TAG: gatherer}, statuses=list(statuses))
    return instance.get_run_records(wanted, limit=limit)


def _live(record: dg.RunRecord) -> LiveRun:
    status = record.dagster_run.status
    if status in _WAITING or record.start_time is None:
        return LiveRun(record.dagster_run.run_id, Phase.WAITING, _created_us(record))
    phase = Phase.ENDING if status is dg.DagsterRunStatus.CANCELING else Phase.RUNNING
    return LiveRun(record.dagster_run.run_id, phase, int(record.start_time * _SECOND_US))


def _ended(record: dg.RunRecord) -> EndedRun:
    run = record.dagster_run
    ended_us = (
        int(record.end_time * _SECOND_US)
        if record.end_time
        else _us(record.update_timestamp.timestamp())
    )
    started_us = int(record.start_time * _SECOND_US) if record.start_time else ended_us
    failed = run.status is dg.DagsterRunStatus.FAILURE
    return EndedRun(run.run_id, ended_us, (ended_us - started_us) / _SECOND_US, failed)


def _created_us(record: dg.RunRecord) -> int:
    return _us(record.create_timestamp.timestamp())


def _us(seconds: float) -> int:
    return int(seconds * _SECOND_US)
