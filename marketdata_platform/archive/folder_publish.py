"""Making a day in a folder visible: the archive's lock, drafts, and renames in their order.

Belongs here: what of folder.py is done under the lock. Does not: writing and proving the draft,
reading days.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from marketdata_platform.archive.durable import remove_if_dead, sync_folder
from marketdata_platform.archive.manifest import manifest_json
from marketdata_platform.archive.paths import DATA_FILE, MANIFEST_FILE
from marketdata_platform.workflows.ports import Manifest

_LOCK_FILE = ".lock"
_DRAFT_PREFIX, _DRAFT_SUFFIX = f".{DATA_FILE}.", ".tmp"


class FolderPublisher:
    """Publishes days below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def lock(self, *, shared: bool = False) -> Iterator[None]:
        """The archive's one lock, held for two renames at most. A reader of a read-only copy
        without it needs none.
        """
        path = self._folder / _LOCK_FILE
        if shared and not path.exists():
            yield
            return
        with path.open("rb" if shared else "ab") as file:
            fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield

    @contextmanager
    def draft(self, folder: Path) -> Iterator[BinaryIO]:
        """A new file for a day's rows, locked while its writer lives; dead ones beside it go."""
        with self.lock():  # nobody takes a new draft for a dead one before it is locked
            for other in folder.glob(f"{_DRAFT_PREFIX}*{_DRAFT_SUFFIX}"):
                remove_if_dead(other)
            path = folder / f"{_DRAFT_PREFIX}{secrets.token_hex(8)}{_DRAFT_SUFFIX}"
            draft = path.open("xb")
            fcntl.flock(draft, fcntl.LOCK_EX)
        try:
            with draft:
                yield draft
        finally:
            path.unlink(missing_ok=True)

    def publish(self, folder: Path, draft: Path, manifest: Manifest) -> None:
        """Make the draft the day's data, and then its manifest visible."""
        with self.lock():
            beside = draft.with_name(f".{MANIFEST_FILE}{_DRAFT_SUFFIX}")
            _write_durably(beside, manifest_json(manifest))
            draft.rename(folder / DATA_FILE)
            sync_folder(folder)  # the data must be durable before the manifest that vouches for it
            beside.rename(folder / MANIFEST_FILE)
            sync_folder(folder)

    def put(self, path: Path, data: bytes) -> None:
        """Put one file in place of another, atomically."""
        with self.lock():
            fresh = path.with_name(f".{path.name}{_DRAFT_SUFFIX}")
            _write_durably(fresh, data)
            fresh.rename(path)
            sync_folder(path.parent)


def is_draft(name: str) -> bool:
    """True if a file of this name is the draft of a day."""
    return name.startswith(_DRAFT_PREFIX) and name.endswith(_DRAFT_SUFFIX)


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
