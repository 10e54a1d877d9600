"""Numbering equal events of one moment: the first is 0, the next 1, and so on.

Belongs here: counting, with a state that survives a cut of the stream. Does not: what makes two
events equal (venues). Two recordings that heard the same stream number alike, however it was cut;
one that missed an event numbers fewer, and the union of both has them all.
"""

from __future__ import annotations

import json
from collections import deque

_KEEP_US = 60_000_000  # exchange times were seen to go back by a few seconds


class Repeats:
    """How often each (moment, text) has been seen in the last minute of exchange time."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, str], int] = {}
        self._order: deque[tuple[int, str]] = deque()
        self._newest = 0

    def number(self, moment_us: int, text: str) -> int:
        """How many equal events came before this one."""
        key = (moment_us, text)
        count = self._seen.get(key, -1) + 1
        if count == 0:
            self._order.append(key)
        self._seen[key] = count
        self._newest = max(self._newest, moment_us)
        while self._order and self._order[0][0] < self._newest - _KEEP_US:
            self._seen.pop(self._order.popleft())
        return count

    def to_bytes(self) -> bytes:
        """The state as JSON text: kept beside the cursor up to which the stream was read."""
        return json.dumps([self._newest, [[*key, self._seen[key]] for key in self._order]]).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Repeats:
        """The state that `to_bytes` wrote."""
        repeats = cls()
        repeats._newest, seen = json.loads(data)
        for moment, text, count in seen:
            repeats._order.append((moment, text))
            repeats._seen[moment, text] = count
        return repeats
