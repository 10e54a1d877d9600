"""Compiled loops over rows that several recorders decoded alike: which repeat which, and whether
they are equal.

Belongs here: passes over plain columns. Does not: which columns count (merging).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import njit

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@njit(cache=True, nogil=True)
def repeated_numbers(numbers: Int64s, lowest: int, span: int, again: Int64s, first: Int64s) -> int:
    """Rows whose number came before, with the first row of it, into `again` and `first`; how
    many.
    """
    seen = np.full(span, -1, np.int32)
    found = 0
    for row in range(len(numbers)):
        place = numbers[row] - lowest
        held = seen[place]
        if held < 0:
            seen[place] = row
        else:
            again[found] = row
            first[found] = held
            found += 1
    return found


@njit(cache=True, nogil=True)
def keep_equal_words(
    ones: Int64s, others: Int64s, width: int, again: Int64s, first: Int64s, equal: Bools
) -> None:
    """Clear `equal` where a row `again` of `ones` is not row `first` of `others`; values are of
    `width` words.
    """
    for pair in range(len(again)):
        a, b = again[pair] * width, first[pair] * width
        same = equal[pair]
        for word in range(width):
            same &= ones[a + word] == others[b + word]
        equal[pair] = same


@njit(cache=True, nogil=True)
def keep_equal_texts(
    ends: npt.NDArray[np.int32],
    content: npt.NDArray[np.uint8],
    other_ends: npt.NDArray[np.int32],
    other_content: npt.NDArray[np.uint8],
    again: Int64s,
    first: Int64s,
    equal: Bools,
) -> None:
    """As `keep_equal_words`, for texts."""
    for pair in range(len(again)):
        a, b = ends[again[pair]], other_ends[first[pair]]
        size = ends[again[pair] + 1] - a
        same = equal[pair] and size == other_ends[first[pair] + 1] - b
        if same:
            for i in range(size):
                same &= content[a + i] == other_content[b + i]
        equal[pair] = same


@njit(cache=True, nogil=True)
def earliest(times: Int64s, again: Int64s, first: Int64s) -> None:
    """The earlier of two times into the first of them."""
    for pair in range(len(again)):
        time = times[again[pair]]
        if time < times[first[pair]]:
            times[first[pair]] = time
