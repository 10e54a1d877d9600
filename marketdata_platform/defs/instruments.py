"""Instruments become partitions: those that are configured to be recorded, and those that the store
holds.

Belongs here: the sensor. Does not: what a partition is (partitions.py).
"""

import dagster as dg

from marketdata_platform.defs.partitions import INSTRUMENTS
from marketdata_platform.defs.resources import PlatformResource

_TICK_SECONDS = 60
_AT_ONCE = 5_000


def instruments_sensor(*, on: bool) -> dg.SensorDefinition:
    """`register_instruments`: new instruments join the partitions; none ever leaves, its days
    stay.
    """

    @dg.sensor(
        name="register_instruments",
        minimum_interval_seconds=_TICK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING if on else dg.DefaultSensorStatus.STOPPED,
        description=(
            "Adds what is configured to be recorded, and what the store holds, to the partitions."
        ),
    )
    def register_instruments(
        context: dg.SensorEvaluationContext, platform: PlatformResource
    ) -> dg.SensorResult:
        with platform.briefly() as opened:
            wanted = {str(one) for one in (*opened.settings.captured(), *opened.instruments())}
        new = sorted(wanted - set(context.instance.get_dynamic_partitions(str(INSTRUMENTS.name))))[
            :_AT_ONCE
        ]
        if not new:
            return dg.SensorResult(skip_reason=f"all {len(wanted)} instruments are partitions")
        context.log.info(f"{len(new)} new: {', '.join(new[:5])}")
        return dg.SensorResult(
            skip_reason=f"{len(new)} instruments added",
            dynamic_partitions_requests=[INSTRUMENTS.build_add_request(new)],
        )

    return register_instruments
