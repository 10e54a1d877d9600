"""Messages per second, smoothed over some seconds."""

from __future__ import annotations

import math
import time
from collections.abc import Hashable

_SMOOTH_SECONDS = 5.0


class Rates:
    """Rates of counters that are looked at now and then."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, tuple[float, int, float]] = {}

    def of(self, name: Hashable, count: int) -> float:
        """Per second, of a counter that stands at `count` now."""
        now = time.monotonic()
        before = self._seen.get(name)
        if before is None:
            self._seen[name] = (now, count, 0.0)
            return 0.0
        then, last, rate = before
        passed = now - then
        if passed <= 0:
            return rate
        weight = 1 - math.exp(-passed / _SMOOTH_SECONDS)
        rate += weight * ((count - last) / passed - rate)
        self._seen[name] = (now, count, rate)
        return round(rate, 3)
