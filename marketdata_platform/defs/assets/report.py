"""Events of assets that come from runs of something else: partitions of raw datasets that landing
has filled.

Belongs here: events and how often they are recorded. Does not: reading journals or deciding.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from marketdata_platform.core.datasets import RAW
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.defs.partitions import partition_key
from marketdata_platform.platform import Platform
from marketdata_platform.workflows.ports import Coverage

# A partition that gets rows each minute is reported each five: events are what Dagster's storage
# grows by.
_REPORT_INTERVAL = timedelta(minutes=5)


def report_raw(
    context: dg.OpExecutionContext,
    platform: Platform,
    touched: Mapping[Instrument, Iterable[date]],
    *,
    all_days: bool,
) -> int:
    """Report how many rows the touched partitions of raw datasets hold; the number of partitions
    reported. Those reported lately only when `all_days`.
    """
    reported = 0
    since = None if all_days else datetime.now(UTC) - _REPORT_INTERVAL
    for dataset in (d.name for d in RAW):
        fresh = _reported_since(context.instance, dataset, since)
        for instrument, days in touched.items():
            wanted = {day for day in days if partition_key(instrument, day) not in fresh}
            if not wanted:
                continue
            for held in platform.store.coverage(dataset, instrument):
                if held.day in wanted:
                    context.log_event(_filled(dataset, held))
                    reported += 1
    return reported


def record_check(context: dg.OpExecutionContext, evaluation: dg.AssetCheckEvaluation) -> None:
    """Record how a check stands, evaluated in a run that is no run of checks."""
    # It takes them, its signature does not say so.
    context.log_event(evaluation)  # type: ignore[arg-type]


def _reported_since(instance: dg.DagsterInstance, dataset: str, since: datetime | None) -> set[str]:
    if since is None:
        return set()
    wanted = dg.AssetRecordsFilter(
        asset_key=dg.AssetKey(dataset), after_timestamp=since.timestamp()
    )
    records = instance.fetch_materializations(wanted, limit=5_000).records
    return {record.partition_key for record in records if record.partition_key is not None}


def _filled(dataset: str, held: Coverage) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        asset_key=dataset,
        partition=partition_key(held.instrument, held.day),
        metadata={
            "dagster/row_count": held.rows,
            "first": held.first_time.isoformat(),
            "last": held.last_time.isoformat(),
        },
    )
