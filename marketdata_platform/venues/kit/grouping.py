"""Events of a batch by kind, with the frames that they came in.

Belongs here: grouping. Does not: what a kind is (each venue's decode).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]


def grouped(
    numbers: Sequence[int], events: Sequence[Any], key: Callable[[Any], Any]
) -> dict[Any, tuple[Int64s, list[Any]]]:
    """Events by `key`, in the order in which each key first comes; `numbers[i]` is the frame of
    event i.
    """
    keys = list(map(key, events))
    kinds = list(dict.fromkeys(keys))
    rows = np.array(numbers, np.int64)
    if len(kinds) == 1:
        return {kinds[0]: (rows, list(events))}
    chosen = {kind: [one == kind for one in keys] for kind in kinds}
    return {
        kind: (rows[np.array(these)], list(compress(events, these)))
        for kind, these in chosen.items()
    }


def flattened(numbers: Sequence[int], events: Sequence[Any]) -> tuple[Sequence[int], Sequence[Any]]:
    """The events of frames of which some hold a list of them, each with its frame's number."""
    if list not in set(map(type, events)):
        return numbers, events
    flat_numbers: list[int] = []
    flat: list[Any] = []
    for number, event in zip(numbers, events, strict=True):
        several = event if type(event) is list else [event]
        flat_numbers += [number] * len(several)
        flat += several
    return flat_numbers, flat
