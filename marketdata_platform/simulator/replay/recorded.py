"""One recorded frame, and a recording of many.

Belongs here: what a player needs of them. Does not: how they lie in files (recordings).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

STREAMED, ANSWERED = "stream", "rest"


class Recorded(NamedTuple):
    """One frame. `kind`: of a stream, or an answer of REST whose address is `url` (empty: not
    recorded).
    """

    recv_ns: int
    place: str
    payload: bytes
    kind: str = STREAMED
    url: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """Frames to be played: `frames()` gives them from the first one on, as often as it is called.

    `places` are those that they belong to (`venue:address`).
    """

    places: tuple[str, ...]
    frames: Callable[[], Iterator[Recorded]]
