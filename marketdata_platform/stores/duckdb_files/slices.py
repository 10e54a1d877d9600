"""Cutting a read into parts of bounded size that come in the dataset's order, so that years stream
through memory.

Belongs here: where to cut. Does not: sorting inside a part (core.datasets.ordering).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import pyarrow as pa

from marketdata_platform.core.datasets import Dataset, Tier
from marketdata_platform.core.datasets.ddl.duckdb import identifier
from marketdata_platform.core.window import Window, from_us
from marketdata_platform.stores.duckdb_files.tables import PairTables, within

SLICE_ROWS = 1 << 20
_BUCKET_US = 60_000_000  # cuts fall on minutes
_BUCKET_NUMBERS = 4096  # or on multiples of this, in a column of numbers


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows for which `where` holds; empty: all."""

    where: str
    parameters: tuple[Any, ...]


def slices(
    tables: PairTables, dataset: Dataset, window: Window | None, limit: int = 0
) -> list[Slice]:
    """Parts of about `limit` rows (0: `SLICE_ROWS`), which together are the window; each is wholly
    before the next.
    """
    limit = limit or SLICE_ROWS
    where, parameters = within(dataset, window) if window is not None else ("", [])
    whole = Slice(where, tuple(parameters))
    if dataset.tier is Tier.META or _rows(tables, dataset, window) <= limit:
        return [whole]
    texts = list(takewhile(lambda name: dataset.column(name).type == pa.string(), dataset.order))
    cut = dataset.order[len(texts)]
    bucket = _bucket(dataset, cut)
    names = ", ".join([*(identifier(name) for name in texts), bucket])
    counts = tables.query(
        dataset,
        f"{names}, count(*)",
        f"{where and 'WHERE '}{where} GROUP BY ALL ORDER BY ALL",
        parameters,
    )
    return [_slice(whole, dataset, texts, cut, *run) for run in _packed(counts, limit)]


def _rows(tables: PairTables, dataset: Dataset, window: Window | None) -> int:
    days = tables.coverage(dataset, None if window is None else window.days())
    return sum(day.rows for day in days.values())


def _bucket(dataset: Dataset, name: str) -> str:
    quoted = identifier(name)
    if dataset.column(name).type == pa.int64():
        return f"{quoted} // {_BUCKET_NUMBERS}"
    return f"epoch_us({quoted}) // {_BUCKET_US}"


def _packed(counts: list[Any], limit: int) -> list[tuple[tuple[Any, ...], int, int]]:
    """Runs of neighbouring buckets of one prefix, as (prefix, first, last)."""
    runs: list[tuple[tuple[Any, ...], int, int]] = []
    filled = 0
    for *prefix, bucket, rows in counts:
        if runs and runs[-1][0] == tuple(prefix) and filled + rows <= limit:
            runs[-1] = (runs[-1][0], runs[-1][1], bucket)
            filled += rows
        else:
            runs.append((tuple(prefix), bucket, bucket))
            filled = rows
    return runs


def _slice(
    whole: Slice,
    dataset: Dataset,
    texts: list[str],
    cut: str,
    prefix: tuple[Any, ...],
    first: int,
    last: int,
) -> Slice:
    """The rows of buckets `first` to `last`, as bounds on the bare column: zone maps know nothing
    of expressions.
    """
    bounds: list[Any] = [first * _BUCKET_NUMBERS, (last + 1) * _BUCKET_NUMBERS]
    if dataset.column(cut).type != pa.int64():
        bounds = [from_us(first * _BUCKET_US), from_us((last + 1) * _BUCKET_US)]
    conditions = [whole.where] if whole.where else []
    conditions += [f"{identifier(name)} = ?" for name in texts]
    conditions.append(f"{identifier(cut)} >= ? AND {identifier(cut)} < ?")
    return Slice(" AND ".join(conditions), (*whole.parameters, *prefix, *bounds))
