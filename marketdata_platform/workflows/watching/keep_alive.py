"""Keeping exactly one run of each gatherer alive: what follows from its runs and its heartbeat.

Belongs here: the decision, as a function of what was seen. Does not: seeing, launching, ending
(defs).

A run is what the orchestrator believes, a heartbeat is what the gatherer says; after a lost host
the first stays `running` for ever, and after a lost orchestrator the second goes on alone. So
neither is believed without the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus

_SECOND_US = 1_000_000
_QUICK_SECONDS = 60.0  # a run that failed sooner than this after its start counts for the back-off
_LONGEST_WAIT_SECONDS = 300.0


class Phase(StrEnum):
    """Where a run that has not ended is."""

    WAITING = "waiting"  # in the queue, or being started
    RUNNING = "running"
    ENDING = "ending"  # asked to end, draining


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run that has not ended. `since_us`: when it was started, or created where it has not
    started yet.
    """

    run_id: str
    phase: Phase
    since_us: int


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that is over."""

    run_id: str
    ended_us: int
    lived_seconds: float
    failed: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What is configured: see `CaptureSection`."""

    session_seconds: float
    overlap_seconds: float
    stale_seconds: float
    managed: bool = True
    start_seconds: float = 180.0  # a run that has not started by then never will
    drain_seconds: float = 15.0  # a run that was asked to end gets this long


