"""The attachments of one process: many pair files behind one DuckDB instance, least recently used
out first.

Belongs here: attach, detach, locks, threads, forks. Does not: what is read or written.

One process may hold a file for writing, and then no other can even read it, so an attachment is
given back as soon as a verb ends, unless a session is open. One instance with many attachments
costs about 1 MB per file and no thread; an instance per file would cost 5 MB and nine threads.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import duckdb

from marketdata_platform.core.datasets.ddl.duckdb import identifier
from marketdata_platform.core.errors import StoreLocked
from marketdata_platform.stores.duckdb_files.attachment import Attachment, attach_file, lock_path
from marketdata_platform.stores.duckdb_files.file_lock import FileLock
from marketdata_platform.stores.duckdb_files.memory import configuration


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """What the pool did since it was made, and how many files it holds now."""

    hits: int
    misses: int
    evictions: int
    open: int


class AttachmentPool:
    """Hands out attachments; safe for threads, and for a child process after a fork, which starts
    afresh.
    """

    def __init__(self, capacity: int, lock_timeout_seconds: float) -> None:
        self._capacity = capacity
        self._timeout = lock_timeout_seconds
        self._start()

    @contextmanager
    def reading(self, path: Path) -> Iterator[tuple[Attachment, duckdb.DuckDBPyConnection] | None]:
        """The file for reading, with this thread's cursor; None when there is no such file.

        Raises:
            StoreLocked: another process writes it for longer than the timeout.
            StoreCorrupt: it is not a DuckDB file, or broken.
        """
        self._after_fork()
        if not path.exists():
            yield None
            return
        slot = self._slot(path)
        self._enter(slot, writing=False)
        try:
            yield slot, self.cursor()
        finally:
            self._leave(slot)

    @contextmanager
    def writing(self, path: Path) -> Iterator[tuple[Attachment, duckdb.DuckDBPyConnection]]:
        """The file for writing, made when missing; one thread of one process at a time has it.

        Raises:
            StoreLocked, StoreCorrupt: as `reading`.
        """
        self._after_fork()
        slot = self._slot(path)
        if not slot.writer.acquire(timeout=max(self._timeout, 0.001)):
            raise StoreLocked(
                f"{path} is being written by another thread; waited {self._timeout:g} s"
            )
        try:
            self._enter(slot, writing=True)
            try:
                yield slot, self.cursor()
            finally:
                self._leave(slot)
        finally:
            slot.writer.release()

    @contextmanager
    def session(self) -> Iterator[None]:
        """Keep attachments while any session of this pool is open."""
        self._after_fork()
        with self._guard:
            self._sessions += 1
        try:
            yield
        finally:
            with self._guard:
                self._sessions -= 1
            if self._sessions == 0:
                self.release_idle()

    def release_idle(self) -> None:
        """Detach every file that nobody uses, which gives its lock back."""
        with self._guard:
            slots = list(self._attached.values())
        for slot in slots:
            with slot.changed:
                if slot.users == 0:
                    self._detach(slot)

    def statistics(self) -> PoolStatistics:
        """Hits, misses, evictions and files open."""
        with self._guard:
            return PoolStatistics(self._hits, self._misses, self._evictions, len(self._attached))

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """This thread's cursor on the instance."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._instance.cursor()
            self._local.cursor = cursor
        return cursor

    def _start(self) -> None:
        self._process = os.getpid()
        self._instance = duckdb.connect(":memory:", config=configuration())
        self._instance.execute("SET GLOBAL TimeZone = 'UTC'")
        self._local = threading.local()
        self._guard = threading.Lock()
        self._slots: dict[Path, Attachment] = {}
        self._attached: OrderedDict[Path, Attachment] = OrderedDict()
        self._numbers = count()
        self._sessions = self._hits = self._misses = self._evictions = 0

    def _after_fork(self) -> None:
        """A forked child has the parent's memory but neither its threads nor its locks: it begins
        anew.

        The parent's objects are kept out of the garbage collector's reach, for closing them would
        write to its files.
        """
        if self._process != os.getpid():
            _INHERITED.append((self._instance, self._local, self._slots))
            self._start()

    def _slot(self, path: Path) -> Attachment:
        with self._guard:
            return self._slots.setdefault(path, Attachment(path))

    def _enter(self, slot: Attachment, *, writing: bool) -> None:
        with slot.changed:
            if writing and slot.catalog and not slot.writable:
                if not slot.changed.wait_for(lambda: slot.users == 0, self._timeout):
                    raise StoreLocked(
                        f"{slot.path} is being read by another thread; waited {self._timeout:g} s"
                    )
                self._detach(slot)
            hit = bool(slot.catalog)
            if not hit:
                self._attach(slot, writing)
            slot.users += 1
        with self._guard:
            self._hits += hit
            self._misses += not hit
            self._attached[slot.path] = slot
            self._attached.move_to_end(slot.path)
        if not hit:
            self._evict()

    def _leave(self, slot: Attachment) -> None:
        with slot.changed:
            slot.users -= 1
            if slot.users == 0 and self._sessions == 0:
                self._detach(slot)
            slot.changed.notify_all()

    def _evict(self) -> None:
        """Detach idle files, the least recently used first, until the capacity is kept or all
        others are in use.
        """
        with self._guard:
            surplus = len(self._attached) - self._capacity
            candidates = list(self._attached.values()) if surplus > 0 else []
        for slot in candidates:
            if surplus <= 0:
                return
            if slot.changed.acquire(blocking=False):
                try:
                    if slot.users == 0 and slot.catalog:
                        self._detach(slot)
                        surplus -= 1
                        with self._guard:
                            self._evictions += 1
                finally:
                    slot.changed.release()

    def _attach(self, slot: Attachment, writing: bool) -> None:
        if writing:
            slot.path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(lock_path(slot.path), exclusive=writing, timeout_seconds=self._timeout)
        try:
            if writing and not slot.path.exists():
                self._create(slot.path)
            catalog = f"pair_{next(self._numbers)}"
            options = "" if writing else " (READ_ONLY)"
            attach_file(self._instance.cursor(), slot.path, catalog, options, self._timeout)
        except BaseException:
            lock.release()
            raise
        slot.catalog, slot.writable, slot.lock = catalog, writing, lock
        slot.known_tables, slot.known_coverage = set(), {}

    def _detach(self, slot: Attachment) -> None:
        if not slot.catalog:
            return
        try:
            self._instance.cursor().execute(f"DETACH {identifier(slot.catalog)}")
        finally:
            slot.catalog = ""
            if slot.lock is not None:
                slot.lock.release()
            with self._guard:
                self._attached.pop(slot.path, None)

    def _create(self, path: Path) -> None:
        """Make the file aside and move it into place: a kill in between leaves no half file under
        the real name.
        """
        draft = path.with_name(path.name + ".new")
        for leftover in (
            draft,
            draft.with_name(draft.name + ".wal"),
            path.with_name(path.name + ".wal"),
        ):
            leftover.unlink(missing_ok=True)
        catalog = f"pair_{next(self._numbers)}"
        cursor = self._instance.cursor()
        attach_file(cursor, draft, catalog, "", self._timeout)
        cursor.execute(f"DETACH {identifier(catalog)}")
        draft.replace(path)


_INHERITED: list[object] = []
