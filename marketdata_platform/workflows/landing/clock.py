"""Steps of a gatherer's wall clock: which receive times are not to be trusted.

Belongs here: comparing wall and monotonic time along a journal. Does not: what becomes of such rows
(decode).

Both clocks tick alike, so their difference only drifts; a jump of it is a step of the wall clock.
From a step on, receipts are doubtful until the clock is set back, a measurement against a venue
says that it is right now, or an hour has passed: then what it shows is taken for true. Order never
depends on it: that is the journal's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from marketdata_platform.core.window import from_us
from marketdata_platform.workflows.bookkeeping.cursors import ClockState
from marketdata_platform.workflows.landing.frames import Bools, Int64s
from marketdata_platform.workflows.ports import FrameBatch

_ACCEPTED_AFTER_NS = 3_600 * 10**9


@dataclass(frozen=True, slots=True)
class Step:
    """The wall clock jumped by `step_ns` before the frame at `position`."""

    position: str
    step_ns: int
    recv_ns: int


def honest_receipts(
    batch: FrameBatch, state: ClockState, limit_ns: int, measured: Mapping[int, int]
) -> tuple[Bools | None, Int64s, list[Step]]:
    """Which receipts of a batch are to be trusted (None: all), the receipts in µs, and the steps in
    the batch.

    A doubtful receipt is estimated from the clock as it was before the step. `state` goes on to the
    next batch.

    Args:
        batch: frames in the order of the journal.
        state: what the frames before left.
        limit_ns: a smaller jump is no step.
        measured: by frame, how far the wall clock was found to be off a venue's, ns.
    """
    relation = batch.recv_ns - batch.mono_ns
    if not batch.mono_ns.any():  # a recording without a monotonic clock
        return None, batch.recv_ns // 1000, []
    _begin(state, batch.segment, int(relation[0]))
    last = state.last_ns if state.last_ns is not None else relation[0]
    before = np.concatenate([[last], relation[:-1]])
    jumps = np.flatnonzero(np.abs(relation - before) > limit_ns)
    if not len(jumps) and state.stepped_mono_ns is None:
        state.trusted_ns = state.last_ns = int(relation[-1])
        return None, batch.recv_ns // 1000, []
    honest, received = np.ones(len(relation), bool), batch.recv_ns.copy()
    marks = sorted({0, *jumps.tolist(), *measured, len(relation)})
    for begin, end in pairwise(marks):
        if not _follow(state, batch, (begin, end), limit_ns, measured.get(begin)):
            honest[begin:end] = False
            received[begin:end] = batch.mono_ns[begin:end] + (state.trusted_ns or 0)
    steps = [_step(batch, at, int(relation[at] - before[at])) for at in jumps.tolist()]
    return (None if honest.all() else honest), received // 1000, steps


def _begin(state: ClockState, segment: int, relation: int) -> None:
    """Another segment is another run, or another boot: there is nothing to compare with."""
    if state.segment != segment and state.stepped_mono_ns is None:
        state.trusted_ns = state.last_ns = relation
    state.segment = segment


def _step(batch: FrameBatch, at: int, step_ns: int) -> Step:
    position = f"{batch.segment}:{int(batch.offset[at])}"
    return Step(position, step_ns, int(batch.recv_ns[at]))


def _follow(
    state: ClockState, batch: FrameBatch, rows: tuple[int, int], limit_ns: int, off_ns: int | None
) -> bool:
    """Go over frames between two jumps or measurements; whether their receipts are to be
    trusted.
    """
    begin, end = rows
    mono_ns = int(batch.mono_ns[begin])
    relation = int(batch.recv_ns[begin]) - mono_ns
    if state.trusted_ns is None:
        state.trusted_ns = relation
    doubtful = abs(relation - state.trusted_ns) > limit_ns
    if doubtful and state.stepped_mono_ns is None:
        state.stepped_mono_ns = mono_ns
    right = off_ns is not None and abs(off_ns) <= limit_ns
    since = mono_ns - state.stepped_mono_ns if state.stepped_mono_ns is not None else 0
    state.last_ns = int(batch.recv_ns[end - 1] - batch.mono_ns[end - 1])
    if doubtful and not right and 0 <= since <= _ACCEPTED_AFTER_NS:
        return False
    state.trusted_ns, state.stepped_mono_ns = state.last_ns, None
    return True


def step_row(gatherer: str, step: Step) -> dict[str, Any]:
    """The step as a row of `clocks`."""
    return {
        "gatherer": gatherer,
        "position": step.position,
        "kind": "step",
        "against": "",
        "offset_us": step.step_ns // 1000,
        "round_trip_us": None,
        "measured_at": from_us(step.recv_ns // 1000),
    }
