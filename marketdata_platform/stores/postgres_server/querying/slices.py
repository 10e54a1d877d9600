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
from marketdata_platform.stores.postgres_server.tables import InstrumentTables, within

SLICE_ROWS = 1 << 19
_BUCKET_US = 60_000_000  # cuts fall on minutes
_BUCKET_NUMBERS = 4096  # or on multiples of this, in a column of numbers


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows for which `where` holds; empty: all."""

    where: str
    parameters: tuple[Any, ...]


def slices(
    tables: InstrumentTables, dataset: Dataset, window: Window | None, limit: int = 0
) -> list[Slice]:
    """Parts of about `limit` rows (0: `SLICE_ROWS`), which together are the window; each is wholly
    before the next.
    """
    limit = limit or SLICE_ROWS
    if dataset.tier is Tier.META:
        return [Slice(*_where(dataset, window))]
    days = tables.coverage(dataset, *_days(window))
    if not days:
        return []
    held = Window.of_days(min(days), max(days))  # bounds that let other partitions be passed over
    whole = Slice(*_where(dataset, held if window is None else _overlap(held, window)))
    if sum(day.rows for day in days.values()) <= limit:
        return [whole]
    texts = list(takewhile(lambda name: dataset.column(name).type == pa.string(), dataset.order))
    cut = dataset.order[len(texts)]
    names = ", ".join([*(identifier(name) for name in texts), _bucket(dataset, cut)])
    places = ", ".join(str(i + 1) for i in range(len(texts) + 1))
    rest = f"AND {whole.where} GROUP BY {places} ORDER BY {places}"
    counts = tables.query(dataset, f"{names}, count(*)", rest, whole.parameters)
    return [_slice(whole, dataset, texts, cut, *run) for run in _packed(counts, limit)]


def _where(dataset: Dataset, window: Window | None) -> tuple[str, tuple[Any, ...]]:
    if window is None:
        return "", ()
    where, parameters = within(dataset, window)
    return where, tuple(parameters)


def _days(window: Window | None) -> tuple[str, list[Any]]:
    if window is None:
        return "", []
    return "day BETWEEN %s AND %s", [window.start.date(), from_us(window.end_us - 1).date()]


def _overlap(one: Window, other: Window) -> Window:
    return Window(max(one.start, other.start), min(one.end, other.end))


def _bucket(dataset: Dataset, name: str) -> str:
    quoted = f"t.{identifier(name)}"
    if dataset.column(name).type == pa.int64():
        return f"{quoted} / {_BUCKET_NUMBERS}"
    return f"(extract(epoch FROM date_trunc('minute', {quoted})) / 60)::bigint"


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
    """The rows of buckets `first` to `last`, as bounds on the bare column, which an index knows."""
    bounds: list[Any] = [first * _BUCKET_NUMBERS, (last + 1) * _BUCKET_NUMBERS]
    if dataset.column(cut).type != pa.int64():
        bounds = [from_us(first * _BUCKET_US), from_us((last + 1) * _BUCKET_US)]
    conditions = [whole.where, *(f"t.{identifier(name)} = %s" for name in texts)]
    conditions.append(f"t.{identifier(cut)} >= %s AND t.{identifier(cut)} < %s")
    return Slice(" AND ".join(conditions), (*whole.parameters, *prefix, *bounds))
