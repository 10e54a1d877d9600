"""Is everything alive? What is found, judged: ok, degraded or failed.

Belongs here: how bad a finding is, and running all checks in bounded time. Does not: finding it
(platform.watching.health), output and exit status (cli).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus

OK, DEGRADED, FAILED = "ok", "degraded", "failed"
_WORSE = {OK: 0, DEGRADED: 1, FAILED: 2}
_LOW_DISK_BYTES, _NO_DISK_BYTES = 5 * 2**30, 2**30
_LANDING_LATE_SECONDS, _LANDING_DEAD_SECONDS = 300.0, 3_600.0
_ARCHIVE_LATE_SECONDS = 48 * 3_600.0


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


def run_checks(checks: Mapping[str, Callable[[], Check]], *, timeout_seconds: float) -> list[Check]:
    """Every check, all at once; one that raises, or has no answer in `timeout_seconds`, has
    failed.
    """
    found: dict[str, Check] = {}

    def run(name: str) -> None:
        found.setdefault(name, _tried(name, checks[name]))

    # Daemons: one that hangs in a dead network must not keep the probe's process from ending.
    threads = [threading.Thread(target=run, args=(name,), daemon=True) for name in checks]
    deadline = time.monotonic() + timeout_seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0.0))
    late = f"no answer in {timeout_seconds:g} s"
    return [
        found.get(name) or Check(name, FAILED, late, seconds=timeout_seconds) for name in checks
    ]


def _tried(name: str, check: Callable[[], Check]) -> Check:
    started = time.perf_counter()
    try:
        done = check()
    except (MarketDataError, OSError) as error:
        done = Check(name, FAILED, f"{type(error).__name__}: {error}")
    return replace(done, seconds=round(time.perf_counter() - started, 4))


def root_check(place: str, *, writable: bool, free_bytes: int, size_bytes: int) -> Check:
    """The disk of the deployment's root."""
    facts = {"free_bytes": free_bytes, "size_bytes": size_bytes}
    if not writable:
        return Check("root", FAILED, f"{place} is not writable", facts)
    status = OK
    if free_bytes < _NO_DISK_BYTES:
        status = FAILED
    elif free_bytes < _LOW_DISK_BYTES:
        status = DEGRADED
    return Check("root", status, f"{free_bytes / 2**30:.1f} GiB free at {place}", facts)


def gatherers_check(
    beats: Mapping[str, GathererStatus | None], *, now_us: int, stale_seconds: float
) -> Check:
    """The gatherers of this machine by their last heartbeats."""
    living = {
        name: beat
        for name, beat in beats.items()
        if beat is not None and now_us - beat.beat_us <= stale_seconds * 1e6
    }
    dead = sorted(beats.keys() - living.keys())
    stopped = sorted(name for name, beat in living.items() if beat.stopped_reason)
    stale = sum(stream.stale for beat in living.values() for stream in beat.streams)
    facts = {"configured": len(beats), "dead": dead, "stopped": stopped, "stale_streams": stale}
    status = OK
    text = f"{len(beats)} record" if beats else "all are on other machines"
    lost = [*dead, *stopped]
    if lost:
        # One that only waits for room on its disk is not dead: killing it would lose what it holds.
        status = DEGRADED if living else FAILED
        text = f"not recording: {', '.join(lost)}"
    elif stale:
        status, text = DEGRADED, f"{stale} streams are silent"
    return Check("gatherers", status, text, facts)


def landing_check(
    *, last_seconds_ago: float | None, behind_seconds: float, gaps_open: float
) -> Check:
    """Landing: when it last ended (None: never here), and how far it is behind what was heard."""
    if last_seconds_ago is None:
        return Check("landing", DEGRADED, "nothing was ever landed here: `marketdata land`")
    facts = {
        "last_seconds_ago": round(last_seconds_ago, 1),
        "behind_seconds": round(behind_seconds, 1),
        "gaps_open": gaps_open,
    }
    lag = max(last_seconds_ago, behind_seconds)
    status = OK
    if lag > _LANDING_DEAD_SECONDS:
        status = FAILED
    elif lag > _LANDING_LATE_SECONDS:
        status = DEGRADED
    text = (
        f"last landing {last_seconds_ago:.0f} s ago, {behind_seconds:.0f} s behind what was heard"
    )
    return Check("landing", status, text, facts)


def exports_check(*, now: float, last: float | None, stored: float | None) -> Check:
    """Exports to the archive: when the last one was, and when rows were last stored (seconds since
    1970; None: never).
    """
    if last is None:
        late = stored is not None and now - stored > _ARCHIVE_LATE_SECONDS
        return Check("exports", DEGRADED if late else OK, "nothing was archived yet")
    age = now - last
    status = DEGRADED if age > _ARCHIVE_LATE_SECONDS else OK
    text = f"last export {datetime.fromtimestamp(last, UTC):%F %T} UTC"
    return Check("exports", status, text, {"last_seconds_ago": round(age, 1)})
