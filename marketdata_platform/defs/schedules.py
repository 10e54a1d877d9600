"""Schedules: each UTC day is landed, derived and archived soon after it has ended."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.defs.jobs import AssetJob
from marketdata_platform.defs.partitions import INSTRUMENTS, partition_key

# Public dumps of a day appear some hours into the next one; the run is idempotent, so an early one
# costs nothing.
_CRON = "30 6 * * *"


def all_schedules(everything: AssetJob) -> list[dg.ScheduleDefinition]:
    """`yesterday`: one run per instrument of the `everything` job."""

    @dg.schedule(
        name="yesterday",
        job=everything,
        cron_schedule=_CRON,
        execution_timezone="UTC",
        description=(
            "Every instrument's last full UTC day: land the inbox, derive, archive, verify."
        ),
    )
    def yesterday(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        day = context.scheduled_execution_time.date() - timedelta(days=1)
        for name in sorted(context.instance.get_dynamic_partitions(str(INSTRUMENTS.name))):
            key = partition_key(Instrument.parse(name), day)
            yield dg.RunRequest(run_key=key, partition_key=key)

    return [yesterday]
