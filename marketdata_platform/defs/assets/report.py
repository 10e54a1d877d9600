"""What runs that no asset's own are tell Dagster of assets: partitions of raw datasets that landing
has filled.

Belongs here: events and how often they are told. Does not: reading journals or deciding.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import dagster as dg

from marketdata_platform.core.datasets import RAW
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.defs.partitions import partition_key
from marketdata_platform.platform import Platform
from marketdata_platform.workflows.ports import Coverage

# A partition that gets rows each minute is told each five: events are what Dagster's storage grows
# by.
_TOLD_EACH = timedelta(minutes=5)


def report_raw(
    context: dg.OpExecutionContext,
    platform: Platform,
    touched: Mapping[Instrument, Iterable[date]],
    *,
    all_days: bool,
) -> int:
    """Tell how many rows the touched partitions of raw datasets hold; those told of lately only
    when `all_days`.
    """
    told = 0
    since = None if all_days else datetime.now(UTC) - _TOLD_EACH
    for dataset in (d.name for d in RAW):
        fresh = _told_since(context.instance, dataset, since)
        for instrument, days in touched.items():
            wanted = {day for day in days if partition_key(instrument, day) not in fresh}
            if not wanted:
                continue
            for held in platform.store.coverage(dataset, instrument):
                if held.day in wanted:
                    context.log_event(_filled(dataset, held))
                    told += 1
    return told


def tell_check(context: dg.OpExecutionContext, evaluation: dg.AssetCheckEvaluation) -> None:
    """Record how a check stands, evaluated in a run that is no run of checks."""
    # It takes them, its signature does not say so.
    context.log_event(evaluation)  # type: ignore[arg-type]


def _told_since(instance: dg.DagsterInstance, dataset: str, since: datetime | None) -> set[str]:
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
