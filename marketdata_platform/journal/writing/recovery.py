"""After a crash: cut a torn tail, say what was cut, and find what is still to be sealed.

Belongs here: what a writer does before its first append. Does not: reading for others (reader.py).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from marketdata_platform.journal.folder import (
    OPEN_SUFFIX,
    TEMPORARY_SUFFIX,
    TORN_SUFFIX,
    SegmentPath,
    segments_in,
    sync_folder,
)
from marketdata_platform.journal.format import HEADER_BYTES, SegmentHeader
from marketdata_platform.journal.reading.scan import scan_plainly
from marketdata_platform.journal.reading.walk import Damage, PlainBytes, walk
from marketdata_platform.journal.writing.lock import WriterLock

_CHUNK_BYTES = 4 * 2**20


@dataclass(slots=True)
class Recovered:
    """What was found: bytes cut by segment number, damage that stays (the rest of its segment is
    read), and the segments that are whole but not yet compressed. `records` counts the good ones in
    those segments.
    """

    cut_bytes: dict[int, int] = field(default_factory=dict)
    damage: list[Damage] = field(default_factory=list)
    to_seal: list[int] = field(default_factory=list)
    records: int = 0

    def __str__(self) -> str:
        cuts = [
            f"cut {size:,} torn bytes off segment {number}"
            for number, size in self.cut_bytes.items()
        ]
        return "; ".join([*cuts, *map(str, self.damage)]) or "nothing to repair"


def recover(folder: Path) -> Recovered:
    """Bring a journal that no writer has open into order. Running it twice changes nothing.

    Raises:
        JournalLocked: a writer has it open.
    """
    lock = WriterLock(folder)
    try:
        return recover_locked(folder)
    finally:
        lock.release()


def recover_locked(folder: Path) -> Recovered:
    """As `recover`, for the holder of the lock."""
    found = Recovered()
    for leftover in folder.glob(f"*{TEMPORARY_SUFFIX}"):
        leftover.unlink()
    segments = segments_in(folder)
    newest = segments[-1].number if segments else 0
    for segment in segments:
        if not segment.sealed:
            _recover_segment(segment, segment.number == newest, found)
        elif segment.path.with_name(f"{segment.number:012d}{OPEN_SUFFIX}").exists():
            found.to_seal.append(segment.number)
    sync_folder(folder)
    return found


def _recover_segment(segment: SegmentPath, newest: bool, found: Recovered) -> None:
    source = PlainBytes(segment.path)
    try:
        size = source.size or 0
        header = source.header()
        if header is None:
            # No record can be checked without its salt. Kept aside: its number must not be used
            # again.
            segment.path.rename(segment.path.with_suffix(TORN_SUFFIX))
            found.cut_bytes[segment.number] = size
            return
        damage, good_end, end = _examine(source, header, found)
    finally:
        source.close()
    found.to_seal.append(segment.number)
    cut_at = good_end if newest else size
    if newest and size > cut_at:
        _cut(segment.path, cut_at)
        found.cut_bytes[segment.number] = size - cut_at
    elif size > end:
        damage.append(Damage(segment.number, end, size, "no good record here"))
    found.damage += [d for d in damage if d.start < cut_at]


def _examine(
    source: PlainBytes, header: SegmentHeader, found: Recovered
) -> tuple[list[Damage], int, int]:
    """Damage, where the last good record ends, and where the one ends that nothing good follows."""
    damage: list[Damage] = []
    good_end = HEADER_BYTES
    steps = walk(source, header, HEADER_BYTES, scan_plainly, _CHUNK_BYTES)
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            return damage, good_end, stop.value
        if isinstance(step, Damage):
            damage.append(step)
        else:
            good_end = step.base + step.consumed
            found.records += len(step.start)


def _cut(path: Path, size: int) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
