"""When a gap that resists is tried again: ever more seldom, so that a venue is not asked the same
for ever.

Belongs here: the times. Does not: repairing (repair.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from marketdata_platform.workflows.bookkeeping.gap_ledger import Gap

_FIRST = timedelta(minutes=1)
_LONGEST = timedelta(hours=1)


def due_at(gap: Gap) -> datetime:
    """When the next attempt is due: at once, then 1, 3, 7 … minutes after the gap was opened, then
    hourly.
    """
    return gap.opened_at + sum(
        (min(_FIRST * 2**n, _LONGEST) for n in range(gap.attempts)), timedelta()
    )


def due_gaps(gaps: Iterable[Gap], now: datetime) -> list[Gap]:
    """The open gaps that are to be tried now."""
    return [gap for gap in gaps if due_at(gap) <= now]


def next_due(gaps: Iterable[Gap], now: datetime) -> str:
    """What is waited for, in words."""
    waiting = sorted(due_at(gap) for gap in gaps)
    if not waiting:
        return "no gap is open"
    return (
        f"{len(waiting)} open gaps were tried before; the next try is in "
        f"{(waiting[0] - now).total_seconds():.0f} s"
    )
