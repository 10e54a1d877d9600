"""`marketdata query`: read-only SQL over every instrument's store."""

from __future__ import annotations

import csv
import json
import sys
from typing import Annotated, Any, Literal

import pyarrow as pa
from cyclopts import Parameter

from marketdata_platform.cli.screen import console, plain, table
from marketdata_platform.platform import open as open_platform


def query(
    sql: str,
    *,
    format: Annotated[Literal["table", "csv", "json"], Parameter(help="How rows are printed")] = "table",
    limit: Annotated[int, Parameter(help="Rows shown of a table; 0: all")] = 100,
) -> None:
    """Run one read-only SQL statement. Each dataset is a view over all instruments with venue, market and symbol.

    Example: marketdata query "SELECT symbol, count(*) AS trades, sum(quantity) FROM trades GROUP BY symbol"
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
    numeric = [
        pa.types.is_integer(f.type) or pa.types.is_floating(f.type) or pa.types.is_decimal(f.type)
        for f in result.schema
    ]
    shown = table("", *result.column_names, left=0)
    for column, is_number in zip(shown.columns, numeric, strict=True):
        column.justify = "right" if is_number else "left"
    head = result.slice(0, limit) if limit else result
    for row in head.to_pylist():
        shown.add_row(*(_text(value) for value in row.values()))
    console.print(shown)
    rest = result.num_rows - head.num_rows
    console.print(
        f"{result.num_rows:,} row(s)" + (f", the first {head.num_rows:,} shown (--limit 0 shows all)" if rest else "")
    )


def _text(value: Any) -> str:
    return "" if value is None else plain(value)
