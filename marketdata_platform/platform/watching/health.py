"""Is everything alive? Checks of bounded time and cost, for probes and people.

Belongs here: what is looked at, and how bad it is. Does not: output, exit status (cli). Nothing is
counted row by row.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from marketdata_platform.core.errors import MarketDataError, StoreLocked
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.observe.metrics_recorder import read_counts
from marketdata_platform.observe.redact import redacted_text
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.gatherers.gatherer_counts import heartbeats
from marketdata_platform.platform.watching.exporter import stage_counts

OK, DEGRADED, FAILED = "ok", "degraded", "failed"
_WORSE = {OK: 0, DEGRADED: 1, FAILED: 2}
_LOW_DISK_BYTES, _NO_DISK_BYTES = 5 * 2**30, 2**30
_LANDING_LATE_SECONDS, _LANDING_DEAD_SECONDS = 300.0, 3_600.0
_ARCHIVE_LATE_SECONDS = 48 * 3_600.0
_STAGE = "marketdata_stage_last_success_timestamp_seconds"
_PROBE = Instrument("nobody", "nothing", "HEALTH-PROBE")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `facts` are numbers for machines; nothing in it is secret."""

    name: str
    status: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def worst(checks: Iterable[Check]) -> str:
    """The status of the whole."""
    return max((check.status for check in checks), key=_WORSE.__getitem__, default=OK)


def exit_status(status: str) -> int:
    """0 ok, 1 degraded, 2 failed."""
    return _WORSE[status]


CHECKS: dict[str, Callable[[Platform], Check]] = {
    "root": lambda platform: _root(platform),
    "store": lambda platform: _store(platform),
    "archive": lambda platform: _archive(platform),
    "gatherers": lambda platform: _gatherers(platform),
    "landing": lambda platform: _landing(platform),
    "exports": lambda platform: _exports(platform),
}


def health(
    platform: Platform, *, only: Iterable[str] | None = None, timeout_seconds: float = 5.0
) -> list[Check]:
    """Every check, all at once; one without an answer in `timeout_seconds` has failed."""
    names = list(CHECKS) if only is None else list(only)
    found: dict[str, Check] = {}
    threads = {
        # Daemons: one that hangs in a dead network must not keep the probe's process from ending.
        name: threading.Thread(
            target=lambda n=name: found.setdefault(n, _tried(n, platform)), daemon=True
        )
        for name in names
    }
    deadline = time.monotonic() + timeout_seconds
    for thread in threads.values():
        thread.start()
    for thread in threads.values():
        thread.join(max(deadline - time.monotonic(), 0.0))
    late = f"no answer in {timeout_seconds:g} s"
    return [found.get(name) or Check(name, FAILED, late, seconds=timeout_seconds) for name in names]


def _tried(name: str, platform: Platform) -> Check:
    started = time.perf_counter()
    try:
        check = CHECKS[name](platform)
    except (MarketDataError, OSError) as error:
        check = Check(name, FAILED, f"{type(error).__name__}: {error}")
    text = redacted_text(check.text)
    return Check(
        check.name, check.status, text, check.facts, round(time.perf_counter() - started, 4)
    )


def _root(platform: Platform) -> Check:
    place = next(p for p in (platform.root, *platform.root.parents) if p.exists())
    usage = shutil.disk_usage(place)
    facts = {"free_bytes": usage.free, "size_bytes": usage.total}
    if not os.access(place, os.W_OK):
        return Check("root", FAILED, f"{place} is not writable", facts)
    status = (
        FAILED if usage.free < _NO_DISK_BYTES else DEGRADED if usage.free < _LOW_DISK_BYTES else OK
    )
    return Check("root", status, f"{usage.free / 2**30:.1f} GiB free at {place}", facts)


def _store(platform: Platform) -> Check:
    if platform.settings.store.url is not None:
        return _served(platform)
    instruments = platform.store.instruments()
    facts = {"engine": "duckdb", "instruments": len(instruments)}
    if not instruments:
        return Check("store", OK, "DuckDB, no instrument yet", facts)
    try:
        platform.store.coverage("trades", instruments[0])
    except StoreLocked as error:
        return Check("store", OK, f"in use: {error}", {**facts, "busy": True})
    return Check("store", OK, f"DuckDB, {len(instruments)} instruments", facts)


