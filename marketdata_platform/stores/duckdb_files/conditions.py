"""Pieces of SQL that statements on a pair's tables are made of, and the rows that they stage.

Belongs here: conditions, lists of columns, staged rows. Does not: whole statements (tables).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ddl.duckdb import id_text, identifier
from marketdata_platform.core.window import Window

STAGED = "staged"


class StagedRows:
    """Rows under the name `staged`, without a copy, for the length of a block."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, rows: pl.DataFrame | pa.Table) -> None:
        self._cursor = cursor
        self._table = (
            rows
            if isinstance(rows, pa.Table)
            else rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        )

    def __enter__(self) -> None:
        self._cursor.register(STAGED, self._table)

    def __exit__(self, *_: object) -> None:
        self._cursor.unregister(STAGED)


def within(dataset: Dataset, window: Window) -> tuple[str, list[Any]]:
    """The condition that a row's time is in `window`, with its parameters."""
    name = identifier(dataset.time_column)
    return f"{name} >= ? AND {name} < ?", [window.start, window.end]


def same(columns: Iterable[str]) -> str:
    """The condition that a stored row `t` and a staged row `s` are equal in these columns."""
    return " AND ".join(f"t.{identifier(name)} = s.{identifier(name)}" for name in columns)


def inserted_values(dataset: Dataset, *, ids_are_sequences: bool = False) -> str:
    """What an INSERT takes from the staged rows; `ids_are_sequences`: each id is its sequence as
    text, and is not even read.
    """
    text = id_text(dataset)
    targets, values = [], []
    for column in dataset.columns:
        value = identifier(column.name)
        if text is not None and column.name == dataset.key[0]:
            targets.append(identifier(text))
            values.append(
                "NULL" if ids_are_sequences else f'nullif({value}, CAST("sequence" AS VARCHAR))'
            )
        else:
            targets.append(value)
            values.append(value)
    return f"({', '.join(targets)}) SELECT {', '.join(values)} FROM {STAGED}"
