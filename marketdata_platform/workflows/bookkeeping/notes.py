"""Notes that a gatherer left in its journal, as landing reads them.

Belongs here: their text to values. Does not: writing them (feeds), what follows from them
(land_clock, land_silence).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.window import from_us
from marketdata_platform.venues.kit.streams import NOTE, Stream
from marketdata_platform.workflows.ports import FrameBatch

_MARK = f"/{NOTE}/"


class Said(msgspec.Struct):
    """What a note may say; other fields are for people."""

    event: str
    instruments: dict[str, list[str]] = {}
    reason: str = ""
    offset_us: int | None = None
    round_trip_us: int | None = None
    since_us: int | None = None  # of a gap: when the message before it came


@dataclass(frozen=True, slots=True)
class Note:
    """One note; `row` is its place in the batch."""

    row: int
    stream: Stream
    position: str
    recv_us: int
    said: Said

    @property
    def connection(self) -> str:
        """The stream of the frames of the connection that it speaks of."""
        return f"{self.stream.venue}:{self.stream.market}/ws/{self.stream.detail}"


_decoder = msgspec.json.Decoder(Said)


def notes_of(batch: FrameBatch) -> list[Note]:
    """The notes in a batch, in its order; what is none is left out: the journal keeps it."""
    numbers = [number for number, name in enumerate(batch.streams) if _MARK in name]
    if not numbers:
        return []
    found = []
    for row in np.flatnonzero(np.isin(batch.stream, numbers)).tolist():
        try:
            stream = Stream.parse(batch.streams[int(batch.stream[row])])
            said = _decoder.decode(batch.frames[row])
        except (InvalidInput, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            continue
        position = f"{batch.segment}:{int(batch.offset[row])}"
        found.append(Note(row, stream, position, int(batch.recv_ns[row]) // 1000, said))
    return found


def measured_offsets(notes: list[Note]) -> dict[int, int]:
    """By place in the batch: how far the wall clock was found to be off a venue's, ns."""
    return {
        n.row: n.said.offset_us * 1000
        for n in notes
        if n.said.event == "clock" and n.said.offset_us is not None
    }


def offset_rows(gatherer: str, notes: list[Note]) -> list[dict[str, Any]]:
    """Measurements as rows of `clocks`."""
    return [
        {
            "gatherer": gatherer,
            "position": note.position,
            "kind": "offset",
            "against": note.stream.venue,
            "offset_us": note.said.offset_us,
            "round_trip_us": note.said.round_trip_us,
            "measured_at": from_us(note.recv_us),
        }
        for note in notes
        if note.said.event == "clock" and note.said.offset_us is not None
    ]