def _served(platform: Platform) -> Check:
    from marketdata_platform.platform.watching.served import served_state

    state = served_state(platform.settings)
    facts = {
        "engine": state.engine,
        "server": state.server,
        "pending_migrations": len(state.pending),
        "missing_partitions": len(state.missing),
        "sessions": state.sessions,
        "newest_trade": state.newest.isoformat() if state.newest else None,
        "last_chunk": state.last_chunk,
    }
    if state.engine is None:
        return Check(
            "store", DEGRADED, "the database has no tables yet: `marketdata migrate up`", facts
        )
    if state.pending:
        names = ", ".join(state.pending)
        return Check(
            "store", DEGRADED, f"migrations to apply: {names}: `marketdata migrate up`", facts
        )
    if state.missing or state.strayed:
        first = [*state.missing, *state.strayed][0]
        return Check(
            "store",
            DEGRADED,
            f"partitions are not made ahead, {first} first: `marketdata maintain --apply`",
            facts,
        )
    newest = f", newest trade {state.newest:%F %T}" if state.newest else ""
    return Check(
        "store", OK, f"{state.engine} {state.server}, {state.sessions} sessions{newest}", facts
    )


def _archive(platform: Platform) -> Check:
    """One small request: is it there, and may we read it?"""
    platform.archive.manifest("trades", _PROBE, date(1970, 1, 1))
    url = platform.settings.archive.url
    return Check("archive", OK, url or str(platform.root / "archive"))


def _gatherers(platform: Platform) -> Check:
    settings = platform.settings
    if not any(settings.capture.instruments.values()):
        return Check("gatherers", OK, "nothing is configured to be recorded")
    now_us = time.time_ns() // 1_000
    stale_us = settings.capture.heartbeat_stale_seconds * 1e6
    local = {
        n: beat for n, beat in heartbeats(settings).items() if "://" not in settings.journal_of(n)
    }
    dead = sorted(
        n for n, beat in local.items() if beat is None or now_us - beat.beat_us > stale_us
    )
    stopped = sorted(
        n for n, beat in local.items() if n not in dead and beat and beat.stopped_reason
    )
    stale = sum(
        s.stale for n, beat in local.items() if n not in dead and beat for s in beat.streams
    )
    facts = {"configured": len(local), "dead": dead, "stopped": stopped, "stale_streams": stale}
    bad = [*dead, *stopped]
    if bad:
        # One that only waits for room on its disk is not dead: killing it would lose what it holds.
        status = FAILED if len(dead) == len(local) else DEGRADED
        return Check("gatherers", status, f"not recording: {', '.join(bad)}", facts)
    if stale:
        return Check("gatherers", DEGRADED, f"{stale} streams are silent", facts)
    return Check(
        "gatherers", OK, f"{len(local)} record" if local else "all are on other machines", facts
    )


def _landing(platform: Platform) -> Check:
    if not any(platform.settings.capture.instruments.values()):
        return Check("landing", OK, "nothing is configured to be recorded")
    counts = stage_counts(platform.settings)
    last = counts.gauges.get((_STAGE, ("land",)))
    behind = counts.gauges.get(("marketdata_stage_lag_seconds", ("land",)), 0.0)
    if last is None:
        return Check("landing", DEGRADED, "nothing was ever landed here: `marketdata land`")
    age = time.time() - last
    facts = {"last_seconds_ago": round(age, 1), "behind_seconds": round(behind, 1)}
    facts["gaps_open"] = counts.gauges.get(("marketdata_gaps_open", ()), 0.0)
    lag = max(age, behind)
    status = (
        FAILED if lag > _LANDING_DEAD_SECONDS else DEGRADED if lag > _LANDING_LATE_SECONDS else OK
    )
    return Check(
        "landing",
        status,
        f"last landing {age:.0f} s ago, {behind:.0f} s behind what was heard",
        facts,
    )


def _exports(platform: Platform) -> Check:
    counts = read_counts(platform.root)
    last = counts.gauges.get((_STAGE, ("archive",)))
    stored = counts.gauges.get((_STAGE, ("land",))) or counts.gauges.get((_STAGE, ("derive",)))
    if last is None:
        text = "nothing was archived yet"
        late = stored is not None and time.time() - stored > _ARCHIVE_LATE_SECONDS
        return Check("exports", DEGRADED if late else OK, text)
    age = time.time() - last
    moment = datetime.fromtimestamp(last, UTC)
    status = DEGRADED if age > _ARCHIVE_LATE_SECONDS else OK
    return Check(
        "exports", status, f"last export {moment:%F %T} UTC", {"last_seconds_ago": round(age, 1)}
    )
