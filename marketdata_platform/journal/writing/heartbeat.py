"""Writing a gatherer's heartbeat beside its journal, on a full disk too.

Belongs here: what to do when a heartbeat cannot be written. Does not: what is in it
(workflows.bookkeeping.gatherer_status).
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from marketdata_platform.workflows.bookkeeping.gatherer_status import (
    HEARTBEAT,
    GathererStatus,
    write_heartbeat,
)


def beat(folder: Path, status: GathererStatus) -> str | None:
    """Replace the heartbeat; where there is no room for a new file, write into the old one. None:
    it is written; else why it is not.

    A gatherer whose disk is full lives and says so. Without a heartbeat it would be taken for dead
    and be killed.
    """
    try:
        write_heartbeat(folder, status)
    except OSError as error:
        if not _overwrite(folder / HEARTBEAT, msgspec.json.encode(status)):
            return error.strerror or str(error)
    return None


def _overwrite(path: Path, text: bytes) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY)
    except OSError:
        return False
    try:
        os.pwrite(descriptor, text, 0)
        os.ftruncate(descriptor, len(text))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
