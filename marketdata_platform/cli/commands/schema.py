"""`marketdata schema`: the record types, and whether what is rendered from them is up to date."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.screen.screen import console, plain, table
from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.datasets.ddl.render import render_all
from marketdata_platform.core.errors import ConfigurationError


def schema(
    *,
    check: Annotated[
        bool, Parameter(help="Fail when a rendered file differs", negative=())
    ] = False,
    write: Annotated[bool, Parameter(help="Write the rendered files", negative=())] = False,
) -> int:
    """List the record types; `--check` compares DDL (sql/), the reference page and the Parquet
    layout with them.
    """
    if not (check or write):
        _list()
        return 0
    folder = _checkout()
    rendered = render_all()
    if write:
        for name, text in rendered.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    stale = [name for name, text in rendered.items() if not _same(folder / name, text)]
    stale += _strays(folder, rendered)
    for name in stale:
        console.print(f"[red]differs[/] {name}")
    if stale:
        console.print(
            "Run `marketdata schema --write` (and delete files of datasets that are gone)."
        )
        return 1
    console.print(f"{len(rendered)} rendered files agree with {len(DATASETS)} datasets.")
    return 0


def _strays(folder: Path, rendered: Mapping[str, str]) -> list[str]:
    """Files of tables that no dataset has."""
    folders = {(folder / name).parent for name in rendered if name.startswith("sql/")}
    held = [path for one in folders for path in one.glob("create_table_*.sql")]
    return [str(path) for path in held if str(path.relative_to(folder)) not in rendered]


def _list() -> None:
    shown = table("Datasets", "name", "schema", "what it is, and its unique key", left=3, wrap=True)
    for dataset in DATASETS.values():
        shown.add_row(
            dataset.name,
            dataset.schema_name,
            f"{plain(dataset.doc)} [dim]{', '.join(dataset.key)}[/]",
        )
    console.print(shown)


def _checkout() -> Path:
    folder = Path(__file__).resolve().parents[3]
    if not (folder / "pyproject.toml").is_file():
        raise ConfigurationError(
            "the rendered files are compared in a checkout of the project, not in an installed "
            "package"
        )
    return folder


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
