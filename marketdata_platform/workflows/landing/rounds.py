"""Rounds of a landing: a batch of every gatherer, decoded and laid out while the store still writes
the one before.

Belongs here: reading sources side by side, what their frames leave for the next round. Does not:
storing (land).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.ahead import ahead
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.core.window import from_us
from marketdata_platform.venues.decoding import counts_equal_frames
from marketdata_platform.workflows.bookkeeping.cursors import (
    Cursor,
    GathererState,
    read_state,
    state_bytes,
)
from marketdata_platform.workflows.bookkeeping.ingest_state import Outage
from marketdata_platform.workflows.bookkeeping.notes import (
    Note,
    measured_offsets,
    notes_of,
    offset_rows,
)
from marketdata_platform.workflows.gaps.outage_gaps import follow, listening
from marketdata_platform.workflows.landing.batch import ForInstrument, laid_out
from marketdata_platform.workflows.landing.clock import honest_receipts, step_row
from marketdata_platform.workflows.landing.decode import Found, RefusedFrame, decode_round
from marketdata_platform.workflows.landing.filters import asked_for, keep_wanted, remember_named
from marketdata_platform.workflows.landing.frames import (
    Bools,
    Int64s,
    Part,
    parted_by_stream,
    position_of_text,
)
from marketdata_platform.workflows.ports import FrameBatch, RowBatch, Source, SourceDamage

_LEAST_BYTES = 2**16
# A connection that is silent for so long does not come back under its name.
_FORGET_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class LandOptions:
    """How landing reads: bytes of a round, over all gatherers, and when a clock counts as stepped.

    A hole is opened once all `gatherers` (none: all that are landed) are beyond it, or after
    `settle_seconds`. Of streams that report a whole market only `configured` instruments, and
    those asked for, are stored (filters).
    """

    batch_bytes: int = 32 * 2**20
    clock_step_seconds: float = 5.0
    settle_seconds: float = 30.0
    gatherers: tuple[str, ...] = ()
    configured: frozenset[Instrument] = frozenset()


@dataclass(slots=True)
class Read:
    """What a round took of one gatherer."""

    frames: int = 0
    bytes: int = 0
    rows: int = 0
    alone: int = 0


@dataclass(slots=True)
class Round:
    """A batch of every gatherer that has one, ready to be stored."""

    cursors: dict[str, Cursor] = field(default_factory=dict)
    read: dict[str, Read] = field(default_factory=dict)
    instruments: dict[Instrument, ForInstrument] = field(default_factory=dict)
    homeless: list[RefusedFrame] = field(default_factory=list)  # refused, of no known instrument
    row_batches: list[tuple[RowBatch, str]] = field(default_factory=list)  # with the gatherer
    clocks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    losses: list[tuple[str, str, Outage]] = field(
        default_factory=list
    )  # gatherer, key, what it did not hear
    listening: dict[str, dict[str, int]] = field(
        default_factory=dict
    )  # by gatherer and key, until when
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def all_refused(self) -> Iterator[RefusedFrame]:
        """Refused frames, whether their instrument is known or not."""
        yield from self.homeless
        for held in self.instruments.values():
            yield from held.refused


class _Reading:
    """One gatherer while it is read, a batch ahead."""

    def __init__(
        self, number: int, source: Source, cursor: Cursor, batch_bytes: int, step_ns: int
    ) -> None:
        self.number, self.cursor, self.step_ns = number, cursor, step_ns
        self.state: GathererState = read_state(cursor)
        self.repeats = {name: Repeats.from_bytes(held) for name, held in self.state.repeats.items()}
        self.steps = ahead(source.batches(cursor.position, batch_bytes))
        self.reached: str | None = cursor.position
        self.received_us: int | None = None

    def moved(self) -> Cursor:
        """The cursor after what was read now."""
        self.state.repeats = {name: held.to_bytes() for name, held in self.repeats.items()}
        when = self.cursor.ts_recv if self.received_us is None else from_us(self.received_us)
        self.cursor = Cursor(self.cursor.gatherer, self.reached, state_bytes(self.state), when)
        return self.cursor

    def heard(self, name: str, received_us: int) -> None:
        """Note that a stream was heard, and forget those that fell silent."""
        heard = self.state.heard_us
        heard[name] = max(received_us, heard.get(name, 0))
        for other in [other for other, last in heard.items() if last < received_us - _FORGET_US]:
            del heard[other]
            self.repeats.pop(other, None)


def rounds(
    sources: Sequence[Source], cursors: Mapping[str, Cursor], options: LandOptions
) -> Iterator[Round]:
    """Rounds until every source has ended."""
    share = max(options.batch_bytes // max(len(sources), 1), _LEAST_BYTES)
    step_ns = int(options.clock_step_seconds * 1e9)
    readings = [
        _Reading(n, source, cursors[source.name], share, step_ns)
        for n, source in enumerate(sources)
    ]
    while readings:
        one, parts, ended = Round(), [], []
        for reading in readings:
            step = next(reading.steps, None)
            if step is None:
                ended.append(reading)
            else:
                parts += _take(one, reading, step)
        readings = [reading for reading in readings if reading not in ended]
        if one.read:
            yield _decoded(one, readings, parts, options)


def _take(
    one: Round, reading: _Reading, step: FrameBatch | RowBatch | SourceDamage
) -> list[tuple[str, Part]]:
    name = reading.cursor.gatherer
    read = one.read.setdefault(name, Read())
    reading.reached, reading.received_us = step.next, None
    if isinstance(step, SourceDamage):
        position = position_of_text(step.position) or 0
        one.homeless.append(
            RefusedFrame(reading.number, position, f"unreadable: {step.reason}", "", "")
        )
        return []
    if isinstance(step, RowBatch):
        read.rows += step.rows.num_rows
        reading.received_us = _last_receipt(step)
        one.row_batches.append((step, name))
        return []
    read.frames += len(step.frames)
    read.bytes += sum(map(len, step.frames))
    reading.received_us = int(step.recv_ns[-1]) // 1000
    notes = notes_of(step)
    parts = list(parted_by_stream(reading.number, step, *_receipts(one, reading, step, notes)))
    last = {stream: int(part.received_us[-1]) for stream, part in parts}
    one.losses += [(name, *loss) for loss in follow(reading.state, notes, last)]
    remember_named(reading.state, notes)
    one.listening[name] = listening(reading.state)
    for stream, _ in parts:
        reading.heard(stream, last[stream])
        if counts_equal_frames(stream):
            reading.repeats.setdefault(stream, Repeats())
    return parts


def _last_receipt(batch: RowBatch) -> int | None:
    """Of rows that a gatherer decoded itself: when it heard the last of them, µs; None where it
    does not say.
    """
    if "ts_recv" not in batch.rows.column_names:
        return None
    last: int | None = pc.max(batch.rows.column("ts_recv").cast(pa.int64())).as_py()
    return last


def _receipts(
    one: Round, reading: _Reading, batch: FrameBatch, notes: list[Note]
) -> tuple[Int64s, Bools | None]:
    """When the frames were received, and whether to trust it; what the clocks did is noted."""
    name = reading.cursor.gatherer
    honest, received, steps = honest_receipts(
        batch, reading.state.clock, reading.step_ns, measured_offsets(notes)
    )
    rows = [*offset_rows(name, notes), *(step_row(name, step) for step in steps)]
    if rows:
        one.clocks.setdefault(name, []).extend(rows)
    return received, honest


def _decoded(
    one: Round,
    readings: Sequence[_Reading],
    parts: Sequence[tuple[str, Part]],
    options: LandOptions,
) -> Round:
    repeats = {
        (reading.number, name): held
        for reading in readings
        for name, held in reading.repeats.items()
    }
    decoded = decode_round(parts, repeats)
    states = [reading.state for reading in readings]
    keep_wanted(decoded, asked_for(options.configured, states, [stream for stream, _ in parts]))
    one.instruments, homeless = laid_out(decoded)
    one.homeless += homeless
    one.counts = decoded.counts
    for found in decoded.found:
        _count_rows(one, readings, found)
    one.cursors = {reading.cursor.gatherer: reading.moved() for reading in readings}
    return one


def _count_rows(one: Round, readings: Sequence[_Reading], found: Found) -> None:
    """Whose rows they are: a copy counts for the gatherer that sent it."""
    gatherers, _, of = found.heard.every
    rows = np.bincount(found.frames, minlength=len(found.heard.frames))
    single = found.heard.copies == 0
    for reading in readings:
        mine = of[gatherers == reading.number]
        read = one.read.get(reading.cursor.gatherer)
        if read is not None and len(mine):
            read.rows += int(rows[mine].sum())
            read.alone += int(rows[mine[single[mine]]].sum())
