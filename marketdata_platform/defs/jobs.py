"""Jobs: the groups that people run together. All use one process: a step process costs 2 seconds, a
day less.
"""

from typing import Any

import dagster as dg

from marketdata_platform.defs.assets.derived import derived_groups
from marketdata_platform.defs.tags import KIND_TAG

EVERYTHING = "everything"
# Dagster has no public name for what define_asset_job returns.
AssetJob = Any


def all_jobs() -> list[AssetJob]:
    """`everything`, `derive` and `archive`."""
    tags = {KIND_TAG: "batch"}
    return [
        dg.define_asset_job(
            EVERYTHING,
            selection=dg.AssetSelection.all(),
            executor_def=dg.in_process_executor,
            description="Land the inbox, derive everything, archive and verify.",
            tags=tags,
        ),
        dg.define_asset_job(
            "derive",
            selection=dg.AssetSelection.groups(*derived_groups()),
            executor_def=dg.in_process_executor,
            description="Bars and order flow from stored trades.",
            tags=tags,
        ),
        dg.define_asset_job(
            "archive",
            selection=dg.AssetSelection.groups("archive"),
            executor_def=dg.in_process_executor,
            description="Write the archive and compare it with the store.",
            tags=tags,
        ),
    ]
