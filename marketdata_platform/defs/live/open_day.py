"""The open day as a job: each five minutes what is derived follows what has landed.

Belongs here: which days, and reporting to Dagster. Does not: deriving (platform.derive), closing a
day (closing.py). One run in one process over all instruments: a run per instrument would cost two
seconds each.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.defs.live.runs import patiently, still_going
from marketdata_platform.defs.partitions import partition_key, register
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform.defs.tags import live_tags
from marketdata_platform.platform import Platform

REFRESH = "refresh"
_LONGEST_SECONDS = 3_600


def refresh_job() -> dg.JobDefinition:
    """`refresh`: bars and order flow of the open day, and of yesterday until it is closed."""

    @dg.op(
        name="derive_open_days",
        description="Derive the open day of every captured instrument anew where trades have come.",
    )
    def refresh(context: dg.OpExecutionContext, platform: PlatformResource) -> None:
        opened = platform.platform()
        made = 0
        with patiently():
            for instrument, days in open_days(opened, datetime.now(UTC)):
                register(context.instance, [instrument])
                for result in opened.derive(instrument, days):
                    if result.computed:
                        key = partition_key(instrument, result.day)
                        metadata = {"dagster/row_count": result.rows, "open day": True}
                        context.log_event(
                            dg.AssetMaterialization(
                                result.dataset, partition=key, metadata=metadata
                            )
                        )
                        made += 1
        context.add_output_metadata({"partitions derived": made})
        context.log.info(f"{made} partitions derived")

    @dg.job(
        name=REFRESH,
        executor_def=dg.in_process_executor,
        tags=live_tags(REFRESH, priority=2, max_seconds=_LONGEST_SECONDS),
        description="Bring bars and order flow of the open day up to date with what has landed.",
    )
    def job() -> None:
        refresh()

    return job


def refresh_schedule(job: dg.JobDefinition, *, on: bool) -> dg.ScheduleDefinition:
    """`refresh_open_day`: each five minutes, two minutes after landing has reported."""

    @dg.schedule(
        name="refresh_open_day",
        job=job,
        cron_schedule="2-59/5 * * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING if on else dg.DefaultScheduleStatus.STOPPED,
        description=(
            "Each five minutes, bars and order flow of the open day; none while the last run is "
            "still going."
        ),
    )
    def refresh_open_day(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        going = still_going(context.instance, REFRESH)
        return dg.SkipReason(going) if going else dg.RunRequest()

    return refresh_open_day


def open_days(platform: Platform, now: datetime) -> Iterator[tuple[Instrument, list[date]]]:
    """Today and yesterday of each captured instrument, as far as there are trades."""
    wanted = (now.date() - timedelta(days=1), now.date())
    for instrument in sorted(platform.settings.captured()):
        days = [c.day for c in platform.store.coverage("trades", instrument) if c.day in wanted]
        if days:
            yield instrument, days
