"""Ending a gatherer's process that hangs: it holds the journal, and nobody could take over from it.

Belongs here: making sure that it is the right process. Does not: deciding that it hangs
(workflows/watching/keep_alive.py).
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from pathlib import Path

from marketdata_platform.journal.folder import LOCK_NAME
from marketdata_platform.journal.writing.lock import writer_of
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus


def ask_silent(folder: Path, beat: GathererStatus | None) -> int | None:
    """Ask the process that wrote this last heartbeat to drain and end. Returns it; None: it cannot
    be asked here.
    """
    return _signal(folder, beat, signal.SIGTERM)


def end_hung(folder: Path, beat: GathererStatus | None) -> int | None:
    """Kill the process that wrote this last heartbeat. What it acknowledged is on disk. Returns it;
    None: none.
    """
    return _signal(folder, beat, signal.SIGKILL)


def _signal(folder: Path, beat: GathererStatus | None, number: signal.Signals) -> int | None:
    """Signal the heartbeat's process, if it is on this machine and still holds the journal.

    The lock file names its holder, and the lock is held by no one but a living process: so this is
    never another process that was given the same number since.
    """
    if beat is None or beat.host != socket.gethostname() or beat.pid == os.getpid():
        return None
    if writer_of(folder) != beat.pid or not _is_held(folder):
        return None
    try:
        os.kill(beat.pid, number)
    except ProcessLookupError:
        return None
    return beat.pid


def _is_held(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
