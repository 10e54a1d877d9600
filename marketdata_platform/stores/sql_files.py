"""Where the SQL files are: beside the package in a checkout, inside it in an installed wheel.

Belongs here: finding and reading them. Does not: rendering (core/datasets) or running them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from marketdata_platform.core.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"^-- ([a-z0-9_]+) --$", re.MULTILINE)


def sql_folder(package: Path = _PACKAGE) -> Path:
    """The folder with one subfolder per engine. A wheel holds it as `marketdata_platform/sql`; an
    editable install cannot (a forced include is not applied there), but then the checkout's own
    `sql/` is one folder up.

    Raises:
        ConfigurationError: neither is there: the installation is not whole.
    """
    for folder in (package / "sql", package.parent / "sql"):
        if (folder / "duckdb").is_dir():
            return folder
    raise ConfigurationError(f"no sql folder in {package} or beside it: install the package again")


def create_table_statements(engine: str, package: Path = _PACKAGE) -> dict[str, str]:
    """File name without ending → text, of the engine's `create_table_*.sql`, sorted."""
    files = sorted((sql_folder(package) / engine).glob("create_table_*.sql"))
    return {file.stem: file.read_text(encoding="utf-8") for file in files}


def named_queries(engine: str, package: Path = _PACKAGE) -> Mapping[str, str]:
    """Name → text of the blocks of the engine's `queries.sql`, without their comments.

    Raises:
        ConfigurationError: two blocks have one name.
    """
    file = sql_folder(package) / engine / "queries.sql"
    _, *parts = _BLOCK.split(file.read_text(encoding="utf-8"))
    names = parts[::2]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"{file}: a name is there twice")
    return {name: _statement(text) for name, text in zip(names, parts[1::2], strict=True)}


def _statement(block: str) -> str:
    lines = [line for line in block.strip().splitlines() if not line.startswith("--")]
    return "\n".join(lines).strip().removesuffix(";")
