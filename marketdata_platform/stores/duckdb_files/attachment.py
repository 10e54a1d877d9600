"""One pair file, attached: who uses it, how it is attached, and how damage is recognised.

Belongs here: a single file. Does not: many of them behind one instance (pool), what is read or
written (tables).
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from marketdata_platform.core.coverage import DayCoverage
from marketdata_platform.core.datasets.ddl.duckdb import identifier, literal
from marketdata_platform.core.errors import StoreCorrupt, StoreLocked
from marketdata_platform.stores.duckdb_files.file_lock import FileLock, process_name, retry_until

FILE_NAME = "trading.duckdb"
_LOCK_MESSAGE = re.compile(r"lock on file .*?(?:PID (\d+)|$)", re.DOTALL)


@dataclass
class Attachment:
    """One pair file. While it is in use, `catalog` names it in SQL and `cursor` runs statements on
    it.
    """

    path: Path
    catalog: str = ""
    writable: bool = False
    users: int = 0
    known_tables: set[str] = field(default_factory=set)
    known_coverage: dict[str, dict[date, DayCoverage]] = field(
        default_factory=dict
    )  # the writer's, while attached
    changed: threading.Condition = field(default_factory=threading.Condition)
    writer: threading.Lock = field(default_factory=threading.Lock)
    lock: FileLock | None = None


def attach_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    catalog: str,
    options: str,
    timeout_seconds: float,
) -> None:
    """ATTACH, waiting for programs that hold the file without our lock, such as DuckDB's own shell.

    Raises:
        StoreLocked, StoreCorrupt: the file cannot be had in time, or is no DuckDB file.
    """
    problem = ""

    def attempt() -> bool:
        nonlocal problem
        try:
            connection.execute(f"ATTACH {literal(str(path))} AS {identifier(catalog)}{options}")
        except duckdb.Error as error:
            problem = str(error)
            if not (isinstance(error, duckdb.IOException) and "lock on file" in problem):
                raise corrupt(path, error) from error
            return False
        return True

    def locked() -> StoreLocked:
        found = _LOCK_MESSAGE.search(problem)
        holder = process_name(int(found[1])) if found and found[1] else "another process"
        return StoreLocked(
            f"{path} is held by {holder}; waited {timeout_seconds:g} s: try again when it has "
            "finished"
        )

    retry_until(timeout_seconds, attempt, locked)


def lock_path(path: Path) -> Path:
    """The lock file of a pair file."""
    return path.with_name(path.name + ".lock")


def corrupt(path: Path, error: Exception) -> StoreCorrupt:
    """The error for a file that DuckDB cannot open or read."""
    return StoreCorrupt(
        f"{path} cannot be read as a DuckDB file ({str(error).splitlines()[0][:200]}): move it "
        "away and import again, "
        "or restore it from the archive"
    )
