"""Texts that PostgreSQL cannot keep: with a NUL, or too long for the index of a key.

Belongs here: finding them before they would fail a whole batch. Does not: what else may be wrong
with a row.
"""

from __future__ import annotations

import polars as pl

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.dedup import ROW, RejectedRow
from marketdata_platform.core.errors import InvalidInput

_LONGEST_KEY_BYTES = 1_024  # an index takes rows of up to 2,704, the instrument's name among them


def storable(batch: Batch) -> Batch:
    """The batch with what cannot be kept among its refused rows; itself where all can, as nearly
    always.
    """
    rules = _rules(batch.dataset)
    if (
        not rules
        or not len(batch.good)
        or not batch.good.select(pl.any_horizontal(r for r, _ in rules).any()).item()
    ):
        return batch
    return batch.without(_refused(batch.good, rules))


def check_texts(dataset: Dataset, frame: pl.DataFrame) -> None:
    """Raise `InvalidInput` where a row of bookkeeping or of a replacement cannot be kept."""
    for rule, reason in _rules(dataset):
        if len(frame) and frame.select(rule.any()).item():
            raise InvalidInput(f"{dataset.name}: {reason}")


def _rules(dataset: Dataset) -> list[tuple[pl.Expr, str]]:
    rules: list[tuple[pl.Expr, str]] = []
    for column in dataset.columns:
        if column.type != pl.String and str(column.type) != "string":
            continue
        text = pl.col(column.name)
        rules.append(
            (
                text.str.contains("\x00", literal=True),
                f"{column.name} holds a NUL, which PostgreSQL cannot keep",
            )
        )
        if column.name in dataset.key:
            long = text.str.len_bytes() > _LONGEST_KEY_BYTES
            rules.append(
                (
                    long,
                    f"{column.name} is longer than {_LONGEST_KEY_BYTES:,} bytes: too long for a "
                    "key",
                )
            )
    return rules


def _refused(good: pl.DataFrame, rules: list[tuple[pl.Expr, str]]) -> list[RejectedRow]:
    reason = pl.coalesce(*(pl.when(rule).then(pl.lit(text)) for rule, text in rules))
    marked = good.with_columns(reason.alias("_reason")).filter(pl.col("_reason").is_not_null())
    return [
        RejectedRow(row.pop(ROW), row.pop("_reason"), row) for row in marked.iter_rows(named=True)
    ]
