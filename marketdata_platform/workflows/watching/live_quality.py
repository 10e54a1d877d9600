"""Is the live recording well? Verdicts on heartbeats, landing, gaps and quarantine, from what was
read of them.

Belongs here: thresholds and wording. Does not: reading (platform), showing (defs, cli).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus

LATE = timedelta(minutes=3)  # landing runs each minute; later than this is worth a look
VERY_LATE = timedelta(minutes=15)
QUARANTINE_LOOK = timedelta(minutes=15)

Facts = Mapping[str, int | float | str]


@dataclass(frozen=True, slots=True)
class LiveVerdict:
    """How one thing stands. `serious`: somebody has to act, else it is a warning."""

    passed: bool
    said: str
    facts: Facts = field(default_factory=dict)
    serious: bool = False


def heartbeat(
    gatherer: str, beat: GathererStatus | None, now: datetime, stale_seconds: float
) -> LiveVerdict:
    """Report whether the gatherer lives and its journal takes what comes."""
    if beat is None:
        return LiveVerdict(False, f"{gatherer} was never seen", serious=True)
    age = (now - _moment(beat.beat_us)).total_seconds()
    facts: Facts = {
        "host": beat.host,
        "process": str(beat.pid),
        "state": beat.state,
        "frames": beat.frames,
    }
    if age > stale_seconds:
        return LiveVerdict(False, f"{gatherer} is silent since {age:.0f} s", facts, serious=True)
    if beat.stopped_reason:
        return LiveVerdict(
            False, f"{gatherer} takes nothing: {beat.stopped_reason}", facts, serious=True
        )
    stale = sorted({f"{s.dataset} of {s.instrument}" for s in beat.streams if s.stale})
    if stale:
        return LiveVerdict(
            False,
            f"{gatherer} hears nothing of {', '.join(stale[:3])}{' …' * (len(stale) > 3)}",
            facts,
        )
    return LiveVerdict(True, f"{gatherer} is {beat.state}", facts)


def landing_lag(gatherer: str, landed: datetime | None, beat: GathererStatus | None) -> LiveVerdict:
    """How far landing is behind what the gatherer has received last."""
    if beat is None:
        return LiveVerdict(True, f"{gatherer} has recorded nothing yet")
    heard = max((s.last_recv_us for s in beat.streams if s.last_recv_us), default=None)
    if heard is None:
        return LiveVerdict(True, f"{gatherer} has heard nothing yet")
    lag = _moment(heard) - (landed or _moment(beat.started_us))
    seconds = max(0.0, lag.total_seconds())
    facts: Facts = {
        "lag seconds": round(seconds, 1),
        "landed up to": landed.isoformat() if landed else "nothing yet",
    }
    reason = f"landing is {seconds:.0f} s behind {gatherer}"
    return LiveVerdict(lag <= LATE, reason, facts, serious=lag > VERY_LATE)


def open_gaps(gaps: Sequence[tuple[str, int | None, datetime]], now: datetime) -> LiveVerdict:
    """What nobody saw and nothing has filled yet: (what, records missing, when it was noticed)."""
    if not gaps:
        return LiveVerdict(True, "no gap is open", {"open gaps": 0})
    oldest = min(opened for _, _, opened in gaps)
    missing = sum(count or 0 for _, count, _ in gaps)
    where = sorted({what for what, _, _ in gaps})
    age = now - oldest
    facts: Facts = {
        "open gaps": len(gaps),
        "records missing": missing,
        "oldest": oldest.isoformat(),
    }
    reason = (
        f"{len(gaps)} open, the oldest for {_short(age)}, in "
        f"{', '.join(where[:3])}{' …' * (len(where) > 3)}"
    )
    return LiveVerdict(False, reason, facts, serious=age > timedelta(hours=1))


def quarantine(reasons: Mapping[str, int]) -> LiveVerdict:
    """What could not be stored lately, by reason."""
    total = sum(reasons.values())
    look = _short(QUARANTINE_LOOK)
    if not total:
        return LiveVerdict(True, f"nothing was quarantined in the last {look}", {"quarantined": 0})
    most = sorted(reasons.items(), key=lambda item: -item[1])[:3]
    reason = f"{total} in the last {look}: " + "; ".join(
        f"{count} × {reason}" for reason, count in most
    )
    return LiveVerdict(False, reason, {"quarantined": total})


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1_000_000, UTC)


def _short(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
