"""REST limits: weights used up, 429 with Retry-After, and 418 for who goes on regardless.

Belongs here: the count. Does not: which route weighs what (one file a venue).
"""

from __future__ import annotations

from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.venues.endpoint import Allowance

_PATIENCE = 20  # refused requests before the address is banned
_BAN_SECONDS = 120


class WeightMeter:
    """The weight that one exchange has been asked for in the current window."""

    def __init__(self, allowance: Allowance | None) -> None:
        self._allowance = allowance
        self._window = 0
        self._banned_until = 0.0
        self._refused = 0
        self.used = 0

    def refuse(self, weight: int, now: float) -> Response | None:
        """Count a request at monotonic time `now`; an answer when it is one too many."""
        if self._allowance is None:
            return None
        seconds = self._allowance.seconds
        if now < self._banned_until:
            return refusal(418, self._banned_until - now)
        if int(now / seconds) != self._window:
            self._window, self.used, self._refused = int(now / seconds), 0, 0
        if self.used + weight <= self._allowance.count:
            self.used += weight
            return None
        self._refused += 1
        if self._refused > _PATIENCE:
            self._banned_until = now + _BAN_SECONDS
            return refusal(418, _BAN_SECONDS)
        return refusal(429, (self._window + 1) * seconds - now)


def refusal(status: int, seconds: float) -> Response:
    """Too many requests: come back after `seconds`."""
    said = {"code": -1003, "msg": "Too many requests; please use the websocket for live updates."}
    return Response.json(said, status, Retry_After=str(max(int(seconds + 0.999), 1)))
