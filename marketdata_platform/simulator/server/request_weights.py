"""REST limits: weights used up, 429 with Retry-After, and 418 for who goes on regardless.

Belongs here: the count, and how a table of weights is read. Does not: which route weighs what (the
venue's own object).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from marketdata_platform.simulator.server.http_messages import Response

_PATIENCE = 20  # refused requests before the address is banned
_BAN_SECONDS = 120

# What a request takes: one number, or (limit, weight) steps where it rises with the `limit` asked
# for, lowest first; what asks for more than the last step weighs as the last.
RouteWeight: TypeAlias = int | tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `count` in any `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RestLimits:
    """What a venue allows an address to ask of its REST routes.

    Args:
        allowed: weight in a window.
        weights: route, as the gateway's `route_name` calls it → what a request takes.
        usual_limit: the `limit` of a request that names none.
        other_routes: what a request for any other route takes.
    """

    allowed: Quota
    weights: Mapping[str, RouteWeight]
    usual_limit: int
    other_routes: int

    def weight_of(self, route: str, query: Mapping[str, str]) -> int:
        """What a request takes; the most that the route may, where its `limit` is no number."""
        stated = self.weights.get(route, self.other_routes)
        if isinstance(stated, int):
            return stated
        limit = query.get("limit", str(self.usual_limit))
        most = stated[-1][1]
        if not limit.isdecimal():
            return most
        return next((weight for bound, weight in stated if int(limit) <= bound), most)


class WeightMeter:
    """The weight that one exchange has been asked for in the current window."""

    def __init__(self, allowed: Quota | None) -> None:
        self._allowed = allowed
        self._window = 0
        self._banned_until = 0.0
        self._refused = 0
        self.used = 0

    def refuse(self, weight: int, now: float) -> Response | None:
        """Count a request at monotonic time `now`; an answer when it is one too many."""
        if self._allowed is None:
            return None
        seconds = self._allowed.seconds
        if now < self._banned_until:
            return refusal(418, self._banned_until - now)
        if int(now / seconds) != self._window:
            self._window, self.used, self._refused = int(now / seconds), 0, 0
        if self.used + weight <= self._allowed.count:
            self.used += weight
            return None
        self._refused += 1
        if self._refused > _PATIENCE:
            self._banned_until = now + _BAN_SECONDS
            return refusal(418, _BAN_SECONDS)
        return refusal(429, (self._window + 1) * seconds - now)


def refusal(status: int, seconds: float) -> Response:
    """Too many requests: come back after `seconds`."""
    body = {"code": -1003, "msg": "Too many requests; please use the websocket for live updates."}
    return Response.json(body, status, Retry_After=str(max(int(seconds + 0.999), 1)))
