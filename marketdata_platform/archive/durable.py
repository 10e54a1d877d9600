"""Files that outlive a power cut, and drafts whose writer may be dead.

Belongs here: fsync of folders, locks of drafts, hashing on the way. Does not: what the files are.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
from pathlib import Path
from typing import BinaryIO


class HashingFile(io.RawIOBase):
    """Passes what is written on to `target`, counting and hashing it."""

    def __init__(self, target: BinaryIO) -> None:
        self.bytes = 0
        self.sha256 = hashlib.sha256()
        self._target = target

    def writable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Bytes written."""
        return self.bytes

    def write(self, data: object) -> int:
        """Write all of `data`."""
        view = memoryview(data)  # type: ignore[arg-type]
        self.sha256.update(view)
        self.bytes += view.nbytes
        self._target.write(view)
        return view.nbytes


def make_folder(folder: Path) -> None:
    """Make `folder` and its parents durable: a new folder is lost in a power cut until its parent
    is synced.
    """
    missing = [folder, *folder.parents]
    for path in reversed([path for path in missing if not path.exists()]):
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_if_dead(draft: Path) -> None:
    """Remove a draft whose writer is gone."""
    if is_dead(draft):
        draft.unlink(missing_ok=True)


def is_dead(draft: Path) -> bool:
    """True if its writer is gone: a living one holds its lock."""
    try:
        with draft.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):
        return False
    return True
