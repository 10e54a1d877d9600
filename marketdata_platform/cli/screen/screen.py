"""What the terminal shows: one console, numbers as people read them, progress bars."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def count(number: int | None) -> str:
    """A count with thousands separators; a dash where there is none."""
    return "–" if number is None else f"{number:,}"


def size(number: float) -> str:
    """Bytes in the largest unit that keeps it above 1."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024 or unit == "GiB":
            return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"
        number /= 1024
    return ""


def plain(text: object) -> str:
    """Text that may hold brackets, so that it is not taken for markup."""
    return escape(str(text))


def json_line(row: dict[str, Any]) -> None:
    """One JSON object on a line of standard output."""
    sys.stdout.write(json.dumps(row, default=str) + "\n")


def progress() -> Progress:
    """A bar with steps done and time."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", justify="left"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def table(title: str, *columns: str, left: int = 1, wrap: bool = False) -> Table:
    """A table whose first `left` columns are text and the others numbers; `wrap`: the last column
    is running text.
    """
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold cyan",
        box=SIMPLE_HEAD,
    )
    made.border_style, made.pad_edge, made.show_edge, made.padding = "dim", False, False, (0, 0)
    for number, column in enumerate(columns):
        running = wrap and number == len(columns) - 1
        made.add_column(
            column,
            justify="left" if number < left else "right",
            no_wrap=not running,
            overflow="fold",
        )
    return made
