"""Pieces of SQL that statements on one instrument's rows are made of. The table is called `t`.

Belongs here: conditions and lists of columns. Does not: whole statements (tables).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ddl.duckdb import identifier
from marketdata_platform.core.datasets.ddl.postgres import lookup_columns
from marketdata_platform.core.window import Window

OF_INSTRUMENT = "t.venue = %s AND t.market = %s AND t.symbol = %s"


def has_key_ranges(dataset: Dataset) -> bool:
    """True if bounds of its ids are kept: rows are found by a text id, and not by their time."""
    return bool(lookup_columns(dataset)) and dataset.column(dataset.key[0]).type == pa.string()


def within(dataset: Dataset, window: Window) -> tuple[str, list[Any]]:
    """The condition that a row's time is in `window`, with its parameters."""
    name = f"t.{identifier(dataset.time_column)}"
    bounds: list[Any] = [window.start, window.end]
    if pa.types.is_date32(dataset.column(dataset.time_column).type):
        bounds = [_midnight_after(window.start), _midnight_after(window.end)]
    return f"{name} >= %s AND {name} < %s", bounds


def in_stretches(dataset: Dataset, stretches: Sequence[Window] | None) -> tuple[str, list[Any]]:
    """The condition that a row's time is in any of these windows, with its parameters; None: in no
    matter which.
    """
    if stretches is None:
        return "", []
    parts: list[str] = []
    parameters: list[Any] = []
    for stretch in stretches:
        where, bounds = within(dataset, stretch)
        parts.append(f"({where})")
        parameters += bounds
    return f"({' OR '.join(parts) or 'false'})", parameters


def column_list(columns: Iterable[str]) -> str:
    """Columns of the table, as a SELECT names them."""
    return ", ".join(f"t.{identifier(name)}" for name in columns)


def same(columns: Iterable[str]) -> str:
    """The condition that a stored row `t` and a staged row `s` are equal in these columns."""
    return " AND ".join(f"t.{identifier(name)} = s.{identifier(name)}" for name in columns)


def _midnight_after(moment: datetime) -> date:
    """The first day whose midnight is not before `moment`: a day stands for its midnight."""
    whole = Window.of_day(moment.date())
    return moment.date() if moment == whole.start else whole.end.date()
