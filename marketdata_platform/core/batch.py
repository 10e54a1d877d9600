"""A batch of rows, judged by itself: all that can be known of it before a store is asked.

Belongs here: what follows from the rows alone, each fact found once. Does not: what the store holds
(dedup, stores). A long import judges the next batch in another thread while the store writes this
one: `judge` is for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from marketdata_platform.core.coverage import DayCoverage, covered, irregular_rows
from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.datasets.ordering import has_sequence, positions_in_order
from marketdata_platform.core.dedup import (
    ROW,
    RejectedRow,
    check,
    frame_of,
    repeated_keys,
    typed_table,
)
from marketdata_platform.core.numbers.number_ids import odd_ids, rises


class Batch:
    """Rows of one dataset: the good ones in `good` (with `ROW`, in the order in which they came),
    the rest `refused`.

    Raises, when made:
        InvalidInput: a column is missing or unknown, or its values do not fit the dataset's type
        exactly.
    """

    def __init__(self, dataset: Dataset, rows: pa.Table) -> None:
        self.dataset = dataset
        self._table = typed_table(dataset, rows)
        self._frame = frame_of(dataset, self._table)
        row = pl.Series(ROW, np.arange(len(self._frame), dtype=np.int64))
        self.good, self.refused = check(dataset, self._frame.hstack([row]))

    def __len__(self) -> int:
        """Good rows."""
        return len(self.good)

    @cached_property
    def sequences(self) -> tuple[int, int] | None:
        """The smallest and the largest sequence; None where there are none, or one is null."""
        numbers = self._numbers
        return (
            None
            if numbers is None or not len(numbers)
            else (int(numbers.min()), int(numbers.max()))
        )

    @cached_property
    def irregular(self) -> int:
        """Rows whose sequence is missing or is not their id written as a number."""
        numbers = self._numbers
        if numbers is None or self.refused:  # the table still holds what was refused
            return irregular_rows(self.dataset, self.good)
        ids = self._table.column(self.dataset.key[0]).combine_chunks()
        found = odd_ids(ids, numbers)
        return irregular_rows(self.dataset, self.good) if found is None else found

    @cached_property
    def unique(self) -> bool:
        """True if no two good rows have the same key. Rising sequences that are their rows' ids
        need no hashing.
        """
        numbers = self._numbers
        if numbers is not None and rises(numbers) and not self.irregular:
            return True
        return not repeated_keys(self.dataset, self.good)

    @cached_property
    def rows(self) -> pa.Table:
        """The good rows in the dataset's order and Arrow types: those that came, untouched, where
        they are that.
        """
        order = positions_in_order(self.dataset, self.good)
        if order is None and not self.refused:
            return self._table
        frame = self._good_columns
        return (frame if order is None else frame[order]).to_arrow(
            compat_level=pl.CompatLevel.oldest()
        )

    @cached_property
    def coverage(self) -> dict[date, DayCoverage]:
        """What the good rows add to each UTC day, if all of them are new."""
        table = None if self.refused else self._table
        return covered(self.dataset, self._good_columns, table=table, irregular=self.irregular)

    def without(self, refused: Sequence[RejectedRow]) -> Batch:
        """The same with some of its good rows refused too: what a store cannot keep, whatever the
        dataset says.
        """
        other = object.__new__(Batch)
        other.dataset, other._table, other._frame = self.dataset, self._table, self._frame
        other.good = self.good.filter(~pl.col(ROW).is_in([one.row for one in refused]))
        other.refused = sorted([*self.refused, *refused], key=lambda one: one.row)
        return other

    def judge(self) -> Batch:
        """Find every fact now, and return the batch itself."""
        _ = self.sequences, self.unique, self.rows, self.coverage
        return self

    @property
    def _good_columns(self) -> pl.DataFrame:
        return self.good.drop(ROW) if self.refused else self._frame

    @cached_property
    def _numbers(self) -> npt.NDArray[np.int64] | None:
        if not has_sequence(self.dataset) or self.good["sequence"].null_count():
            return None
        return self.good["sequence"].to_numpy()
