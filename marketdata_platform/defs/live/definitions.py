"""What follows the markets: jobs, schedules and sensors of capture, landing, closing, repair, and
their notices.

Belongs here: which there are, and which are on from the start. Does not: what each does (its own
module). A deployment without `[capture.instruments]` has them all, switched off: it stays quiet.
"""

from dataclasses import dataclass

import dagster as dg

from marketdata_platform.defs.instruments import instruments_sensor
from marketdata_platform.defs.live.capture import capture_job
from marketdata_platform.defs.live.closing import closing_sensor
from marketdata_platform.defs.live.gaps import repair_job, repair_sensor
from marketdata_platform.defs.live.keep_alive import keep_alive_sensors
from marketdata_platform.defs.live.landing import land_job, land_schedule
from marketdata_platform.defs.live.live_checks import live_checks
from marketdata_platform.defs.live.open_day import refresh_job, refresh_schedule
from marketdata_platform.defs.upkeep.failures import failing_check, notice_sensor
from marketdata_platform.defs.upkeep.retention import keeping_jobs, keeping_schedules
from marketdata_platform.settings import Settings


@dataclass(frozen=True, slots=True)
class Live:
    """Definitions of one kind each."""

    jobs: list[dg.JobDefinition]
    schedules: list[dg.ScheduleDefinition]
    sensors: list[dg.SensorDefinition]
    checks: list[dg.AssetChecksDefinition]


def live_definitions(settings: Settings) -> Live:
    """All of it, for a configuration."""
    on = bool(settings.capture.instruments)
    capture, land, refresh, repair = capture_job(), land_job(), refresh_job(), repair_job()
    return Live(
        jobs=[capture, land, refresh, repair, *keeping_jobs()],
        schedules=[
            land_schedule(land, on=on),
            refresh_schedule(refresh, on=on),
            *keeping_schedules(settings),
        ],
        sensors=[
            *keep_alive_sensors(settings),
            closing_sensor(on=on),
            repair_sensor(on=on),
            instruments_sensor(on=on),
            notice_sensor(on=on),
        ],
        checks=[live_checks(settings.gatherers), failing_check()],
    )
