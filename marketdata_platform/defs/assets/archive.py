"""The archive: one asset per tier, each day of it written, read back and compared before it
counts.
"""

from datetime import date
from typing import Any

import dagster as dg

from marketdata_platform.core.datasets import DATASETS, TRADES, Tier
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.defs.assets import describe
from marketdata_platform.defs.assets.checks import ARCHIVE_CHECK, check_result
from marketdata_platform.defs.assets.recorded import ARCHIVED_LATE, fresh_within
from marketdata_platform.defs.force import is_forced
from marketdata_platform.defs.partitions import by_instrument, partition_key
from marketdata_platform.defs.resources import PlatformResource, progressed
from marketdata_platform.platform import Platform
from marketdata_platform.workflows.archiving.days import ArchivedDay, archive_day

ARCHIVED_TIERS = (Tier.RAW, Tier.PROCESSED, Tier.AGGREGATES)

_REPORTED_HERE = {d.name for d in DATASETS.values() if d.tier is Tier.RAW and d is not TRADES}


def archive_assets(
    partitions: dg.PartitionsDefinition[str], *, kinds: set[str], live: bool
) -> list[dg.AssetsDefinition]:
    """`archive_raw`, `archive_processed` and `archive_aggregates`."""
    return [_archive_asset(tier, partitions, kinds=kinds, live=live) for tier in ARCHIVED_TIERS]


def datasets_of(tier: Tier) -> list[str]:
    """Names of the datasets that a tier of the archive holds."""
    return [d.name for d in DATASETS.values() if d.tier is tier]


def _archive_asset(
    tier: Tier, partitions: dg.PartitionsDefinition[str], *, kinds: set[str], live: bool
) -> dg.AssetsDefinition:
    name = f"archive_{tier.value}"

    @dg.asset(
        name=name,
        deps=datasets_of(tier),
        group_name="archive",
        description=(
            f"The {tier.value} tier as Parquet, one file and manifest (rows, key range, sha256) "
            "per dataset and day:\n\n"
            f"    archive/{tier.value}/<dataset>/venue=…/market=…/symbol=…/date=YYYY-MM-DD/"
        ),
        kinds=kinds,
        owners=list(describe.OWNERS),
        partitions_def=partitions,
        freshness_policy=fresh_within(ARCHIVED_LATE, live=live),
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=[
            dg.AssetCheckSpec(
                ARCHIVE_CHECK,
                asset=name,
                blocking=True,
                description="Every archived row equals the store's.",
            )
        ],
    )
    def archive(
        context: dg.AssetExecutionContext, platform: PlatformResource
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        opened = platform.platform()
        partitions_of = by_instrument(context.partition_keys)
        done = _archive(context, opened, tier, partitions_of)
        check = check_result(
            opened, dg.AssetCheckKey(dg.AssetKey(name), ARCHIVE_CHECK), partitions_of
        )
        written = sum(1 for d in done if not d.skipped)
        return dg.MaterializeResult(metadata={"files written": written}, check_results=[check])

    return archive


def _archive(
    context: dg.AssetExecutionContext,
    platform: Platform,
    tier: Tier,
    partitions_of: dict[Instrument, list[date]],
) -> list[ArchivedDay]:
    # Raw days are never forced: the archive may hold the only copy of rows that the store has lost.
    forced = tier is not Tier.RAW and is_forced(context.run.tags)
    name = f"archive_{tier.value}"
    done: list[ArchivedDay] = []
    with platform.store.session():
        for instrument, days in partitions_of.items():
            for day in days:
                of_day = _archive_tier(platform, tier, instrument, day, force=forced)
                key = partition_key(instrument, day)
                context.add_asset_metadata(_metadata(of_day), asset_key=name, partition_key=key)
                _report_raw(context, of_day, key)
                progressed(name, str(instrument))
                done += of_day
    return done


def _archive_tier(
    platform: Platform, tier: Tier, instrument: Instrument, day: date, *, force: bool
) -> list[ArchivedDay]:
    store, archive = platform.store, platform.archive
    chosen = [name for name in datasets_of(tier) if name not in platform.settings.archive.skip]
    return [
        archive_day(store, archive, dataset, instrument, day, force=force) for dataset in chosen
    ]


def _report_raw(context: dg.AssetExecutionContext, of_day: list[ArchivedDay], key: str) -> None:
    """What the archived day holds of raw datasets that no run of theirs reports: this is their last
    word on it.
    """
    for manifest in (d.manifest for d in of_day if d.manifest is not None):
        if manifest.dataset in _REPORTED_HERE:
            metadata: dict[str, Any] = {
                "dagster/row_count": manifest.rows,
                "archived": manifest.sha256,
            }
            context.log_event(
                dg.AssetMaterialization(manifest.dataset, partition=key, metadata=metadata)
            )


def _metadata(of_day: list[ArchivedDay]) -> dict[str, Any]:
    manifests = [d.manifest for d in of_day if d.manifest is not None]
    return {
        "dagster/row_count": sum(m.rows for m in manifests),
        "files": len(manifests),
        "bytes": sum(m.bytes for m in manifests),
        "manifests": {m.dataset: m.sha256 for m in manifests},
    }
