"""What is exported of a deployment: counts of all its processes, gatherers' heartbeats, disk, the
store's sizes.

Belongs here: the sources of a scrape, each of bounded cost. Does not: exposition (observe), judging
(health.py). No table is counted and no archive is listed: a scrape comes every 15 seconds.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from marketdata_platform.observe.metrics import Source
from marketdata_platform.observe.metrics_recorder import Counts, read_counts
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.gatherers.gatherer_counts import (
    gatherers_counts,
    heartbeats,
    sizes_in,
)
from marketdata_platform.settings import Settings

_FACTS_SECONDS = 60.0
_REACHED, _LAG = "marketdata_stage_reached_timestamp_seconds", "marketdata_stage_lag_seconds"


def sources(platform: Platform) -> list[Source]:
    """Everything that the exporter of a deployment serves."""
    settings = platform.settings
    return [
        lambda: stage_counts(settings),
        lambda: gatherers_counts(settings),
        lambda: disk_counts(settings.root),
        kept_for(_FACTS_SECONDS, lambda: store_counts(platform)),
    ]


def stage_counts(settings: Settings) -> Counts:
    """What all processes have counted, and from it how far behind each stage is."""
    told = read_counts(settings.root)
    now = time.time()
    reached = {
        labels[0]: v
        for part in (told.gauges, told.highest)
        for (n, labels), v in part.items()
        if n == _REACHED
    }
    heard = [
        s.last_recv_us
        for b in heartbeats(settings).values()
        if b
        for s in b.streams
        if s.last_recv_us
    ]
    newest = max(heard) / 1e6 if heard else None
    if newest is not None:
        told.gauges[_LAG, ("capture",)] = max(now - newest, 0.0)
    for stage, moment in reached.items():
        # Landing is behind what was heard: where nothing is heard, nothing is behind.
        until = newest if stage == "land" and newest is not None else now
        told.gauges[_LAG, (stage,)] = max(until - moment, 0.0)
    return told


def disk_counts(root: Path) -> Counts:
    """Room on the root's disk."""
    told = Counts()
    place = next(p for p in (root, *root.parents) if p.exists())
    usage = shutil.disk_usage(place)
    told.gauges["marketdata_disk_free_bytes", ()] = usage.free
    told.gauges["marketdata_disk_size_bytes", ()] = usage.total
    return told


def store_counts(platform: Platform) -> Counts:
    """Sizes of the store, and whether it answers."""
    if platform.settings.store.url is not None:
        from marketdata_platform.platform.watching.served import served_counts

        return served_counts(platform)
    told = Counts()
    sizes = sizes_in(platform.root / "data", "*/*/*/*.duckdb*")
    files = sum(1 for _ in (platform.root / "data").glob("*/*/*/*.duckdb"))
    told.gauges["marketdata_store_up", ()] = 1
    told.gauges["marketdata_store_bytes", ()] = sum(sizes)
    told.gauges["marketdata_store_files", ()] = files
    return told


def kept_for(seconds: float, source: Source) -> Callable[[], Counts]:
    """The source, asked again only when its last answer is older than `seconds`."""
    held: list[tuple[float, Counts]] = []

    def ask() -> Counts:
        now = time.monotonic()
        if not held or now - held[0][0] > seconds:
            held[:] = [(now, source())]
        return held[0][1]

    return ask
