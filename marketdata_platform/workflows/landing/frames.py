"""Frames of several gatherers, each different one once.

Belongs here: which frames are the same, who heard them first and how often they came. Does not:
decoding (decode). Redundant gatherers hear the same bytes, so most of a round is recognised before
anything is decoded. Frames of a venue where equal frames are different events are not
(`EqualFrames.COUNTED`): they are counted along each connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from marketdata_platform.workflows.ports import LARGEST_FRAME_BYTES, CutFrame, FrameBatch

Int64s: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
_OFFSET_BITS = 40
_DOUBT = 2**60  # added to a receipt that is not to be trusted: an honest one is less


def position_number(segment: int, offset: int) -> int:
    """A place in a journal as one number, as quarantine keeps it: `segment << 40 | offset`."""
    return segment << _OFFSET_BITS | offset


def position_of_text(text: str) -> int | None:
    """The number of a position `segment:offset`; None for another source's own text."""
    segment, colon, offset = text.partition(":")
    if not (colon and segment.isdigit() and offset.isdigit()):
        return None
    return position_number(int(segment), int(offset))


@dataclass(frozen=True, slots=True)
class Part:
    """Frames of one gatherer's batch; `honest` is false where the clock that stamped them is not to
    be trusted.
    """

    gatherer: int
    frames: Sequence[bytes]
    received_us: Int64s
    position: Int64s
    honest: Bools | None = None  # None: all are

    def take(self, rows: Int64s) -> Part:
        """The frames at `rows`."""
        honest = None if self.honest is None else self.honest[rows]
        frames = [self.frames[row] for row in rows.tolist()]
        return Part(self.gatherer, frames, self.received_us[rows], self.position[rows], honest)


@dataclass(slots=True)
class Heard:
    """Frames of a round, each once: frame i first came at `position[i]` of `gatherer[i]`, and
    `copies[i]` times more.

    `every` are all frames as they came, copies too: (gatherers, positions, frame that each is).
    """

    frames: list[bytes]
    received_us: Int64s  # earliest receipt, by an honest clock where there is one
    gatherer: Int64s
    position: Int64s
    copies: Int64s
    honest: Bools | None  # None: all receipts are
    every: tuple[Int64s, Int64s, Int64s]

    def places(self, frames: Sequence[int]) -> list[list[tuple[int, int]]]:
        """(gatherer, position) of every copy of each of these frames."""
        gatherers, positions, of = self.every
        order = np.argsort(of, kind="stable")
        starts = np.searchsorted(of[order], np.array([*frames], np.int64))
        ends = np.searchsorted(of[order], np.array([*frames], np.int64), side="right")
        return [
            list(zip(gatherers[order[a:b]].tolist(), positions[order[a:b]].tolist(), strict=True))
            for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
        ]


def parted_by_stream(
    gatherer: int, batch: FrameBatch, received_us: Int64s, honest: Bools | None
) -> Iterable[tuple[str, Part]]:
    """The frames of each stream of a batch, in the order in which they came."""
    positions = (batch.segment << _OFFSET_BITS) | batch.offset
    whole = Part(gatherer, batch.frames, received_us, positions, honest)
    if len(batch.streams) == 1:
        yield batch.streams[0], whole
        return
    for number, name in enumerate(batch.streams):
        rows = np.flatnonzero(batch.stream == number)
        if len(rows):
            yield name, whole.take(rows)


def heard_once(parts: Sequence[Part]) -> Heard:
    """Frames of all parts; equal bytes once, with the earliest receipt by an honest clock."""
    frames = list(chain.from_iterable(part.frames for part in parts))
    total = len(frames)
    known: dict[bytes, int] = {}
    first_at = np.fromiter(map(known.setdefault, frames, range(total)), np.int64, total)
    first = first_at == np.arange(total)
    of = (np.cumsum(first) - 1)[first_at]
    kept = frames if len(known) == total else list(compress(frames, first.tolist()))
    return _heard(parts, kept, first, of)


def heard_all(part: Part) -> Heard:
    """The frames of one part, equal ones or not."""
    total = len(part.frames)
    return _heard([part], list(part.frames), np.ones(total, bool), np.arange(total))


def _heard(parts: Sequence[Part], frames: list[bytes], first: Bools, of: Int64s) -> Heard:
    gatherers = np.repeat([part.gatherer for part in parts], [len(part.frames) for part in parts])
    positions = np.concatenate([part.position for part in parts])
    received = np.concatenate([part.received_us for part in parts])
    honest = None
    if any(part.honest is not None for part in parts):
        trusted = np.concatenate([_honest(part) for part in parts])
        received = np.where(trusted, received, received + _DOUBT)
        honest = np.zeros(len(frames), bool)
        honest[of[trusted]] = True
    if len(frames) == len(of):
        earliest = received
    else:
        earliest = received[first]
        np.minimum.at(earliest, of[~first], received[~first])
    if honest is not None:
        earliest = np.where(honest, earliest, earliest - _DOUBT)
    copies = np.bincount(of, minlength=len(frames)) - 1
    every = (gatherers, positions, of)
    return Heard(frames, earliest, gatherers[first], positions[first], copies, honest, every)


def _honest(part: Part) -> Bools:
    return part.honest if part.honest is not None else np.ones(len(part.frames), bool)


def large(frames: Sequence[bytes]) -> list[int]:
    """The frames that are too large to be decoded."""
    if CutFrame not in set(map(type, frames)) and sum(map(len, frames)) <= LARGEST_FRAME_BYTES:
        return []
    return list(
        compress(range(len(frames)), [whole_bytes(frame) > LARGEST_FRAME_BYTES for frame in frames])
    )


def whole_bytes(frame: bytes) -> int:
    """A frame's size, also of one that was cut."""
    return frame.whole_bytes if isinstance(frame, CutFrame) else len(frame)
