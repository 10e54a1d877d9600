"""The order of rows, which makes a read independent of how the rows came.

Belongs here: sorting by `Dataset.order`. Does not: sorting inside an engine.
"""

from __future__ import annotations

import polars as pl

from marketdata_platform.core.datasets.model import Dataset


def in_order(dataset: Dataset, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` in the dataset's order, nulls last; rows that come in order already are not sorted
    again.
    """
    order = positions_in_order(dataset, frame)
    return frame if order is None else frame[order]


def positions_in_order(dataset: Dataset, frame: pl.DataFrame) -> pl.Series | None:
    """The row numbers of `frame` (the columns of `order_columns`) in order; None when it is in
    order already.
    """
    if len(frame) < 2 or _is_sorted(dataset, frame):
        return None
    return frame.select(pl.arg_sort_by(_terms(dataset), nulls_last=True)).to_series()


def has_sequence(dataset: Dataset) -> bool:
    """True if rows have one text id and the `sequence` beside it, which for most venues is the same
    number.
    """
    return len(dataset.key) == 1 and any(column.name == "sequence" for column in dataset.columns)


def order_columns(dataset: Dataset) -> list[str]:
    """The columns that `in_order` needs: the order's, then the key's, which have the last word."""
    return list(dict.fromkeys((*dataset.order, *dataset.key)))


def _terms(dataset: Dataset) -> list[pl.Expr]:
    """An id counts as a number where it is one: 9 comes before 10."""
    terms: list[pl.Expr] = []
    for name in order_columns(dataset):
        if name == "trade_id":
            terms.append(pl.col(name).cast(pl.Int64, strict=False))
        terms.append(pl.col(name))
    return terms


def _is_sorted(dataset: Dataset, frame: pl.DataFrame) -> bool:
    """True if the first two columns of the order alone prove it: both without nulls, and pairs of
    them rising.
    """
    names = order_columns(dataset)[:2]
    if any(frame[name].null_count() for name in names) or "trade_id" in names:
        return False
    first, second = pl.col(names[0]), pl.col(names[-1])
    rises = (first > first.shift(1)) | ((first == first.shift(1)) & (second > second.shift(1)))
    return bool(frame.select(rises.slice(1).all()).item())
