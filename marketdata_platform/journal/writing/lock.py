"""One writer per journal: flock on a file in its folder, which also says who holds it.

The kernel drops the lock when the holder dies, however it dies; nothing is ever left to clean up.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from marketdata_platform.core.errors import JournalLocked
from marketdata_platform.journal.folder import LOCK_NAME


class WriterLock:
    """The right to write into `folder`, from construction until `release`."""

    def __init__(self, folder: Path) -> None:
        """Take the lock at once.

        Raises:
            JournalLocked: another writer has it; the message names its process.
        """
        path = folder / LOCK_NAME
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = writer_of(folder)
            os.close(self._descriptor)
            who = f"process {holder}" if holder else "another process"
            own = " (this same process)" if holder == os.getpid() else ""
            raise JournalLocked(
                f"the journal {folder} is being written by {who}{own}: stop it, or use another "
                "folder"
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def writer_of(folder: Path) -> int | None:
    """The process id that the last writer left in the lock file; None when there is none."""
    try:
        return int((folder / LOCK_NAME).read_text())
    except (OSError, ValueError):
        return None
