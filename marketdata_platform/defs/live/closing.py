"""Closing UTC days: once every gatherer has passed a day, it is derived, checked and archived.

Belongs here: looking, and asking for runs. Does not: which days are due
(workflows/archiving/day_closing.py), doing it (assets).
"""

import json
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from marketdata_platform.core.errors import TransientError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.defs.jobs import EVERYTHING
from marketdata_platform.defs.partitions import INSTRUMENTS, partition_key
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform.platform import Platform
from marketdata_platform.platform.use_cases.land import landed_days
from marketdata_platform.workflows.archiving.day_closing import (
    Closing,
    Closings,
    Known,
    closings,
    day_digests,
)

_TICK_SECONDS = 30
_LOOK_BACK = timedelta(days=31)  # days before are closed by a backfill
_AT_ONCE = 200  # run requests of one tick
CLOSED_TAG = "marketdata/closes"


def closing_sensor(*, on: bool) -> dg.SensorDefinition:
    """`close_days`: a run of `everything` for each instrument's complete day, and again when rows
    came late.
    """

    @dg.sensor(
        name="close_days",
        job_name=EVERYTHING,
        minimum_interval_seconds=_TICK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING if on else dg.DefaultSensorStatus.STOPPED,
        description=(
            "Closes a UTC day of an instrument once every gatherer has passed it: derive, check, "
            "archive. Rows that "
            "come later close it again, with the days after it."
        ),
    )
    def close_days(
        context: dg.SensorEvaluationContext, platform: PlatformResource
    ) -> dg.SensorResult:
        try:
            with platform.briefly() as opened:
                passed = _passed(opened, datetime.now(UTC).date())
        except TransientError as error:
            return dg.SensorResult(
                skip_reason=f"the store is busy, the next look will do: {error}",
                cursor=context.cursor,
            )
        found = closings(passed, _known(context.cursor))
        due = found.due[:_AT_ONCE]
        names = sorted({str(one.instrument) for one in due})
        return dg.SensorResult(
            run_requests=[_request(one) for one in due] or None,
            skip_reason=None
            if due
            else f"{sum(map(len, passed.values()))} complete days are closed, or still settle",
            dynamic_partitions_requests=[INSTRUMENTS.build_add_request(names)] if names else None,
            cursor=_cursor(found, postponed=found.due[_AT_ONCE:]),
        )

    return close_days


def _passed(platform: Platform, today: date) -> dict[Instrument, dict[date, str]]:
    captured = platform.settings.captured()
    found = {}
    for instrument, days in landed_days(platform).items():
        recent = [day for day in days if day > today - _LOOK_BACK]
        datasets = {"trades", *captured.get(instrument, ())}
        found[instrument] = day_digests(platform.store, instrument, recent, datasets)
    return found


def _request(one: Closing) -> dg.RunRequest:
    key = partition_key(one.instrument, one.day)
    return dg.RunRequest(
        run_key=f"{key} {one.version}",
        partition_key=key,
        tags={CLOSED_TAG: "late rows" if one.late else "the day"},
    )


def _known(cursor: str | None) -> dict[Instrument, dict[date, Known]]:
    held = json.loads(cursor) if cursor else {}
    return {
        Instrument.parse(name): {
            date.fromisoformat(day): Known(*values) for day, values in days.items()
        }
        for name, days in held.items()
    }


def _cursor(found: Closings, postponed: list[Closing]) -> str:
    later = {(one.instrument, one.day) for one in postponed}
    held = {
        str(instrument): {
            day.isoformat(): [known.seen, "" if (instrument, day) in later else known.closed]
            for day, known in days.items()
        }
        for instrument, days in found.known.items()
    }
    return json.dumps(held)
