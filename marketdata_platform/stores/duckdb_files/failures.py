"""What DuckDB does when a transaction or a file fails, in the platform's words.

Belongs here: undoing, and naming the broken file. Does not: attachments and their locks
(pool).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from marketdata_platform.stores.duckdb_files.attachment import corrupt


def roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    """Undo; a transaction that DuckDB has undone already cannot be undone again."""
    try:
        cursor.execute("ROLLBACK")
    except duckdb.TransactionException:
        return


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Broken blocks show only when they are read: say which file.

    Raises:
        StoreCorrupt: what DuckDB said of it.
    """
    try:
        yield
    except (
        duckdb.IOException,
        duckdb.SerializationException,
        duckdb.InternalException,
        duckdb.FatalException,
    ) as error:
        raise corrupt(path, error) from error
