"""Is everything of a deployment alive? Checks of bounded time and cost, for probes and people.

Belongs here: what is looked at. Does not: how bad a finding is (workflows.watching.health), output,
exit status (cli). Nothing is counted row by row.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import partial

from marketdata_platform.core.errors import StoreLocked
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.observe.metrics_recorder import read_counts
from marketdata_platform.observe.redact import redacted_text
from marketdata_platform.observe.stages import existing_folder, stage_counts
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.gatherers.gatherer_counts import heartbeats
from marketdata_platform.workflows.watching.health import (
    OK,
    Check,
    exports_check,
    gatherers_check,
    landing_check,
    root_check,
    run_checks,
)

_STAGE = "marketdata_stage_last_success_timestamp_seconds"
_PROBE = Instrument("nobody", "nothing", "HEALTH-PROBE")
_NOTHING_CONFIGURED = "nothing is configured to be recorded"


def health(
    platform: Platform, *, only: Iterable[str] | None = None, timeout_seconds: float = 5.0
) -> list[Check]:
    """Every check (`only`: those of these names), all at once; one without an answer in
    `timeout_seconds` has failed.
    """
    names = list(CHECKS) if only is None else list(only)
    checks = {name: partial(CHECKS[name], platform) for name in names}
    done = run_checks(checks, timeout_seconds=timeout_seconds)
    return [replace(check, text=redacted_text(check.text)) for check in done]


def _root(platform: Platform) -> Check:
    place = existing_folder(platform.root)
    usage = shutil.disk_usage(place)
    writable = os.access(place, os.W_OK)
    return root_check(str(place), writable=writable, free_bytes=usage.free, size_bytes=usage.total)


def _store(platform: Platform) -> Check:
    if platform.settings.store.url is not None:
        from marketdata_platform.platform.watching.served import served_check

        return served_check(platform.settings)
    instruments = platform.store.instruments()
    facts = {"engine": "duckdb", "instruments": len(instruments)}
    if not instruments:
        return Check("store", OK, "DuckDB, no instrument yet", facts)
    try:
        platform.store.coverage("trades", instruments[0])
    except StoreLocked as error:
        return Check("store", OK, f"in use: {error}", {**facts, "busy": True})
    return Check("store", OK, f"DuckDB, {len(instruments)} instruments", facts)


def _archive(platform: Platform) -> Check:
    """One small request: is it there, and may we read it?"""
    platform.archive.manifest("trades", _PROBE, date(1970, 1, 1))
    url = platform.settings.archive.url
    return Check("archive", OK, url or str(platform.root / "archive"))


def _gatherers(platform: Platform) -> Check:
    settings = platform.settings
    if not any(settings.capture.instruments.values()):
        return Check("gatherers", OK, _NOTHING_CONFIGURED)
    local = {
        name: beat
        for name, beat in heartbeats(settings).items()
        if "://" not in settings.journal_of(name)
    }
    stale_seconds = settings.capture.heartbeat_stale_seconds
    return gatherers_check(local, now_us=time.time_ns() // 1_000, stale_seconds=stale_seconds)


def _landing(platform: Platform) -> Check:
    settings = platform.settings
    if not any(settings.capture.instruments.values()):
        return Check("landing", OK, _NOTHING_CONFIGURED)
    gauges = stage_counts(settings.root, heartbeats(settings).values()).gauges
    last = gauges.get((_STAGE, ("land",)))
    return landing_check(
        last_seconds_ago=None if last is None else time.time() - last,
        behind_seconds=gauges.get(("marketdata_stage_lag_seconds", ("land",)), 0.0),
        gaps_open=gauges.get(("marketdata_gaps_open", ()), 0.0),
    )


def _exports(platform: Platform) -> Check:
    gauges = read_counts(platform.root).gauges
    stored = gauges.get((_STAGE, ("land",))) or gauges.get((_STAGE, ("derive",)))
    return exports_check(now=time.time(), last=gauges.get((_STAGE, ("archive",))), stored=stored)


CHECKS: dict[str, Callable[[Platform], Check]] = {
    "root": _root,
    "store": _store,
    "archive": _archive,
    "gatherers": _gatherers,
    "landing": _landing,
    "exports": _exports,
}
