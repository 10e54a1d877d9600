"""`marketdata query`: read-only SQL over every instrument's store."""

from __future__ import annotations

import csv
import json
import sys
from decimal import Decimal
from typing import Annotated, Any, Literal

import pyarrow as pa
from cyclopts import Parameter
from rich.cells import cell_len

from marketdata_platform.cli.screen.screen import console, plain, table
from marketdata_platform.platform import open as open_platform


def query(
    sql: str,
    *,
    format: Annotated[
        Literal["table", "csv", "json"], Parameter(help="How rows are printed")
    ] = "table",
    limit: Annotated[int, Parameter(help="Rows shown of a table; 0: all")] = 100,
) -> None:
    """Run one read-only SQL statement. Each dataset is a view over all instruments with venue,
    market and symbol.

    Example: marketdata query "SELECT symbol, count(*) AS trades, sum(quantity) FROM trades GROUP BY
    symbol"
    """
    result = open_platform().store.query(sql)
    if format == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(result.column_names)
        for batch in result.to_batches():
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    elif format == "json":
        for batch in result.to_batches():
            for row in batch.to_pylist():
                sys.stdout.write(json.dumps(row, default=str, ensure_ascii=False) + "\n")
    else:
        _print(result, limit)


def _print(result: pa.Table, limit: int) -> None:
    head = result.slice(0, limit) if limit else result
    # By position: two columns of one name (a join's) would be one key of a dictionary.
    columns = [[_text(value) for value in column.to_pylist()] for column in head.columns]
    rows = [list(row) for row in zip(*columns, strict=True)]
    if _width(result.column_names, rows) <= console.width:
        _print_table(result.schema, rows)
    else:
        _print_records(result.column_names, rows)
    rest = result.num_rows - head.num_rows
    more = f", the first {head.num_rows:,} shown (--limit 0 shows all)" if rest else ""
    console.print(f"{result.num_rows:,} row(s){more}")


def _width(names: list[str], rows: list[list[str]]) -> int:
    """Characters of the widest line of the table."""
    columns = zip(names, *rows, strict=True)
    return sum(max(map(cell_len, column)) + 1 for column in columns)


def _print_table(schema: pa.Schema, rows: list[list[str]]) -> None:
    shown = table("", *(plain(name) for name in schema.names), left=0)
    for column, field in zip(shown.columns, schema, strict=True):
        numeric = (
            pa.types.is_integer(field.type)
            or pa.types.is_floating(field.type)
            or pa.types.is_decimal(field.type)
        )
        column.justify = "right" if numeric else "left"
    for row in rows:
        shown.add_row(*map(plain, row))
    console.print(shown)


def _print_records(names: list[str], rows: list[list[str]]) -> None:
    """One line per value: a table that is wider than the screen would cut numbers."""
    width = max(map(cell_len, names))
    for number, row in enumerate(rows, 1):
        console.print(f"[dim]row {number}[/]")
        for name, value in zip(names, row, strict=True):
            console.print(f"  [cyan]{plain(name):<{width}}[/]  {plain(value)}", soft_wrap=True)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
