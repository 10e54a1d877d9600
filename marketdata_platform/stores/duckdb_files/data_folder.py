"""The folder that holds all pair files of a store: what it takes, and putting a new one in its
place.

Belongs here: the folder as a whole. Does not: single files (attachment), what is in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DATA = "data"


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Pair files, and the bytes of them and of what DuckDB keeps beside them."""

    files: int
    bytes: int


def disk_use(root: Path) -> DiskUse:
    """What the store below `root` takes; a file that goes meanwhile is left out."""
    files, total = 0, 0
    for path in (root / DATA).glob("*/*/*/*.duckdb*"):
        try:
            total += path.stat().st_size
        except OSError:
            continue  # compacted or removed meanwhile
        files += path.suffix == ".duckdb"
    return DiskUse(files, total)


def change_over(root: Path, new_root: Path, stamp: str) -> Path | None:
    """Put the store below `new_root` in the place of the one below `root`: two renames. The old
    one is kept under a name with `stamp`, which is returned; None: there was none.
    """
    old, new = root / DATA, new_root / DATA
    kept = root / f"{DATA}.before-{stamp}" if old.exists() else None
    new.mkdir(parents=True, exist_ok=True)
    if kept is not None:
        old.rename(kept)
    new.rename(old)
    new_root.rmdir()
    return kept
