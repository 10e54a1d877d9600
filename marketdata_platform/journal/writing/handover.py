"""How one process takes a gatherer over from another: a note in the journal's folder asks the other
to end.

Belongs here: asking, and seeing that one is asked. Does not: the lock (journal), what happens
meanwhile (capturing).
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

REQUEST = "successor"


def ask(folder: Path) -> None:
    """Ask the writer of `folder` to end, in favour of this process."""
    fresh = folder / f".{REQUEST}.{os.getpid()}"
    fresh.write_text(str(os.getpid()))
    fresh.replace(folder / REQUEST)


def withdraw(folder: Path) -> None:
    """Take this process's request back."""
    if asked_by(folder, ours=True):
        with contextlib.suppress(FileNotFoundError):
            (folder / REQUEST).unlink()


def asked_by(folder: Path, *, ours: bool = False) -> int | None:
    """The living process that asks this one to end (`ours`: this process, asking another); None:
    nobody.
    """
    try:
        process = int((folder / REQUEST).read_text())
    except (OSError, ValueError):
        return None
    if (process == os.getpid()) is not ours:
        return None
    return process if ours or _lives(process) else None


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
