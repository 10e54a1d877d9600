"""Staying within what a venue allows: so many in so many seconds, and waits that grow after
failures.

Belongs here: waiting. Does not: what the limits are (venues).
"""

from __future__ import annotations

import asyncio
import random
from collections import deque

from marketdata_platform.venues.endpoint import Allowance


class Throttle:
    """At most `allowance.count` in any `allowance.seconds`, shared by all who ask; they are served
    in turn.
    """

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._spent: deque[tuple[float, int]] = deque()
        self._in_use = 0
        self._closed_until = 0.0
        self._turn = asyncio.Lock()

    async def take(self, weight: int = 1) -> None:
        """Wait until `weight` more fits, then count it. More than the whole allowance counts as the
        whole.
        """
        weight = min(weight, self._allowance.count)
        async with self._turn:
            while (wait := self._wait_seconds(weight)) > 0:
                await asyncio.sleep(wait)
            self._spent.append((asyncio.get_running_loop().time(), weight))
            self._in_use += weight

    def close_for(self, seconds: float) -> None:
        """Let nobody pass for so long: the venue asked for it."""
        self._closed_until = max(self._closed_until, asyncio.get_running_loop().time() + seconds)

    def _wait_seconds(self, weight: int) -> float:
        now = asyncio.get_running_loop().time()
        if now < self._closed_until:
            return self._closed_until - now
        while self._spent and self._spent[0][0] <= now - self._allowance.seconds:
            self._in_use -= self._spent.popleft()[1]
        if self._in_use + weight <= self._allowance.count:
            return 0.0
        return max(self._spent[0][0] + self._allowance.seconds - now, 0.001)


class Backoff:
    """Waits that double from `first_seconds` to `cap_seconds`, each drawn between half of it and
    all of it.
    """

    def __init__(self, first_seconds: float = 0.25, cap_seconds: float = 60.0) -> None:
        self._first = first_seconds
        self._cap = cap_seconds
        self.failures = 0

    def next_seconds(self) -> float:
        """How long to wait after one more failure. Many gatherers that lost one venue must not
        return as one.
        """
        ceiling = min(self._cap, self._first * 2 ** min(self.failures, 30))
        self.failures += 1
        return random.uniform(ceiling / 2, ceiling)

    def succeeded(self) -> None:
        """Begin small again."""
        self.failures = 0
