"""Re-reading a whole journal: what is in it, what is damaged, what each stream lost.

Belongs here: `check` and its report. Does not: repair; another gatherer's journal or the venue's
history does that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from marketdata_platform.journal.folder import segments_in
from marketdata_platform.journal.reading.batch import JournalBatch
from marketdata_platform.journal.reading.reader import JournalReader
from marketdata_platform.journal.reading.walk import Damage


@dataclass(slots=True)
class StreamCount:
    """One stream: its records and payload bytes, first and last receive time, and records known to
    be lost.

    Lost are those that the numbers in a segment skip; what a segment lost at its end after a
    stream's last good record shows only as damage.
    """

    records: int = 0
    payload_bytes: int = 0
    first_recv_ns: int | None = None
    last_recv_ns: int | None = None
    lost: int = 0


@dataclass(slots=True)
class CheckReport:
    """A journal's contents and damage; `ok` when every byte that was finished reads back."""

    segments: int = 0
    records: int = 0
    payload_bytes: int = 0
    streams: dict[str, StreamCount] = field(default_factory=dict)
    damage: list[Damage] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True if nothing is damaged or lost."""
        return not self.damage and not any(stream.lost for stream in self.streams.values())


def check(folder: Path, progress: Callable[[int, int], None] | None = None) -> CheckReport:
    """Read every record of the journal in `folder`; `progress(segments done, segments)` is called
    on the way.
    """
    numbers = [segment.number for segment in segments_in(folder)]
    report = CheckReport(segments=len(numbers))
    expected: dict[tuple[int, str], int] = {}
    for step in JournalReader(folder).read_batches():
        if isinstance(step, Damage):
            report.damage.append(step)
            continue
        _count(report, step, expected)
        if progress is not None:
            progress(sum(number < step.segment for number in numbers), len(numbers))
    if progress is not None:
        progress(len(numbers), len(numbers))
    return report


def _count(report: CheckReport, batch: JournalBatch, expected: dict[tuple[int, str], int]) -> None:
    sizes = batch.payload_end - batch.payload
    report.records += len(batch)
    report.payload_bytes += int(sizes.sum())
    for number, name in batch.streams.items():
        mine = np.flatnonzero(batch.stream == number)
        count = report.streams.setdefault(name, StreamCount())
        count.records += len(mine)
        count.payload_bytes += int(sizes[mine].sum())
        if count.first_recv_ns is None:
            count.first_recv_ns = int(batch.recv_ns[mine[0]])
        count.last_recv_ns = int(batch.recv_ns[mine[-1]])
        after = int(batch.sequence[mine[-1]]) + 1
        count.lost += after - expected.get((batch.segment, name), 0) - len(mine)
        expected[batch.segment, name] = after
