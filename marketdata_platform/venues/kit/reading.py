"""Reading a batch of frames one by one: a frame that cannot be read takes no other with it.

Belongs here: going over frames. Does not: what a frame says (each venue's decode), rows (rows).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from marketdata_platform.venues.kit.rows import MalformedFrame


def read_all(
    read: Callable[[bytes], Any],
    frames: Sequence[bytes],
    refuse: Callable[[int, str], None],
    errors: tuple[type[Exception], ...] = (MalformedFrame,),
) -> tuple[Sequence[int], list[Any]]:
    """`read` over frames: the numbers of those that it could read, and what it gave for them.

    A frame for which it raises one of `errors` is refused, and the next one is read as if nothing
    had happened.
    """
    events: list[Any] = []
    results = map(read, frames)
    bad: set[int] = set()
    while True:
        try:
            events.extend(results)
        except errors as error:
            bad.add(len(events) + len(bad))
            refuse(len(events) + len(bad) - 1, str(error))
        else:
            break
    numbers = range(len(frames)) if not bad else [n for n in range(len(frames)) if n not in bad]
    return numbers, events
