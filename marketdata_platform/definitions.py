"""The Dagster code location. `build_definitions` makes fresh definitions for tests; `defs` is what
Dagster loads.

This module is the one place that reads the configuration while Dagster loads it: the partitions'
first day, the gatherers and whether anything is recorded are part of the definitions themselves.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import dagster as dg

from marketdata_platform.defs.assets import all_assets
from marketdata_platform.defs.jobs import all_jobs
from marketdata_platform.defs.live.definitions import live_definitions
from marketdata_platform.defs.partitions import day_instrument
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform.defs.schedules import all_schedules
from marketdata_platform.settings import load_settings


def build_definitions(*, resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """All assets, checks, jobs, schedules and resources; `resources` replace those of the same
    key.
    """
    held = {"platform": PlatformResource(), **(resources or {})}
    platform = held["platform"]
    root = platform.root if isinstance(platform, PlatformResource) else ""
    settings = load_settings(root or None)
    partitions = day_instrument(settings.start_date)
    jobs = all_jobs()
    with warnings.catch_warnings():
        # Backfill policies are marked beta; we depend on them knowingly, and a user can do nothing
        # about it.
        warnings.simplefilter("ignore", dg.BetaWarning)
        assets = all_assets(partitions, settings)
        live = live_definitions(settings)
    return dg.Definitions(
        assets=assets,
        asset_checks=live.checks,
        jobs=[*jobs, *live.jobs],
        schedules=[*all_schedules(jobs[0]), *live.schedules],
        sensors=live.sensors,
        resources=held,
        executor=dg.in_process_executor,
    )


defs = build_definitions()
