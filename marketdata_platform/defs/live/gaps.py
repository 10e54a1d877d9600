"""Repair as a job, and the sensor that asks for it while gaps are open.

Belongs here: the run, when one is due, and what it reports. Does not: repairing
(platform.repairing).
"""

from collections import Counter
from datetime import UTC, datetime

import dagster as dg

from marketdata_platform.core.errors import JournalLocked, TransientError
from marketdata_platform.defs.assets.report import record_check
from marketdata_platform.defs.live.live_checks import open_gaps_now
from marketdata_platform.defs.live.runs import patiently, still_going
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform.defs.tags import live_tags
from marketdata_platform.platform.use_cases.land import gaps_of
from marketdata_platform.workflows.gaps.repair import Repaired
from marketdata_platform.workflows.gaps.repair_times import due_gaps, next_due

REPAIR = "repair"
_TICK_SECONDS = 30
_LONGEST_SECONDS = 3_600


def repair_job() -> dg.JobDefinition:
    """`repair`: open gaps are filled from other gatherers' records, else from the venues' REST
    history.
    """

    @dg.op(
        name="fill_gaps",
        description="Ask for what no gatherer saw, journal the answers, and land them.",
    )
    def repair(context: dg.OpExecutionContext, platform: PlatformResource) -> None:
        from marketdata_platform.platform.use_cases.repair import repair as repair_now

        opened = platform.platform()
        try:
            with patiently(unless=JournalLocked):
                repaired = repair_now(opened)
        except JournalLocked as error:
            context.log.info(f"another repair is at work, this one leaves it to that: {error}")
            return
        for one in repaired:
            context.log.info(_line(one))
        by_status = Counter(one.gap.status for one in repaired)
        context.add_output_metadata(
            {
                "gaps looked at": len(repaired),
                "records found": sum(one.found for one in repaired),
                **by_status,
            }
        )
        record_check(context, open_gaps_now(opened))

    @dg.job(
        name=REPAIR,
        executor_def=dg.in_process_executor,
        tags=live_tags(REPAIR, priority=3, max_seconds=_LONGEST_SECONDS),
        description="Fill open gaps of the ledger, or find out that they cannot be filled.",
    )
    def job() -> None:
        repair()

    return job


def _line(one: Repaired) -> str:
    gap = one.gap
    left = "" if one.still_missing is None else f", {one.still_missing} still missing"
    why = f": {gap.reason}" if gap.reason else ""
    return (
        f"{gap.dataset} of {gap.instrument} at {gap.from_time.isoformat()}: {gap.status}, "
        f"{one.found} found{left}{why}"
    )


def repair_sensor(*, on: bool) -> dg.SensorDefinition:
    """`repair_gaps`: a run of `repair` while gaps are open, ever more seldom for those that
    resist.
    """

    @dg.sensor(
        name="repair_gaps",
        job_name=REPAIR,
        minimum_interval_seconds=_TICK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING if on else dg.DefaultSensorStatus.STOPPED,
        description=(
            "Starts a repair when a gap is open and due: at once, then after 1, 2, 4 … 60 "
            "minutes more."
        ),
    )
    def repair_gaps(
        context: dg.SensorEvaluationContext, platform: PlatformResource
    ) -> dg.RunRequest | dg.SkipReason:
        going = still_going(context.instance, REPAIR)
        if going:
            return dg.SkipReason(going)
        now = datetime.now(UTC)
        try:
            with platform.briefly() as opened:
                gaps = gaps_of(opened, status="open")
        except TransientError as error:
            return dg.SkipReason(f"the store is busy, the next look will do: {error}")
        if not due_gaps(gaps, now):
            return dg.SkipReason(next_due(gaps, now))
        return dg.RunRequest()

    return repair_gaps
