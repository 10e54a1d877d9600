"""Cutting a read into parts of bounded size that come in the dataset's order, so that years stream
through memory.

Belongs here: where to cut, for every engine. Does not: how an engine counts its rows (its own
`slices`), sorting inside a part (core.datasets.ordering).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Protocol

import pyarrow as pa

from marketdata_platform.core.datasets import Dataset, Tier
from marketdata_platform.core.datasets.ddl.duckdb import identifier
from marketdata_platform.core.window import from_us

_BUCKET_US = 60_000_000  # cuts fall on minutes
BUCKET_NUMBERS = 4096  # or on multiples of this, in a column of numbers


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows for which `where` holds; empty: all."""

    where: str
    parameters: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSyntax:
    """How an engine writes what a slice needs; `{}` stands for a column."""

    where: str  # the word before the first condition of a query
    column: str
    parameter: str
    minute: str  # minutes since 1970, rounded down
    number: str  # how many whole times BUCKET_NUMBERS goes into it


class CountedTables(Protocol):
    """What this module asks of the tables of one instrument."""

    def query(
        self, dataset: Dataset, columns: str, rest: str = "", parameters: Sequence[Any] = ()
    ) -> list[Any]:
        """Rows of `SELECT columns FROM the dataset's table rest`."""
        ...


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring buckets `first` to `last`, both inclusive, of one prefix of texts."""

    prefix: tuple[Any, ...]
    first: int
    last: int


def cut(
    tables: CountedTables,
    dataset: Dataset,
    whole: Slice,
    *,
    rows: int,
    limit: int,
    syntax: SliceSyntax,
) -> list[Slice]:
    """Parts of about `limit` rows, which together are `whole` with its `rows`; each is wholly
    before the next.
    """
    if dataset.tier is Tier.META or rows <= limit:
        return [whole]
    texts = _leading_texts(dataset)
    column = dataset.order[len(texts)]
    names = [_quoted(syntax, name) for name in texts]
    names.append(_bucket(syntax, dataset, column))
    places = ", ".join(str(number) for number in range(1, len(names) + 1))
    condition = f"{syntax.where} {whole.where}" if whole.where else ""
    counts = tables.query(
        dataset,
        f"{', '.join(names)}, count(*)",
        f"{condition} GROUP BY {places} ORDER BY {places}",
        whole.parameters,
    )
    return [_slice(syntax, dataset, whole, run) for run in _runs(counts, limit)]


def _leading_texts(dataset: Dataset) -> list[str]:
    """The columns of text that the dataset is ordered by first."""
    return list(takewhile(lambda name: dataset.column(name).type == pa.string(), dataset.order))


def _quoted(syntax: SliceSyntax, name: str) -> str:
    return syntax.column.format(identifier(name))


def _bucket(syntax: SliceSyntax, dataset: Dataset, name: str) -> str:
    pattern = syntax.number if dataset.column(name).type == pa.int64() else syntax.minute
    return pattern.format(_quoted(syntax, name))


def _runs(counts: list[Any], limit: int) -> list[_Run]:
    """Runs of buckets that hold about `limit` rows each, from (*prefix, bucket, rows) in order."""
    runs: list[_Run] = []
    filled = 0
    for *texts, bucket, rows in counts:
        prefix = tuple(texts)
        if runs and runs[-1].prefix == prefix and filled + rows <= limit:
            runs[-1] = _Run(prefix, runs[-1].first, bucket)
            filled += rows
        else:
            runs.append(_Run(prefix, bucket, bucket))
            filled = rows
    return runs


def _slice(syntax: SliceSyntax, dataset: Dataset, whole: Slice, run: _Run) -> Slice:
    """The rows of a run, as bounds on the bare column: indexes and zone maps know nothing of
    expressions.
    """
    texts = _leading_texts(dataset)
    column = dataset.order[len(texts)]
    bounds: list[Any] = [run.first * BUCKET_NUMBERS, (run.last + 1) * BUCKET_NUMBERS]
    if dataset.column(column).type != pa.int64():
        bounds = [from_us(run.first * _BUCKET_US), from_us((run.last + 1) * _BUCKET_US)]
    conditions = [whole.where] if whole.where else []
    conditions += [f"{_quoted(syntax, name)} = {syntax.parameter}" for name in texts]
    quoted = _quoted(syntax, column)
    conditions.append(f"{quoted} >= {syntax.parameter} AND {quoted} < {syntax.parameter}")
    return Slice(" AND ".join(conditions), (*whole.parameters, *run.prefix, *bounds))
