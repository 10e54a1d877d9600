"""Landing as a job: each minute one run, in one process, over all gatherers and instruments.

Belongs here: the run, its schedule, and what it reports. Does not: landing
(platform.use_cases.land).
"""

from datetime import UTC, datetime
from typing import Any

import dagster as dg

from marketdata_platform.defs.assets.report import record_check, report_raw
from marketdata_platform.defs.live.live_checks import evaluations, heartbeat_of, journal_key
from marketdata_platform.defs.live.runs import patiently, still_going
from marketdata_platform.defs.partitions import register
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform.defs.tags import live_tags
from marketdata_platform.defs.upkeep.failures import failing_work, standing
from marketdata_platform.platform import Platform
from marketdata_platform.platform.use_cases.land import land as land_now
from marketdata_platform.workflows.bookkeeping.cursors import cursor_of
from marketdata_platform.workflows.landing.land import Landed, LandResult
from marketdata_platform.workflows.watching.live_quality import landing_lag

LAND = "land"
_LONGEST_SECONDS = 3_600  # a landing of a lost host must not hold up the next ones for ever


def land_job() -> dg.JobDefinition:
    """`land`: what the gatherers recorded since the last time goes into the store."""

    @dg.op(
        name="land_journals",
        description="Read every gatherer's journal from its cursor; decode, deduplicate, store.",
    )
    def land(context: dg.OpExecutionContext, platform: PlatformResource) -> None:
        opened = platform.platform()
        with patiently(), opened.store.session():
            result = land_now(opened)
            register(context.instance, sorted(result.days))
            report_raw(context, opened, result.days, all_days=False)
            for name, landed in result.by_gatherer.items():
                if name in opened.settings.gatherers:
                    context.log_event(_journal(opened, name, landed))
            for evaluation in evaluations(opened):
                record_check(context, evaluation)
        record_check(context, standing(failing_work(context.instance, datetime.now(UTC))))
        context.add_output_metadata(_totals(opened, result))
        context.log.info(
            f"{result.frames} frames in {result.seconds:.1f} s: {result.inserted} rows new, "
            f"{result.duplicates} known, "
            f"{result.quarantined} quarantined, {result.gaps_opened} gaps opened"
        )

    @dg.job(
        name=LAND,
        executor_def=dg.in_process_executor,
        tags=live_tags(LAND, priority=5, max_seconds=_LONGEST_SECONDS),
        description=(
            "Land what the gatherers recorded: decode, deduplicate over all of them, store, move "
            "the cursors."
        ),
    )
    def job() -> None:
        land()

    return job


def land_schedule(job: dg.JobDefinition, *, on: bool) -> dg.ScheduleDefinition:
    """`dedup_each_minute`: a run, unless the last one is still going."""

    @dg.schedule(
        name="dedup_each_minute",
        job=job,
        cron_schedule="* * * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING if on else dg.DefaultScheduleStatus.STOPPED,
        description=(
            "Deduplicates what all gatherers recorded and stores it: one run per minute over all "
            "instruments; none while the last is still going."
        ),
    )
    def dedup_each_minute(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        going = still_going(context.instance, LAND)
        return dg.SkipReason(f"{going}: it lands what is new, too") if going else dg.RunRequest()

    return dedup_each_minute


def _journal(platform: Platform, name: str, landed: Landed) -> dg.AssetMaterialization:
    lag = landing_lag(
        name, cursor_of(platform.store, name).ts_recv, heartbeat_of(platform.settings, name)
    )
    return dg.AssetMaterialization(
        journal_key(name),
        metadata={
            "frames": landed.frames,
            "rows": landed.rows,
            "bytes": landed.bytes,
            "quarantined": landed.quarantined,
            "landed up to": landed.position or "the beginning",
            "lag seconds": float(lag.facts.get("lag seconds", 0.0)),
        },
    )


def _totals(platform: Platform, result: LandResult) -> dict[str, Any]:
    heard = [
        f"| {n} | {g.frames} | {g.rows} | {g.quarantined} |"
        for n, g in sorted(result.by_gatherer.items())
    ]
    return {
        "frames": result.frames,
        "rows inserted": result.inserted,
        "duplicates": result.duplicates,
        "conflicts": result.conflicts,
        "quarantined": result.quarantined,
        "gaps opened": result.gaps_opened,
        "seconds": round(result.seconds, 3),
        "by gatherer": dg.MetadataValue.md(
            "\n".join(
                ["| gatherer | frames | rows | quarantined |", "|---|---:|---:|---:|", *heard]
            )
        ),
        "days": {
            str(i): sorted(d.isoformat() for d in days) for i, days in sorted(result.days.items())
        },
    }