@dataclass(frozen=True, slots=True)
class Memory:
    """What the last look left behind: the beat it saw, when that was new, whom it asked to end and
    when.
    """

    beat_us: int | None = None
    seen_us: int = 0
    asked: str = ""
    asked_us: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now, and what to say. `ask`: to end, draining; `fail`: given up, with the
    reason.
    """

    alive: bool
    said: str
    memory: Memory
    launch: bool = False
    ask: str | None = None
    fail: str | None = None


def decide(
    rules: Rules,
    now_us: int,
    beat: GathererStatus | None,
    live: Sequence[LiveRun],
    ended: Sequence[EndedRun],
    memory: Memory,
) -> Decision:
    """What is to be done for one gatherer. `live` and `ended`: newest first.

    At most one of `launch`, `ask`, `fail` is set: each changes what the next look sees.
    """
    seen = _seen(now_us, beat, memory)
    silent = _silent(rules, now_us, beat, memory, seen)
    if not rules.managed:
        return Decision(not silent, _watched(beat, silent, now_us), seen)
    for run in reversed(live):
        lost = _lost(rules, now_us, run, beat, silent, newest=run is live[0])
        if lost:
            return _end(rules, now_us, run, lost, seen, alive=not silent)
    if not live:
        return _without_run(now_us, beat, silent, ended, seen)
    return _with_runs(rules, now_us, beat, silent, live, ended, seen)


def _seen(now_us: int, beat: GathererStatus | None, memory: Memory) -> Memory:
    beat_us = beat.beat_us if beat is not None else None
    seen_us = memory.seen_us if beat_us == memory.beat_us and memory.seen_us else now_us
    return Memory(beat_us, seen_us, memory.asked, memory.asked_us)


def _silent(
    rules: Rules, now_us: int, beat: GathererStatus | None, memory: Memory, seen: Memory
) -> bool:
    """True if nobody beats. A beat counts as old only when two looks saw the same one: wall clocks
    step.

    A clock that stepped forward makes a fresh beat look old once; one that stepped back makes an
    old one look fresh for ever, so the time since the beat was first seen counts, too.
    """
    if beat is None:
        return True
    if memory.beat_us != beat.beat_us or not memory.seen_us:
        return False
    stale_us = rules.stale_seconds * _SECOND_US
    return now_us - beat.beat_us > stale_us or now_us - seen.seen_us > stale_us


def _lost(
    rules: Rules,
    now_us: int,
    run: LiveRun,
    beat: GathererStatus | None,
    silent: bool,
    *,
    newest: bool,
) -> str | None:
    """Why a run is not what the orchestrator believes it to be; None while it may be well."""
    age = (now_us - run.since_us) / _SECOND_US
    if run.phase is Phase.WAITING:
        late = newest and age > rules.start_seconds
        return f"it did not start within {rules.start_seconds:.0f} s" if late else None
    if silent or beat is None:
        return _stale(rules, now_us, beat) if age > rules.stale_seconds else None
    return None if newest else _taken_over(rules, now_us, run, beat)


def _stale(rules: Rules, now_us: int, beat: GathererStatus | None) -> str:
    last = (
        "there never was a heartbeat"
        if beat is None
        else f"the last heartbeat is {_ago(now_us, beat)} old"
    )
    return f"{last}, and {rules.stale_seconds:.0f} s is the limit (capture.heartbeat_stale_seconds)"


def _taken_over(rules: Rules, now_us: int, run: LiveRun, beat: GathererStatus) -> str | None:
    """That another run, which started later, has been capturing for long enough."""
    since = (now_us - beat.started_us) / _SECOND_US
    capturing = beat.run_id != run.run_id and beat.state == "capturing"
    if not capturing or beat.started_us <= run.since_us or since <= rules.stale_seconds:
        return None
    return f"run {beat.run_id[:8] or 'outside Dagster'} has taken over {since:.0f} s ago"


def _end(
    rules: Rules, now_us: int, run: LiveRun, why: str, seen: Memory, *, alive: bool
) -> Decision:
    """First ask, so that what is alive can drain; then give up."""
    asked = seen.asked == run.run_id
    if run.phase is Phase.WAITING or (
        asked and now_us - seen.asked_us > rules.drain_seconds * _SECOND_US
    ):
        memory = Memory(seen.beat_us, seen.seen_us)
        return Decision(alive, f"run {run.run_id[:8]} is given up: {why}", memory, fail=run.run_id)
    if asked:
        return Decision(alive, f"run {run.run_id[:8]} was asked to end: {why}", seen)
    memory = Memory(seen.beat_us, seen.seen_us, run.run_id, now_us)
    return Decision(alive, f"run {run.run_id[:8]} is asked to end: {why}", memory, ask=run.run_id)


def _without_run(
    now_us: int, beat: GathererStatus | None, silent: bool, ended: Sequence[EndedRun], seen: Memory
) -> Decision:
    known = {run.run_id for run in ended}
    if beat is not None and not silent and beat.run_id not in known:
        reason = (
            f"it runs outside Dagster (process {beat.pid} on {beat.host}, {beat.state}): not "
            "started again"
        )
        return Decision(True, reason, seen)
    wait = _back_off(now_us, ended)
    if wait > 0:
        return Decision(
            False,
            f"the last {_failures(ended)} runs failed at once: next try in {wait:.0f} s",
            seen,
        )
    return Decision(False, "no run is alive: starting one", seen, launch=True)


def _with_runs(
    rules: Rules,
    now_us: int,
    beat: GathererStatus | None,
    silent: bool,
    live: Sequence[LiveRun],
    ended: Sequence[EndedRun],
    seen: Memory,
) -> Decision:
    newest = live[0]
    age = (now_us - newest.since_us) / _SECOND_US
    named = f"run {newest.run_id[:8]}"
    if newest.phase is Phase.WAITING:
        return Decision(not silent, f"{named} is starting since {age:.0f} s", seen)
    if newest.phase is Phase.ENDING:
        return Decision(not silent, f"{named} is ending", seen)
    if beat is None or silent:
        return Decision(False, f"{named} runs since {age:.0f} s, no heartbeat yet", seen)
    if (
        len(live) == 1
        and age >= rules.session_seconds - rules.overlap_seconds
        and _back_off(now_us, ended) <= 0
    ):
        reason = (
            f"{named} has run {age:.0f} s: starting its successor, which takes over without a hole"
        )
        return Decision(True, reason, seen, launch=True)
    return Decision(
        True, f"{named} is {beat.state} since {age:.0f} s, heartbeat {_ago(now_us, beat)} old", seen
    )


def _failures(ended: Sequence[EndedRun]) -> int:
    """How many of the latest runs failed soon after their start, without one in between that
    lived.
    """
    count = 0
    for run in ended:
        if not run.failed or run.lived_seconds >= _QUICK_SECONDS:
            break
        count += 1
    return count


def _back_off(now_us: int, ended: Sequence[EndedRun]) -> float:
    """Seconds to wait before the next start: none after one failure (a kill), then 5, 10, 20 …
    300.
    """
    failures = _failures(ended)
    if failures < 2:
        return 0.0
    wait = min(5.0 * 2.0 ** (failures - 2), _LONGEST_WAIT_SECONDS)
    return wait - (now_us - ended[0].ended_us) / _SECOND_US


def _watched(beat: GathererStatus | None, silent: bool, now_us: int) -> str:
    if beat is None:
        return (
            "it is to run outside Dagster (capture.managed = false), and there never was a "
            "heartbeat"
        )
    if silent:
        return (
            "it is to run outside Dagster (capture.managed = false), and is silent since "
            f"{_ago(now_us, beat)}"
        )
    return f"it runs outside Dagster (process {beat.pid} on {beat.host}): {beat.state}"


def _ago(now_us: int, beat: GathererStatus) -> str:
    return f"{max(0, now_us - beat.beat_us) / _SECOND_US:.0f} s"
