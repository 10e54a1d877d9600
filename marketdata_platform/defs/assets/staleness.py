"""Which days a backfill has to do: what Dagster has never seen, and what no longer follows from
what it is made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import dagster as dg

from marketdata_platform.core.datasets import DERIVED, Tier
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.defs.assets.archive import datasets_of
from marketdata_platform.defs.partitions import partition_key
from marketdata_platform.platform import Platform
from marketdata_platform.workflows.archiving.days import is_archived
from marketdata_platform.workflows.deriving.derive import stale_days


def instrument_stale_days(
    instance: dg.DagsterInstance,
    platform: Platform,
    assets: Sequence[dg.AssetKey],
    instrument: Instrument,
    days: Sequence[date],
) -> list[date]:
    """The days on which one of `assets` was never materialised, or is behind the inbox, the trades
    or the store.
    """
    names = {asset.to_user_string() for asset in assets}
    todo = {day for asset in assets for day in _unseen(instance, asset, instrument, days)}
    with platform.store.session():
        if "trades" in names:
            todo |= _with_news(platform, instrument, days)
        derived = [d.name for d in DERIVED if d.name in names]
        made = platform.derivations(instrument)
        for stale in stale_days(
            platform.store, instrument, {name: made[name] for name in derived}, days
        ).values():
            todo |= set(stale)
        for tier in (t for t in Tier if f"archive_{t.value}" in names):
            todo |= _behind(platform, tier, instrument, days)
    return sorted(todo)


def _unseen(
    instance: dg.DagsterInstance, asset: dg.AssetKey, instrument: Instrument, days: Sequence[date]
) -> set[date]:
    done = instance.get_materialized_partitions(asset)
    return {day for day in days if partition_key(instrument, day) not in done}


def _with_news(platform: Platform, instrument: Instrument, days: Sequence[date]) -> set[date]:
    """Days of which the inbox holds a file that was not imported yet; a file without a date may
    hold any day.
    """
    found: set[date] = set()
    for _, claimed in platform.unlanded(instrument, days):
        found |= {d for d in days if claimed is None or claimed.overlaps(Window.of_day(d))}
    return found


def _behind(
    platform: Platform, tier: Tier, instrument: Instrument, days: Sequence[date]
) -> set[date]:
    """Days whose archived rows are damaged, or not those of the store."""
    found: set[date] = set()
    for dataset in datasets_of(tier):
        for coverage in platform.store.coverage(dataset, instrument):
            if coverage.day in days and not is_archived(
                platform.store, platform.archive, dataset, coverage
            ):
                found.add(coverage.day)
    return found
