"""Long columns in ranges of rows, one thread each: compiled loops release the lock, so two cores
halve the wait.

Belongs here: splitting rows and running a call a range. Does not: what a range's results mean.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TypeVar

_T = TypeVar("_T")

_ROWS_A_RANGE = 500_000  # below, starting a thread costs more than it gives
_MOST_RANGES = 8  # a memory bus is full long before


def ranges(rows: int) -> list[int]:
    """Row numbers 0 = first < … < `rows` that cut the rows into as many near-equal ranges as there
    is use for.
    """
    count = max(1, min(_cores(), rows // _ROWS_A_RANGE, _MOST_RANGES))
    return [rows * i // count for i in range(count + 1)]


def over_ranges(cuts: Sequence[int], call: Callable[[int, int], _T]) -> list[_T]:
    """`call(first, stop)` for each range between neighbouring `cuts`, at the same time; results in
    order of the rows.

    `call` must not come back here: a thread that waits for another of the same pool would wait for
    ever.
    """
    if len(cuts) == 2:
        return [call(cuts[0], cuts[1])]
    others = [_pool(os.getpid()).submit(call, first, stop) for first, stop in pairwise(cuts[1:])]
    mine = call(cuts[0], cuts[1])
    return [mine, *(other.result() for other in others)]


def first_found(rows: int, find: Callable[[int, int], int]) -> int:
    """The first row that `find(first, stop)` gives relative to `first` in any range, or -1 where
    all give -1.
    """
    cuts = ranges(rows)
    found = over_ranges(cuts, find)
    return next((cut + row for cut, row in zip(cuts, found, strict=False) if row >= 0), -1)


@cache
def _pool(process: int) -> ThreadPoolExecutor:
    """The threads of this process; a forked child, which inherits none, makes its own."""
    return ThreadPoolExecutor(_MOST_RANGES, f"row-ranges-{process}")


def _cores() -> int:
    """Cores that this process may use; containers are often given fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
