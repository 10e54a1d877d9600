"""Lengths of time as people write them: `15min`, `36h`, `90d`, `2y`, `forever`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h|d|w|y)")
_SECONDS = {"ms": 0.001, "s": 1, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_557_600}


def duration(value: object) -> object:
    """`15min`, `36h`, `90d`, `2y` as a timedelta; `forever` as None.

    Raises:
        ValueError: when the text is no such length of time.
    """
    if not isinstance(value, str):
        return value
    if value.strip() == "forever":
        return None
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"{value[:40]!a} is no duration: write 15min, 36h, 90d, 2y or forever")
    return timedelta(seconds=float(found[1]) * _SECONDS[found[2]])


Duration = Annotated[Annotated[timedelta, Field(gt=timedelta(0))] | None, BeforeValidator(duration)]
