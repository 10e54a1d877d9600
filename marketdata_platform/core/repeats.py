"""Numbering equal events of one moment: the first is 0, the next 1, and so on.

Belongs here: counting, with a state that survives a cut of the stream. Does not: what makes two
events equal (venues). Two recordings that heard the same stream number alike, however it was cut;
one that missed an event numbers fewer, and the union of both has them all. A message that comes
again is no event.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]
_KEEP_US = 60_000_000  # exchange times were seen to go back by a few seconds
AGAIN = -1


class Repeats:
    """How often each (moment, text) has been seen in the last minute of exchange time."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, str], int] = {}
        self._order: deque[tuple[int, str]] = deque()
        self._newest = 0

    def number(
        self,
        moments_us: Int64s,
        text_of: Callable[[int], str],
        message_of: Callable[[int], str] | None,
    ) -> Int64s:
        """How many equal events came before each, or `AGAIN` where its very message did.

        `text_of` gives the text of event i, by which events of one moment are equal, `message_of`
        what names the message that it came in; None where messages have no names: none is known to
        come again. They are asked only of events that may be equal to another, and of those that
        are remembered.
        """
        newest = np.maximum.accumulate(np.maximum(moments_us, self._newest))
        if len(moments_us) > 1 and (moments_us < newest - _KEEP_US).any():
            # Told so late that its equals may be forgotten: by halves, down to one by one.
            half = len(moments_us) // 2
            first = self.number(moments_us[:half], text_of, message_of)
            second = self.number(
                moments_us[half:], _from(half, text_of), message_of and _from(half, message_of)
            )
            return np.concatenate([first, second])
        counts = np.zeros(len(moments_us), np.int64)
        asked = self._may_have_equals(moments_us)
        if len(moments_us):
            asked[self._first_remembered(moments_us, int(newest[-1])) :] = True
        for row in np.flatnonzero(asked).tolist():
            moment = int(moments_us[row])
            again = message_of is not None and self._counted((moment, message_of(row)))
            counts[row] = AGAIN if again else self._counted((moment, text_of(row)))
        self._forget(int(newest[-1]) if len(newest) else self._newest)
        return counts

    def _may_have_equals(self, moments_us: Int64s) -> npt.NDArray[np.bool_]:
        """Events of a moment that others have too, here or before."""
        order = np.argsort(moments_us, kind="stable")
        together = np.flatnonzero(np.diff(moments_us[order]) == 0)
        found: npt.NDArray[np.bool_] = moments_us <= self._newest
        found[order[together]] = True
        found[order[together + 1]] = True
        return found

    def _first_remembered(self, moments_us: Int64s, newest: int) -> int:
        """The first event that will not be forgotten once all are numbered: see `_forget`."""
        oldest = newest - _KEEP_US
        if any(moment >= oldest for moment, _ in reversed(self._order)):
            return 0
        return int(np.argmax(moments_us >= oldest))

    def _counted(self, key: tuple[int, str]) -> int:
        count = self._seen.get(key, -1) + 1
        if count == 0:
            self._order.append(key)
        self._seen[key] = count
        return count

    def _forget(self, newest: int) -> None:
        """Forget what is older than a minute, as far as nothing younger was seen before it."""
        self._newest = newest
        while self._order and self._order[0][0] < newest - _KEEP_US:
            self._seen.pop(self._order.popleft())

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


def _from(first: int, of: Callable[[int], str]) -> Callable[[int], str]:
    """`of`, counted from event `first` on."""
    return lambda number: of(first + number)
