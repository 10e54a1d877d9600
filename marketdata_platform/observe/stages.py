"""How far behind each stage of a deployment is, and room on its disk, as metrics.

Belongs here: counts from what processes wrote down and from heartbeats. Does not: the store's sizes
(platform.watching), judging (workflows.watching.health). All of bounded cost: a scrape comes every
15 seconds.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from marketdata_platform.observe.metrics import Source
from marketdata_platform.observe.metrics_recorder import Counts, read_counts
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus

_REACHED, _LAG = "marketdata_stage_reached_timestamp_seconds", "marketdata_stage_lag_seconds"


def stage_counts(root: Path, beats: Iterable[GathererStatus | None]) -> Counts:
    """What all processes below `root` have counted, and from it how far behind each stage is."""
    counts = read_counts(root)
    now = time.time()
    heard = [stream.last_recv_us for beat in beats if beat for stream in beat.streams]
    newest = max((moment / 1e6 for moment in heard if moment), default=None)
    if newest is not None:
        counts.gauges[_LAG, ("capture",)] = max(now - newest, 0.0)
    for stage, moment in _reached(counts).items():
        # Landing is behind what was heard: where nothing is heard, nothing is behind.
        until = newest if stage == "land" and newest is not None else now
        counts.gauges[_LAG, (stage,)] = max(until - moment, 0.0)
    return counts


def _reached(counts: Counts) -> dict[str, float]:
    """The moment that each stage has come to."""
    found: dict[str, float] = {}
    for part in (counts.gauges, counts.highest):
        for (name, labels), value in part.items():
            if name == _REACHED:
                found[labels[0]] = value
    return found


def disk_counts(root: Path) -> Counts:
    """Room on the root's disk."""
    counts = Counts()
    usage = shutil.disk_usage(existing_folder(root))
    counts.gauges["marketdata_disk_free_bytes", ()] = usage.free
    counts.gauges["marketdata_disk_size_bytes", ()] = usage.total
    return counts


def existing_folder(path: Path) -> Path:
    """`path`, or the nearest folder above it that exists."""
    return next(place for place in (path, *path.parents) if place.exists())


def kept_for(seconds: float, source: Source) -> Source:
    """The source, asked again only when its last answer is older than `seconds`."""
    held: list[tuple[float, Counts]] = []

    def ask() -> Counts:
        now = time.monotonic()
        if not held or now - held[0][0] > seconds:
            held[:] = [(now, source())]
        return held[0][1]

    return ask
