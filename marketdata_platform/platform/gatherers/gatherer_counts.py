"""Gatherers as metrics, from their heartbeats and journal folders.

Belongs here: what a gatherer's own exporter serves too. Does not: store and archive (watching).
Nothing here loads Polars, Numba or a database: a gatherer's process serves it.
"""

from __future__ import annotations

import time
from pathlib import Path

from marketdata_platform.observe.gatherers import gatherer_counts
from marketdata_platform.observe.metrics import Source
from marketdata_platform.observe.metrics_recorder import Counts
from marketdata_platform.platform.gatherers.journal_folders import journal_folder
from marketdata_platform.settings import Settings
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus, read_heartbeat


def gatherer_source(settings: Settings, gatherer: str) -> Source:
    """What a gatherer's own exporter (`metrics_port`) serves."""
    return lambda: gatherers_counts(settings, [gatherer])


def heartbeats(settings: Settings) -> dict[str, GathererStatus | None]:
    """The last heartbeat of each configured gatherer; a gatherer on another machine has none
    here.
    """
    return {name: read_heartbeat(journal_folder(settings, name)) for name in settings.gatherers}


def gatherers_counts(settings: Settings, names: list[str] | None = None) -> Counts:
    """Heartbeats and journal folders as metrics."""
    counts = Counts()
    now_us = time.time_ns() // 1_000
    for name, status in heartbeats(settings).items():
        if names is not None and name not in names:
            continue
        counts.add(gatherer_counts(name, status, now_us, settings.capture.heartbeat_stale_seconds))
        sizes = sizes_in(journal_folder(settings, name), "*.journal*")
        counts.gauges["marketdata_journal_segments", (name,)] = len(sizes)
        counts.gauges["marketdata_journal_bytes", (name,)] = sum(sizes)
    return counts


def sizes_in(folder: Path, pattern: str) -> list[int]:
    """Sizes of the files in `folder` that match; one that goes meanwhile is left out."""
    sizes = []
    for path in folder.glob(pattern):
        try:
            sizes.append(path.stat().st_size)
        except OSError:
            continue  # sealed or deleted meanwhile
    return sizes
