"""Streams of rows: cut into batches of one size, and compared value by value.

Belongs here: what archive and verification need of a stream of Arrow batches, whatever batch sizes
its source chose. Does not: what the rows mean, or where they come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.datasets import Dataset

COMPARED_ROWS = 65_536


def rechunked(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of exactly `rows` rows (the last may be shorter), one contiguous
    chunk per column.
    """
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while batch.num_rows:
            part = batch.slice(0, rows - count)
            held.append(part)
            count += part.num_rows
            batch = batch.slice(part.num_rows)
            if count == rows:
                yield pa.Table.from_batches(held).combine_chunks()
                held, count = [], 0
    if held:
        yield pa.Table.from_batches(held).combine_chunks()


def same_rows(left: Iterable[pa.RecordBatch], right: Iterable[pa.RecordBatch]) -> bool:
    """True if both streams hold equal rows in the same order, in bounded memory; floats are
    compared bit by bit.
    """
    pairs = zip_longest(rechunked(left, COMPARED_ROWS), rechunked(right, COMPARED_ROWS))
    return all(a is not None and b is not None and _equal(a, b) for a, b in pairs)


def first_difference(
    archived: Iterable[pa.RecordBatch], stored: Iterable[pa.RecordBatch], dataset: Dataset
) -> str | None:
    """The first difference in words (key and column), or None when every row and value is equal.

    Both streams are in the dataset's order. Memory is bounded: 65,536 rows of each at a time.
    """
    pairs = zip_longest(rechunked(archived, COMPARED_ROWS), rechunked(stored, COMPARED_ROWS))
    for number, (left, right) in enumerate(pairs):
        if left is not None and right is not None and _equal(left, right):
            continue
        return _described(left, right, number * COMPARED_ROWS, dataset)
    return None


def key_text(row: dict[str, object], dataset: Dataset) -> str:
    """The row's key, its columns joined by `|`."""
    return "|".join(value_text(row[name]) for name in dataset.key)


def value_text(value: object) -> str:
    """A value as manifests and messages show it: times in ISO 8601."""
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat() if isoformat else value)


def _equal(left: pa.Table, right: pa.Table) -> bool:
    if left.num_rows != right.num_rows or left.column_names != right.column_names:
        return False
    return all(_bits(a).equals(_bits(b)) for a, b in zip(left.columns, right.columns, strict=True))


def _bits(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Floats as their bits: NaN equals itself, and -0.0 is not 0.0."""
    if not pa.types.is_float64(column.type):
        return column
    return pa.chunked_array([chunk.view(pa.int64()) for chunk in column.chunks], pa.int64())


def _described(left: pa.Table | None, right: pa.Table | None, offset: int, dataset: Dataset) -> str:
    archived = left.num_rows if left is not None else 0
    stored = right.num_rows if right is not None else 0
    if left is not None and right is not None:
        if left.schema.names != right.schema.names:
            return f"columns differ: archive {left.schema.names}, store {right.schema.names}"
        index = _first_unequal_row(left, right)
        if index is not None:
            return _row_difference(
                left.slice(index, 1).to_pylist()[0],
                right.slice(index, 1).to_pylist()[0],
                offset + index,
                dataset,
            )
    return _surplus(left, right, min(archived, stored), offset, dataset)


def _first_unequal_row(left: pa.Table, right: pa.Table) -> int | None:
    rows = min(left.num_rows, right.num_rows)
    unequal = np.zeros(rows, dtype=bool)
    for a, b in zip(left.slice(0, rows).columns, right.slice(0, rows).columns, strict=True):
        unequal |= _unequal(_bits(a), _bits(b))
    return int(unequal.argmax()) if unequal.any() else None


def _unequal(a: pa.ChunkedArray, b: pa.ChunkedArray) -> np.ndarray:
    if a.type != b.type:
        return np.ones(len(a), dtype=bool)
    nulls = pc.not_equal(pc.is_null(a), pc.is_null(b))
    return np.asarray(pc.or_(nulls, pc.fill_null(pc.not_equal(a, b), False)))


def _row_difference(
    archived: dict[str, object], stored: dict[str, object], row: int, dataset: Dataset
) -> str:
    if any(archived[name] != stored[name] for name in dataset.key):
        if _rank(archived, dataset) <= _rank(stored, dataset):
            return (
                f"the archive has key {key_text(archived, dataset)} at row {row}, which the "
                "store has not"
            )
        return (
            f"the store has key {key_text(stored, dataset)} at row {row}, which the archive has not"
        )
    name = next(n for n in archived if repr(archived[n]) != repr(stored[n]))
    there, here = value_text(archived[name]), value_text(stored[name])
    return (
        f"key {key_text(stored, dataset)} (row {row}), column {name}: archive {there}, store {here}"
    )


def _rank(row: dict[str, object], dataset: Dataset) -> list[tuple[bool, object]]:
    return [(row[name] is None, row[name]) for name in dataset.order]


def _surplus(
    left: pa.Table | None, right: pa.Table | None, common: int, offset: int, dataset: Dataset
) -> str:
    longer, name, other = (
        (left, "archive", "store")
        if left is not None and left.num_rows > common
        else (right, "store", "archive")
    )
    if longer is None or longer.num_rows == common:
        return f"column types differ at row {offset}"
    key = key_text(longer.slice(common, 1).to_pylist()[0], dataset)
    return f"the {name} goes on at row {offset + common} with key {key}, where the {other} ends"
