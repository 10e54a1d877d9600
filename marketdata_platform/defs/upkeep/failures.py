"""Failure notices: what a person sees in the UI when a run has failed, and when all is well again.

Belongs here: noticing failed runs, reporting them as events of the asset `notices` and its check.
Does not: sending mail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from marketdata_platform.defs.tags import GATHERER_TAG

NOTICES = dg.AssetKey("notices")
FAILING_CHECK = "nothing_failing"
_PARTITION = "dagster/partition"
_LOOK_BACK = timedelta(days=1)
_LOOKED_AT = 200
_WELL = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED]


@dataclass(frozen=True, slots=True)
class Failing:
    """Work whose latest run has failed: a job, of one gatherer or of one partition."""

    what: str
    run_id: str
    at: datetime


def failing_work(instance: dg.DagsterInstance, now: datetime) -> list[Failing]:
    """What failed in the last day and has not been well since. Newest first."""
    wanted = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=now - _LOOK_BACK)
    latest: dict[str, dg.RunRecord] = {}
    for record in instance.get_run_records(wanted, limit=_LOOKED_AT):  # newest first
        latest.setdefault(_work(record.dagster_run), record)
    return [
        Failing(what, record.dagster_run.run_id, record.update_timestamp)
        for what, record in latest.items()
        if not _well_since(instance, record)
    ]


def _well_since(instance: dg.DagsterInstance, failed: dg.RunRecord) -> bool:
    """True if the same work has succeeded later; a gatherer need only run again."""
    run = failed.dagster_run
    gatherer = run.tags.get(GATHERER_TAG)
    well = [*_WELL, dg.DagsterRunStatus.STARTED] if gatherer else _WELL
    tags = {tag: run.tags[tag] for tag in (GATHERER_TAG, _PARTITION) if tag in run.tags}
    later = instance.get_run_records(
        dg.RunsFilter(job_name=run.job_name, tags=tags, statuses=well), limit=1
    )
    return any(record.storage_id > failed.storage_id for record in later)


def standing(failing: Iterable[Failing]) -> dg.AssetCheckEvaluation:
    """The check `nothing_failing` as it stands."""
    found = list(failing)
    listed = ", ".join(f"{f.what} (run {f.run_id[:8]})" for f in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return dg.AssetCheckEvaluation(
        asset_key=NOTICES,
        check_name=FAILING_CHECK,
        passed=not found,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"failing: {listed}{more}"
        if found
        else "the latest run of every job of the last day is well",
        metadata={"failing": len(found)}
        | {f.what: dg.MetadataValue.dagster_run(f.run_id) for f in found[:20]},
    )


def failing_check() -> dg.AssetChecksDefinition:
    """The check by hand; the sensor and each landing evaluate it, too."""

    @dg.multi_asset_check(
        name=FAILING_CHECK,
        specs=[
            dg.AssetCheckSpec(
                FAILING_CHECK,
                asset=NOTICES,
                description=(
                    "The latest run of every job, gatherer and partition of the last day has not "
                    "failed."
                ),
            )
        ],
    )
    def nothing_failing(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        found = standing(failing_work(context.instance, datetime.now(UTC)))
        return dg.AssetCheckResult(
            passed=found.passed,
            severity=found.severity,
            description=found.description,
            metadata=found.metadata,
        )

    return nothing_failing


def notice_sensor(*, on: bool) -> dg.SensorDefinition:
    """`failure_notices`: one observation of `notices` for each failed run, and the check turned
    red.
    """

    @dg.run_failure_sensor(
        name="failure_notices",
        minimum_interval_seconds=10,
        default_status=dg.DefaultSensorStatus.RUNNING if on else dg.DefaultSensorStatus.STOPPED,
        description=(
            "Reports each failed run as an observation of `notices`, and turns its check red until "
            "it is well."
        ),
    )
    def failure_notices(context: dg.RunFailureSensorContext) -> None:
        context.instance.report_runless_asset_event(_notice(context))
        now = datetime.now(UTC)
        context.instance.report_runless_asset_event(standing(failing_work(context.instance, now)))

    return failure_notices


def _notice(context: dg.RunFailureSensorContext) -> dg.AssetObservation:
    run = context.dagster_run
    reasons = [_reason(event) for event in context.get_step_failure_events()]
    reason = "; ".join(reasons) or context.failure_event.message or "the run failed"
    return dg.AssetObservation(
        NOTICES,
        description=f"{_work(run)}: {reason}"[:2_000],
        metadata={
            "what": _work(run),
            "reason": reason[:2_000],
            "run": dg.MetadataValue.dagster_run(run.run_id),
        },
    )


def _reason(event: dg.DagsterEvent) -> str:
    """What our code raised: Dagster wraps it in an error that says only which op it was."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    message = error.message.strip() if error is not None else event.message or "failed"
    return message.removeprefix("marketdata_platform.core.errors.")


def _work(run: dg.DagsterRun) -> str:
    """What a later run has to succeed at for this one to be forgotten."""
    of = run.tags.get(GATHERER_TAG) or run.tags.get(_PARTITION)
    return f"{run.job_name} {of}" if of else run.job_name
