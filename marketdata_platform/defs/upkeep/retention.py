"""Housekeeping as jobs: hourly export, retention, maintenance, and pruning of Dagster's own
history.

Belongs here: runs, schedules, which are on. Does not: the work (platform.use_cases;
prune.py).
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import dagster as dg

from marketdata_platform.defs.live.runs import patiently, still_going
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform.defs.tags import live_tags
from marketdata_platform.defs.upkeep.prune import prune_runs
from marketdata_platform.settings import Settings

_LONGEST_SECONDS = 6 * 3_600
Facts = dict[str, Any]


def keeping_jobs() -> list[dg.JobDefinition]:
    """`export`, `retain`, `maintain`, `prune`."""
    return [
        _job("export", "Write the hours of the open day that are over into the archive.", _export),
        _job(
            "retain",
            "Delete what is older than configured, as far as it is archived and verified.",
            _retain,
        ),
        _job(
            "maintain",
            "Look after the store: statistics, bloat, compression, chunks, compaction.",
            _maintain,
        ),
        _job(
            "prune",
            "Delete Dagster's old runs; what a partition shows as its latest stays.",
            _prune,
        ),
    ]


def keeping_schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Each on where its work is configured: export with an archive elsewhere, retention where ages
    are given.
    """
    live = bool(settings.capture.instruments)
    elsewhere = settings.archive.url is not None
    return [
        _schedule("s3_export_each_hour", "export", "7 * * * *", on=live and elsewhere),
        _schedule("retention_each_day", "retain", "40 4 * * *", on=bool(settings.retention)),
        _schedule("maintain_each_day", "maintain", "10 3 * * *", on=live),
        _schedule("prune_each_hour", "prune", "23 * * * *", on=live),
    ]


def _job(
    name: str, said: str, work: Callable[[dg.OpExecutionContext, PlatformResource], Facts]
) -> dg.JobDefinition:
    @dg.op(name=f"{name}_now", description=said)
    def op(context: dg.OpExecutionContext, platform: PlatformResource) -> None:
        with patiently():
            context.add_output_metadata(work(context, platform))

    @dg.job(
        name=name,
        executor_def=dg.in_process_executor,
        tags=live_tags("keep", priority=1, max_seconds=_LONGEST_SECONDS),
        description=said,
    )
    def job() -> None:
        op()

    return job


def _schedule(name: str, job: str, cron: str, *, on: bool) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=name,
        job_name=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING if on else dg.DefaultScheduleStatus.STOPPED,
        description=f"Runs the job `{job}`; not while its last run is still going.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        going = still_going(context.instance, job)
        return dg.SkipReason(going) if going else dg.RunRequest()

    return schedule


def _export(context: dg.OpExecutionContext, platform: PlatformResource) -> Facts:
    from marketdata_platform.platform.use_cases.export import export_open_days

    done = export_open_days(platform.platform(), progress=context.log.info)
    return {"hours written": done.hours, "rows": done.rows, "days compacted": done.compacted}


def _retain(context: dg.OpExecutionContext, platform: PlatformResource) -> Facts:
    from marketdata_platform.platform.use_cases.retain import retain

    done = retain(platform.platform(), apply=True)
    for one in done:
        tail = f": {one.reason}" if one.reason else ""
        context.log.info(
            f"{one.action} {one.what} of {one.whose} before {one.before.isoformat()}, {one.rows} "
            f"rows{tail}"
        )
    acted = Counter(one.action for one in done)
    rows = sum(one.rows for one in done if one.action == "delete")
    return {
        "rows deleted": rows,
        **{f"{action} decisions": count for action, count in acted.items()},
    }


def _maintain(context: dg.OpExecutionContext, platform: PlatformResource) -> Facts:
    from marketdata_platform.platform.use_cases.maintain import maintain

    count = 0
    for finding in maintain(platform.platform(), apply=True):
        context.log.info(f"{finding.action} {finding.subject}: {finding.text}")
        count += 1
    return {"findings": count}


def _prune(context: dg.OpExecutionContext, platform: PlatformResource) -> Facts:
    settings = platform.settings()
    keep = settings.retention_of("dagster_runs")
    if keep is None:
        return {"deleted": 0}
    done = prune_runs(context.instance, keep)
    context.log.info(
        f"{done.deleted} runs deleted, {done.kept} kept that partitions still show, of "
        f"{done.looked_at}"
    )
    return {"looked at": done.looked_at, "deleted": done.deleted, "kept": done.kept}
