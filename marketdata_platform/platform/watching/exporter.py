"""What the exporter of a deployment serves: counts of all its processes, gatherers' heartbeats,
disk, the store's sizes.

Belongs here: which sources a configuration means. Does not: counting (observe, stores), judging
(health). No table is counted and no archive is listed: a scrape comes every 15 seconds.
"""

from __future__ import annotations

from marketdata_platform.observe.metrics import Source
from marketdata_platform.observe.metrics_recorder import Counts
from marketdata_platform.observe.stages import disk_counts, kept_for, stage_counts
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.gatherers.gatherer_counts import gatherers_counts, heartbeats
from marketdata_platform.stores.duckdb_files.data_folder import disk_use

_FACTS_SECONDS = 60.0


def sources(platform: Platform) -> list[Source]:
    """Everything that the exporter of a deployment serves."""
    settings = platform.settings
    return [
        lambda: stage_counts(settings.root, heartbeats(settings).values()),
        lambda: gatherers_counts(settings),
        lambda: disk_counts(settings.root),
        kept_for(_FACTS_SECONDS, lambda: store_counts(platform)),
    ]


def store_counts(platform: Platform) -> Counts:
    """Sizes of the store, and whether it answers."""
    if platform.settings.store.url is not None:
        from marketdata_platform.platform.watching.served import served_counts

        return served_counts(platform)
    use = disk_use(platform.root)
    counts = Counts()
    counts.gauges["marketdata_store_up", ()] = 1
    counts.gauges["marketdata_store_bytes", ()] = use.bytes
    counts.gauges["marketdata_store_files", ()] = use.files
    return counts
