"""A lock between processes: many readers or one writer, waited for with a bound, with a holder that
can be named.

Belongs here: flock on a file beside the data. Does not: what is locked. The kernel drops the lock
when its holder dies, however it dies. flock, unlike POSIX locks, also excludes two stores of one
process from each other.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from marketdata_platform.core.errors import StoreLocked

_FIRST_WAIT_SECONDS = 0.001
_LONGEST_WAIT_SECONDS = 0.1
_COMMAND_CHARACTERS = 200


class FileLock:
    """One hold on `path`, shared or exclusive, until `release`."""

    def __init__(self, path: Path, *, exclusive: bool, timeout_seconds: float) -> None:
        """Take the lock.

        Raises:
            StoreLocked: it is still held after `timeout_seconds`; the message names the holder.
        """
        self._path = path
        self._descriptor = _open(path, exclusive)
        try:
            retry_until(
                timeout_seconds, lambda: self._try(exclusive), lambda: self._locked(timeout_seconds)
            )
        except BaseException:
            self.release()
            raise
        if exclusive and self._descriptor is not None:
            os.truncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _try(self, exclusive: bool) -> bool:
        if self._descriptor is None:
            return True
        try:
            fcntl.flock(
                self._descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB
            )
        except BlockingIOError:
            return False
        return True

    def _locked(self, waited_seconds: float) -> StoreLocked:
        holders = (
            " and ".join(process_name(pid) for pid in holders_of(self._path)) or "another process"
        )
        data = self._path.with_suffix("")
        return StoreLocked(
            f"{data} is held by {holders}; waited {waited_seconds:g} s: try again when it has "
            "finished"
        )


def retry_until(
    timeout_seconds: float, attempt: Callable[[], bool], failure: Callable[[], Exception]
) -> None:
    """Call `attempt` until it is true, with growing pauses; raise `failure()` when
    `timeout_seconds` are over.
    """
    deadline = time.monotonic() + timeout_seconds
    pause = _FIRST_WAIT_SECONDS
    while not attempt():
        left = deadline - time.monotonic()
        if left <= 0:
            raise failure()
        time.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_WAIT_SECONDS)


def holders_of(path: Path) -> list[int]:
    """Process ids that hold a lock on `path`: what the kernel says, else what the last writer wrote
    into it.
    """
    try:
        inode = f":{path.stat().st_ino}"
        lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        found = {
            int(f[4])
            for f in lines
            if len(f) > 5 and f[1] == "FLOCK" and f[5].endswith(inode) and int(f[4]) > 0
        }
        if found:
            return sorted(found)
        return [int(path.read_text())]
    except (OSError, ValueError):
        return []


def process_name(pid: int) -> str:
    """`process 123 (its command line)`, as far as it can be read."""
    try:
        words = (
            Path(f"/proc/{pid}/cmdline")
            .read_bytes()
            .replace(b"\0", b" ")
            .decode(errors="replace")
            .strip()
        )
    except OSError:
        words = ""
    own = "this same process, " if pid == os.getpid() else ""
    return f"{own}process {pid}" + (f" ({words[:_COMMAND_CHARACTERS]})" if words else "")


def _open(path: Path, exclusive: bool) -> int | None:
    """A descriptor to lock; a reader on a read-only disk does without: nobody can be writing
    there.
    """
    flags = os.O_RDWR | os.O_CREAT
    if exclusive:
        return os.open(path, flags, 0o644)
    with contextlib.suppress(PermissionError, OSError):
        return os.open(path, flags, 0o644)
    return os.open(path, os.O_RDONLY) if path.exists() else None
