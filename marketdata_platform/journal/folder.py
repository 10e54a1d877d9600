"""A journal's folder: which segments there are, in which file each is, and what may be removed.

Belongs here: names and listing. Does not: what is in a segment. One folder is one gatherer's.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from marketdata_platform.journal.format import Position

OPEN_SUFFIX = ".journal"
SEALED_SUFFIX = ".journal.zst"
TEMPORARY_SUFFIX = ".journal.zst.tmp"
TORN_SUFFIX = ".torn"
LOCK_NAME = "writer.lock"
_NAME = re.compile(r"(\d{12})(\.journal|\.journal\.zst|\.torn)")


@dataclass(frozen=True, slots=True)
class SegmentPath:
    """The file that holds a segment: `sealed` is compressed and final."""

    number: int
    path: Path
    sealed: bool


def open_path(folder: Path, number: int) -> Path:
    """Where a segment is while it is written."""
    return folder / f"{number:012d}{OPEN_SUFFIX}"


def sealed_path(folder: Path, number: int) -> Path:
    """Where a segment is once it is sealed."""
    return folder / f"{number:012d}{SEALED_SUFFIX}"


def segments_in(folder: Path) -> list[SegmentPath]:
    """The segments, ascending; of a segment that is there twice (a crash while sealing) the sealed
    file.
    """
    found: dict[int, SegmentPath] = {}
    for number, suffix, path in _files(folder):
        if suffix == SEALED_SUFFIX or (suffix == OPEN_SUFFIX and number not in found):
            found[number] = SegmentPath(number, path, suffix == SEALED_SUFFIX)
    return [found[number] for number in sorted(found)]


def torn_numbers(folder: Path) -> set[int]:
    """Segments that a crash cut before their header was whole: they held no record."""
    return {number for number, suffix, _ in _files(folder) if suffix == TORN_SUFFIX}


def next_number(folder: Path) -> int:
    """A number that no segment of this folder ever had: numbers are not used twice, or cursors
    would lie.
    """
    return max((number for number, _, _ in _files(folder)), default=0) + 1


def drop_before(folder: Path, position: Position) -> list[int]:
    """Remove sealed segments that end before `position.segment`; the newest always stays, it keeps
    the numbering.

    Call it only with a position up to which everything is landed and archived. Returns the numbers
    removed.
    """
    segments = segments_in(folder)
    gone = [s for s in segments[:-1] if s.sealed and s.number < position.segment]
    for segment in gone:
        segment.path.unlink()
    if gone:
        sync_folder(folder)
    return [segment.number for segment in gone]


def sync_folder(folder: Path) -> None:
    """Make names in `folder` durable: created, renamed, removed."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files(folder: Path) -> list[tuple[int, str, Path]]:
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    return [(int(m[1]), m[2], folder / name) for name in names if (m := _NAME.fullmatch(name))]
