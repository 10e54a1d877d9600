"""What a venue's tests bring, so that `test_every_venue.py` can ask every venue the same.

Small frames, made by us in the venue's shape, stand in `<venue>/small_frames.py` as `STREAMS`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from marketdata_platform.venues.stream_rules import Message, Span


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Frames of one channel of `StreamExamples.instrument`, in order, and what is read in them."""

    dataset: str
    frames: tuple[bytes, ...]
    moment_us: int | None  # of the last frame
    ids: tuple[int, ...] = ()
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StreamExamples:
    """Of one venue.

    `odd` is a symbol as the venue may write one day. `answer` is what the venue replies to a
    message when it knows all channels but some; `silent`: it accepts a channel that is not there.
    """

    instrument: str
    other: str
    odd: str
    heard: tuple[Heard, ...]
    answer: Callable[[Message, frozenset[str]], bytes]
    silent: bool


def text(value) -> bytes:
    """A message as a venue writes it."""
    return json.dumps(value, separators=(",", ":")).encode()
