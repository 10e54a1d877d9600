"""How much memory the store's DuckDB may take, and where it puts what does not fit."""

import os
import tempfile
from pathlib import Path

_LIMIT = "512MB"


def configuration() -> dict[str, str | bool | int | float | list[str]]:
    """DuckDB would take 80 % of the machine as its cache: an import of any size is to stay below
    1.5 GB with the rest.

    What a sort cannot hold goes to the system's folder for such files, not to `.tmp` where the
    command was started.
    """
    spill = Path(tempfile.gettempdir()) / f"marketdata-duckdb-{os.getuid()}"
    return {
        "python_enable_replacements": False,
        "memory_limit": _LIMIT,
        "temp_directory": str(spill),
    }
