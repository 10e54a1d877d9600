"""Databento's numbers and times as columns of ours.

Belongs here: units, and which value means none. Does not: what a field is (rows). Prices are
integers times 1e-9, times are ns: both are cut only where nothing is lost (times to µs).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.numbers.decimal_words import words_of_integers
from marketdata_platform.core.numbers.text_numbers import BAD, NULL, OK, Numbers

Int64s = npt.NDArray[np.int64]
NO_PRICE = np.iinfo(np.int64).max
NO_TIME = np.iinfo(np.uint64).max
_SCALE = 10  # 1e-9 to 1e-8
_UNIT = 10**8


def us(times: npt.NDArray[Any]) -> Int64s:
    """Times in ns as µs, cut."""
    in_us: Int64s = (times // np.uint64(1000)).astype(np.int64)
    return in_us


def moments(times: npt.NDArray[Any]) -> Numbers:
    """Times in ns as µs; Databento's largest value means none."""
    state = np.where(times == NO_TIME, np.int8(NULL), np.int8(OK))
    return Numbers(np.where(state == OK, us(times), 0), state)


def whole(values: Int64s) -> Numbers:
    """Whole numbers as they are."""
    return Numbers(values, np.full(len(values), OK, np.int8))


def prices(values: npt.NDArray[np.int64]) -> Numbers:
    """Prices of nine decimals as prices of eight; what does not fit is refused, never rounded."""
    state = np.where(values == NO_PRICE, np.int8(NULL), np.int8(OK))
    scaled, rest = np.divmod(np.where(state == OK, values, 0), _SCALE)
    reasons = {}
    for row in np.flatnonzero((rest != 0) | (np.abs(scaled) >= 10**18)).tolist():
        state[row], reasons[row] = (
            BAD,
            f"{values[row]}e-9 has more digits than a price of eight decimals",
        )
    return Numbers(scaled, state, reasons)


def counts(values: npt.NDArray[Any]) -> Numbers:
    """Whole quantities times 1e8; Databento's largest value means none."""
    none = np.iinfo(values.dtype).max
    state = np.where(values == none, np.int8(NULL), np.int8(OK))
    whole = np.where(state == OK, values, 0).astype(np.int64)
    fits = whole <= 2**63 // _UNIT - 1
    column = Numbers(np.where(fits, whole, 0) * _UNIT, state)
    wide = np.flatnonzero(~fits)
    if len(wide):
        column.put(wide, words_of_integers([int(values[row]) * _UNIT for row in wide.tolist()]))
    return column
