"""Chunks to disk: write, fsync, and leave nothing half-written behind when that fails.

Belongs here: the open segment's file. Does not: when to commit, what to do about a failure.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from marketdata_platform.journal.folder import open_path, sync_folder
from marketdata_platform.journal.writing.frames import Chunk

_sync = getattr(os, "fdatasync", os.fsync)


class SegmentFile:
    """The segment that is being written. One thread."""

    def __init__(self, folder: Path, *, sync: bool) -> None:
        self._folder = folder
        self._wants_sync = sync
        self._number: int | None = None
        self._descriptor = -1

    def commit(self, chunk: Chunk) -> None:
        """Make `chunk` durable; after an OSError the same chunk can be committed again.

        The memory copy is kept by the caller until this returns, and written again after a failure:
        the kernel may drop pages whose write-back failed, and a second fsync would then say that
        all is well.
        """
        if chunk.segment != self._number:
            self._switch(chunk.segment)
        try:
            self._write(chunk)
        except OSError:
            # Room for others, and no half record for readers to wait on.
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, chunk.start)
            raise
        if chunk.ends:
            self.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._number = -1, None

    def _switch(self, number: int) -> None:
        self.close()
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(open_path(self._folder, number), flags, 0o644)
        self._number = number
        if self._wants_sync:
            try:
                sync_folder(self._folder)
            except OSError:
                self.close()
                raise

    def _write(self, chunk: Chunk) -> None:
        at = 0
        with memoryview(chunk.data) as view:
            while at < len(view):
                at += os.pwrite(self._descriptor, view[at:], chunk.start + at)
        if self._wants_sync:
            _sync(self._descriptor)
