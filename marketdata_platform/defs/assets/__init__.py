"""The assets: journals, raw datasets, what is derived from trades, and the archive. Datasets are
day × instrument.
"""

import dagster as dg

from marketdata_platform.defs.assets.archive import archive_assets
from marketdata_platform.defs.assets.derived import derived_assets, derived_groups
from marketdata_platform.defs.assets.recorded import recorded_assets
from marketdata_platform.defs.assets.trades import trades_asset
from marketdata_platform.settings import Settings


def all_assets(
    partitions: dg.PartitionsDefinition[str], settings: Settings
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Every asset of the platform, made or recorded; what kind of store and archive each lies in
    follows `settings`.
    """
    live = bool(settings.capture.instruments)
    store = "postgres" if settings.store.url else "duckdb"
    archive = {"parquet", "s3"} if (settings.archive.url or "").startswith("s3://") else {"parquet"}
    return [
        *recorded_assets(settings.gatherers, partitions, kind=store, live=live),
        trades_asset(partitions, settings.gatherers, kind=store, live=live),
        *(
            derived_assets(group, datasets, partitions, kind=store, live=live)
            for group, datasets in derived_groups().items()
        ),
        *archive_assets(partitions, kinds=archive, live=live),
    ]
