"""One or two fields of raw frames, at a glance: for readers that look at every frame.

Belongs here: what venues share in reading keys, ids and times while frames are recorded. Does not:
any venue's fields, decoding to rows.

Readers take a channel's frames together, read what they need and skip the rest. A frame that they
cannot read is recorded all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec

from marketdata_platform.venues.stream_rules import Count, Span

T = TypeVar("T")
HEAD_BYTES = 400  # a channel's name stands in the first bytes of a frame
Id: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


def quoted(frame: bytes, name: bytes) -> bytes | None:
    """The text that follows `name` (`"topic":"`) in the head of a frame, up to its quote."""
    at = frame.find(name, 0, HEAD_BYTES)
    if at < 0:
        return None
    at += len(name)
    end = frame.find(b'"', at)
    return frame[at:end] if end >= 0 else None


def one_decoder(shape: Any) -> Callable[[bytes], Any]:
    """A decoder of one frame."""
    return msgspec.json.Decoder(shape).decode


def many_decoder(shape: type[T]) -> Callable[[Sequence[bytes]], list[T]]:
    """A decoder of several frames at once: half of the time of one each."""
    decode: Callable[[bytes], list[T]] = msgspec.json.Decoder(list[shape]).decode  # type: ignore[valid-type]
    return lambda frames: decode(b"[" + b",".join(frames) + b"]")


def no_ids(frames: Sequence[bytes]) -> list[int]:
    """Of channels whose messages have no ids that count."""
    return []


def no_spans(frames: Sequence[bytes]) -> list[Span]:
    """Of channels that are no books and are not numbered by subscription."""
    return []


def gives_book(datasets: Sequence[str]) -> bool:
    """True if a channel that gives these datasets is a book."""
    return "book_deltas" in datasets or "book_snapshots" in datasets


def count_of(datasets: Sequence[str], *, numbered_trades: bool) -> Count:
    """How ids follow each other where books chain; `numbered_trades`: trade ids have no holes."""
    if gives_book(datasets):
        return Count.BOOK
    return Count.IDS if numbered_trades and "trades" in datasets else Count.NOT
