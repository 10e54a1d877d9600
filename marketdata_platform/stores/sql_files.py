"""Where the rendered SQL files are: beside the package in a checkout, inside it in an installed wheel.

Belongs here: finding them. Does not: rendering (core/datasets) or running them.
"""

from __future__ import annotations

from pathlib import Path

from marketdata_platform.core.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parents[1]


def sql_folder(package: Path = _PACKAGE) -> Path:
    """The folder with one subfolder an engine. A wheel holds it as `marketdata_platform/sql`; an editable install
    cannot (a forced include is not applied there), but then the checkout's own `sql/` is one folder up.

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
