"""What a run writes down for metrics when it ends: landing, retention, maintenance.

Belongs here: from results to counts. Does not: serving them (exporter).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.observe.metrics_recorder import MetricsRecorder
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.workflows.archiving.retain import Retained
from marketdata_platform.workflows.bookkeeping.cursors import cursor_of
from marketdata_platform.workflows.bookkeeping.gap_ledger import read_gaps
from marketdata_platform.workflows.landing.land import LandResult


def note_landing(platform: Platform, result: LandResult) -> None:
    """Count a landing that ended well: frames, holes, how far each gatherer has been landed."""
    recorder = MetricsRecorder(platform.root)
    recorder.count("marketdata_landing_runs_total", outcome="ok")
    recorder.observe("marketdata_landing_duration_seconds", result.seconds)
    recorder.count("marketdata_landing_gaps_opened_total", result.gaps_opened)
    for name, landed in result.by_gatherer.items():
        recorder.count("marketdata_landing_frames_total", landed.frames, gatherer=name)
        recorder.count(
            "marketdata_landing_quarantined_frames_total", landed.quarantined, gatherer=name
        )
    with platform.store.session():
        recorder.set("marketdata_gaps_open", len(read_gaps(platform.store, None, "open")))
        reached = [cursor_of(platform.store, name).ts_recv for name in result.by_gatherer]
    _succeeded(
        recorder, "land", min((moment for moment in reached if moment is not None), default=None)
    )
    recorder.flush()


def note_failed_landing(platform: Platform) -> None:
    """Count a landing that raised."""
    recorder = MetricsRecorder(platform.root)
    recorder.count("marketdata_landing_runs_total", outcome="failed")
    recorder.flush()


def note_retention(platform: Platform, done: list[Retained], seconds: float) -> None:
    """Count a run of retention that deleted."""
    recorder = MetricsRecorder(platform.root)
    recorder.observe("marketdata_retention_duration_seconds", seconds)
    recorder.set("marketdata_retention_blocked", sum(entry.action == "keep" for entry in done))
    _succeeded(recorder, "retain", None)
    recorder.flush()


@contextmanager
def noted_maintenance(platform: Platform) -> Iterator[None]:
    """Time a run of maintenance; one that raises is not counted."""
    started = time.perf_counter()
    yield
    recorder = MetricsRecorder(platform.root)
    recorder.observe("marketdata_maintenance_duration_seconds", time.perf_counter() - started)
    _succeeded(recorder, "maintain", None)
    recorder.flush()


@contextmanager
def noted_failures(platform: Platform) -> Iterator[None]:
    """Count a landing in the block that raises."""
    try:
        yield
    except MarketDataError:
        note_failed_landing(platform)
        raise


def _succeeded(recorder: MetricsRecorder, stage: str, reached: datetime | None) -> None:
    recorder.set("marketdata_stage_last_success_timestamp_seconds", time.time(), stage=stage)
    if reached is not None:
        recorder.set("marketdata_stage_reached_timestamp_seconds", reached.timestamp(), stage=stage)
