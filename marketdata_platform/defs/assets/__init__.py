"""The assets: raw trades, what is derived from them, and the archive. All are partitioned day × instrument."""

import dagster as dg

from marketdata_platform.defs.assets.archive import archive_assets
from marketdata_platform.defs.assets.derived import derived_assets
from marketdata_platform.defs.assets.trades import trades_asset

BAR_GROUP = "bars"
FLOW_GROUP = "order_flow"


def all_assets(partitions: dg.PartitionsDefinition[str]) -> list[dg.AssetsDefinition]:
    """Every asset of the platform."""
    return [
        trades_asset(partitions),
        derived_assets(BAR_GROUP, partitions),
        derived_assets(FLOW_GROUP, partitions),
        *archive_assets(partitions),
    ]
