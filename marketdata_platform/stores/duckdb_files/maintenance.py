"""Making DuckDB files small again: deleted rows leave free blocks, which DuckDB uses again but
never gives back.

Belongs here: how much of a file is free, and writing it anew. Does not: deleting rows. A file is
written anew beside the old one under the writer's lock, compared table by table, and moved into
place by one rename: a kill at any moment leaves the old file or the new one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb

from marketdata_platform.core.datasets.ddl.duckdb import identifier
from marketdata_platform.core.errors import MarketDataError, StoreCorrupt
from marketdata_platform.stores.duckdb_files.attachment import FILE_NAME, attach_file, lock_path
from marketdata_platform.stores.duckdb_files.file_lock import FileLock
from marketdata_platform.stores.duckdb_files.memory import configuration
from marketdata_platform.workflows.watching.maintain import MaintenanceFinding

_TABLES = (
    "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? AND NOT "
    "internal ORDER BY 1, 2"
)
_SIZE = (
    "SELECT block_size, total_blocks, used_blocks, free_blocks FROM pragma_database_size() WHERE "
    "database_name = ?"
)


class DuckDBMaintenance:
    """`Maintainable` of the files below `root/data`."""

    def __init__(
        self,
        root: Path,
        *,
        lock_timeout_seconds: float = 30.0,
        smallest_bytes: int = 16 * 2**20,
        freeable: float = 0.3,
    ) -> None:
        """Files are written anew when the share `freeable` of them is free and that is
        `smallest_bytes` at least.
        """
        self._data = root / "data"
        self._timeout = lock_timeout_seconds
        self._smallest, self._freeable = smallest_bytes, freeable

    def maintain(self, *, apply: bool) -> Iterator[MaintenanceFinding]:
        """See `Maintainable.maintain`."""
        for path in sorted(self._data.glob(f"*/*/*/{FILE_NAME}")):
            subject = str(path.parent.relative_to(self._data))
            try:
                yield self._file(path, subject, apply)
            except (MarketDataError, OSError, duckdb.Error) as error:
                yield MaintenanceFinding(
                    subject, "compact", f"not looked at: {str(error).splitlines()[0]}"
                )

    def _file(self, path: Path, subject: str, apply: bool) -> MaintenanceFinding:
        lock = FileLock(lock_path(path), exclusive=True, timeout_seconds=self._timeout)
        try:
            _remove_drafts(path)
            with duckdb.connect(":memory:", config=configuration()) as connection:
                attach_file(connection, path, "old", "", self._timeout)
                connection.execute("CHECKPOINT old")
                size, free = _free_bytes(connection, "old", path)
                if free < self._smallest or free < self._freeable * size:
                    return MaintenanceFinding(
                        subject, "report", f"{free / max(size, 1):.0%} of it is free", size, free
                    )
                text = f"{free / size:.0%} of it is free"
                if not apply:
                    return MaintenanceFinding(subject, "compact", text, size, free)
                draft = _copy(connection, path, self._timeout)
            _publish(draft, path)
            return MaintenanceFinding(
                subject,
                "compact",
                f"{text}; now {path.stat().st_size:,} bytes",
                size,
                free,
                done=True,
            )
        finally:
            lock.release()


def _free_bytes(connection: duckdb.DuckDBPyConnection, catalog: str, path: Path) -> tuple[int, int]:
    row = connection.execute(_SIZE, [catalog]).fetchone()
    free = int(row[0]) * int(row[3]) if row else 0
    return path.stat().st_size, free


def _copy(connection: duckdb.DuckDBPyConnection, path: Path, timeout_seconds: float) -> Path:
    """A fresh file with all tables, equal in every row count and hash; what is attached as `old`
    stays.
    """
    draft = path.with_name(f".{path.name}.compact")
    attach_file(connection, draft, "fresh", "", timeout_seconds)
    connection.execute("COPY FROM DATABASE old TO fresh")
    for schema, table in connection.execute(_TABLES, ["old"]).fetchall():
        name = f"{identifier(schema)}.{identifier(table)}"
        digests = [
            connection.execute(
                "SELECT count(*), bit_xor(hash(t)), sum(hash(t)::HUGEINT % 1000003) FROM "
                f"{c}.{name} t"
            ).fetchone()
            for c in ("old", "fresh")
        ]
        if digests[0] != digests[1]:
            raise StoreCorrupt(
                f"{path}: {name} reads differently after copying: the file is left as it is; "
                "verify it"
            )
    connection.execute("CHECKPOINT fresh")
    connection.execute("DETACH fresh")
    connection.execute("DETACH old")
    return draft


def _publish(draft: Path, path: Path) -> None:
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.with_name(path.name + ".wal").unlink(
        missing_ok=True
    )  # it was checkpointed: nothing is in it
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _remove_drafts(path: Path) -> None:
    """What a kill has left; we hold the lock, so nobody is writing it."""
    for leftover in path.parent.glob(f".{path.name}.compact*"):
        leftover.unlink(missing_ok=True)
