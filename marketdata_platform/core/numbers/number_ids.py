"""Ids that are numbers: whether a text column is an integer column written out, without making
texts of the integers.

Belongs here: the comparison, in one pass over Arrow's own bytes. Does not: what follows from it
(coverage, batch).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.compiled import njit

_UNSURE = -1
_SURE_DIGITS = 18  # cannot overflow 64 bits
_ZERO = ord("0")


def odd_ids(texts: pa.Array, numbers: npt.NDArray[np.int64]) -> int | None:
    """Rows of `texts` (`string`, no nulls) that are not `str(number)`; None where a text is too
    long to be handled here.

    Negative numbers are never met: an id with a sign is unlike any number here, which None says
    too.
    """
    if not len(texts):
        return 0
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    content = (
        np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    )
    found = int(_odd(ends, content, numbers))
    return None if found == _UNSURE else found


def rises(numbers: npt.NDArray[np.int64]) -> bool:
    """True if each number is above the one before."""
    return bool(_rises(numbers))


@njit(cache=True, nogil=True)
def _odd(
    ends: npt.NDArray[np.int32], content: npt.NDArray[np.uint8], numbers: npt.NDArray[np.int64]
) -> int:
    odd = 0
    for row in range(len(numbers)):
        start, end = ends[row], ends[row + 1]
        if end - start > _SURE_DIGITS or numbers[row] < 0:
            return _UNSURE
        value = np.int64(0)
        good = end > start and (content[start] != _ZERO or end - start == 1)
        for i in range(start, end):
            digit = np.int64(content[i]) - _ZERO
            good &= 0 <= digit <= 9
            value = value * 10 + digit
        odd += not (good and value == numbers[row])
    return odd


@njit(cache=True, nogil=True)
def _rises(numbers: npt.NDArray[np.int64]) -> bool:
    risen = 0
    for row in range(1, len(numbers)):
        risen += numbers[row] > numbers[row - 1]
    return risen == len(numbers) - 1 or len(numbers) == 0
