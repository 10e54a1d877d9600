"""A journal as landing reads it: the port `Source`.

Belongs here: batches as columns, positions as text. Does not: what frames mean (landing), segments
(reader).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.journal.folder import segments_in
from marketdata_platform.journal.format import Position
from marketdata_platform.journal.reading.batch import JournalBatch
from marketdata_platform.journal.reading.reader import JournalReader
from marketdata_platform.journal.reading.walk import Damage
from marketdata_platform.workflows.ports import (
    LARGEST_FRAME_BYTES,
    CutFrame,
    FrameBatch,
    SourceDamage,
)

_CUT_BYTES = 2**16


class JournalSource:
    """One gatherer's journal folder. It need not exist yet: then there is nothing in it."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = Path(folder)
        self._name = name
        self._reader = JournalReader(self.folder)

    @property
    def name(self) -> str:
        """The gatherer."""
        return self._name

    def batches(
        self, position: str | None, batch_bytes: int
    ) -> Iterator[FrameBatch | SourceDamage]:
        """See `Source.batches`: to where the journal ends now, though its gatherer writes on faster
        than one can land.

        Raises:
            ConfigurationError: the journal does not reach as far as `position`: it is another
                journal.
        """
        start = Position.parse(position) if position is not None else None
        if start is not None:
            self._refuse_other_journal(start)
        end = self._end()
        for step in self._reader.read_batches(start, batch_bytes=batch_bytes):
            yield _damage(step) if isinstance(step, Damage) else _frames(step)
            if step.next >= end:
                return

    def tail(self) -> str:
        """See `Source.tail`."""
        return str(self._reader.tail())

    def _end(self) -> Position:
        """At or behind the last record that is there now; found without reading one."""
        segments = segments_in(self.folder)
        if not segments:
            return Position(1, 0)
        last = segments[-1]
        try:
            return (
                Position(last.number, last.path.stat().st_size)
                if not last.sealed
                else Position(last.number + 1, 0)
            )
        except FileNotFoundError:  # sealed this moment
            return Position(last.number + 1, 0)

    def _refuse_other_journal(self, start: Position) -> None:
        segments = self._reader.segments()
        if segments and segments[-1].number < start.segment - 1:
            raise ConfigurationError(
                f"the journal {self.folder} ends in segment {segments[-1].number}, but "
                f"{self._name} was landed up to "
                f"{start}: this is another journal. Give it another gatherer's name, or rebuild "
                "the store"
            )


def _damage(step: Damage) -> SourceDamage:
    return SourceDamage(f"{step.segment}:{step.start}", str(step), str(step.next), step.recv_ns)


def _frames(batch: JournalBatch) -> FrameBatch:
    numbers, names = list(batch.streams), list(batch.streams.values())
    stream = batch.stream
    if numbers != list(range(len(numbers))):
        place = {number: at for at, number in enumerate(numbers)}
        stream = stream.copy()
        for number, at in place.items():
            stream[batch.stream == number] = at
    return FrameBatch(
        frames=_payloads(batch),
        streams=names,
        stream=stream,
        recv_ns=batch.recv_ns,
        mono_ns=batch.mono_ns,
        segment=batch.segment,
        offset=batch.offset,
        next=str(batch.next),
    )


def _payloads(batch: JournalBatch) -> list[bytes]:
    """The frames, copied out; of one that is too large to be decoded only the beginning."""
    sizes = batch.payload_end - batch.payload
    if not (sizes > LARGEST_FRAME_BYTES).any():
        return batch.payloads()
    frames: list[bytes] = []
    for begin, size in zip(batch.payload.tolist(), sizes.tolist(), strict=True):
        if size > LARGEST_FRAME_BYTES:
            cut = CutFrame(batch.data[begin : begin + _CUT_BYTES])
            cut.whole_bytes = size
            frames.append(cut)
        else:
            frames.append(batch.data[begin : begin + size])
    return frames
