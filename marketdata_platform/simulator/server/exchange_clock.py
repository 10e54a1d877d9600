"""The simulated exchange's clock.

Belongs here: exchange time from the wall clock's passing. Does not: what happens at a time
(exchange).
"""

from __future__ import annotations

import time

_CATCH_UP_SECONDS = 2.0


class ExchangeClock:
    """Time that goes `speed` times as fast as the wall clock's, from `start_us` (µs since 1970)."""

    def __init__(self, start_us: int, speed: float) -> None:
        self.start_us = start_us
        self.halted = False
        self._speed = speed
        self._began = self._advanced = 0.0
        self._halted_us = 0

    def start(self) -> None:
        """It goes from now on."""
        self._began = self._advanced = time.monotonic()

    def advance(self, now: float) -> None:
        """A tick at monotonic time `now`. What the machine was held up for longer than a moment is
        left out, or an overloaded one would never catch up.
        """
        late = now - self._advanced - _CATCH_UP_SECONDS
        self._began += max(late, 0.0)
        self._advanced = now

    def halt(self, at_us: int) -> None:
        """It stands at this time for ever."""
        self.halted, self._halted_us = True, at_us

    def now_us(self) -> int:
        """Exchange time, µs since 1970."""
        if self.halted:
            return self._halted_us
        passed = time.monotonic() - self._began if self._began else 0.0
        return self.start_us + int(passed * self._speed * 1_000_000)
