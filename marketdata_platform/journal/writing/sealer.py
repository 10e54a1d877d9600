"""Sealing beside writing: a thread that compresses finished segments, one after the other.

Belongs here: the queue and what happens when sealing fails. Does not: the sealed format
(sealed.py).
"""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path

from marketdata_platform.journal.options import JournalCounters
from marketdata_platform.journal.sealed import seal


class Sealer:
    """Seals segments in the order given; one that cannot be sealed stays plain, is read as such,
    and is tried again.
    """

    def __init__(
        self, folder: Path, level: int, retry_seconds: float, counters: JournalCounters
    ) -> None:
        self._folder = folder
        self._level = level
        self._retry_seconds = retry_seconds
        self._counters = counters
        self._changed = threading.Condition()
        self._queue: deque[int] = deque()
        self._closing = False
        self._thread = threading.Thread(
            target=self._run, name=f"journal-seal {folder.name}", daemon=True
        )
        self._thread.start()

    def add(self, number: int) -> None:
        """Have a finished segment sealed."""
        with self._changed:
            self._queue.append(number)
            self._changed.notify_all()

    def wait_idle(self, timeout_seconds: float | None = None) -> bool:
        """Wait until all is sealed; False when it took longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue, timeout_seconds)

    def close(self) -> None:
        """Try once more what is left, then end; what fails is sealed by the next writer."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closing)
                if not self._queue:
                    return
                number = self._queue[0]
            done = self._seal(number)
            with self._changed:
                if done or self._closing:
                    self._queue.popleft()
                    self._changed.notify_all()
                else:
                    self._changed.wait_for(lambda: self._closing, self._retry_seconds)

    def _seal(self, number: int) -> bool:
        try:
            seal(self._folder, number, self._level)
        except OSError:
            self._counters.seal_failures += 1
            return False
        self._counters.segments_sealed += 1
        return True
