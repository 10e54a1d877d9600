"""Estimates that venues publish (greeks), as floats.

Belongs here: text to float64, null where there is none. Does not: money, which is exact
(core.text_numbers).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import NoneType

import msgspec
import pyarrow as pa
import pyarrow.compute as pc


def floats(values: Sequence[str | float | msgspec.Raw | None]) -> pa.Array:
    """float64 of texts or numbers; what is empty, `null`, no number or not finite is null."""
    if set(map(type, values)) <= {float, NoneType}:
        array = pa.array(values, pa.float64())
        if pc.all(pc.is_finite(array), min_count=0).as_py():
            return array
    return pa.array([_float(value) for value in values], pa.float64())


def _float(value: str | float | msgspec.Raw | None) -> float | None:
    if value is None:
        return None
    try:
        number = float(bytes(value)) if isinstance(value, msgspec.Raw) else float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
