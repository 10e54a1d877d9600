"""Where a read of a pair's file is cut (stores.slices): what DuckDB is asked for it.

Belongs here: the syntax of DuckDB, and the size of a part. Does not: the rules of cutting.
"""

from __future__ import annotations

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.window import Window
from marketdata_platform.stores.duckdb_files.conditions import within
from marketdata_platform.stores.duckdb_files.tables import PairTables
from marketdata_platform.stores.slices import BUCKET_NUMBERS, Slice, SliceSyntax, cut

SLICE_ROWS = 1 << 20
_SYNTAX = SliceSyntax(
    where="WHERE",
    column="{}",
    parameter="?",
    minute="epoch_us({}) // 60000000",
    number=f"{{}} // {BUCKET_NUMBERS}",
)


def slices(tables: PairTables, dataset: Dataset, window: Window | None) -> list[Slice]:
    """Parts of about `SLICE_ROWS` rows, which together are the window; each is wholly before the
    next.
    """
    days = tables.coverage(dataset, None if window is None else window.days())
    whole = Slice("", ())
    if window is not None:
        where, parameters = within(dataset, window)
        whole = Slice(where, tuple(parameters))
    rows = sum(day.rows for day in days.values())
    return cut(tables, dataset, whole, rows=rows, limit=SLICE_ROWS, syntax=_SYNTAX)
