"""Rows that several recorders decoded alike, once: before a store is asked, and for most of them
instead.

Belongs here: the plain case, equal in every column but the receipt. Does not: conflicts, finer
times, values that only one of them knows: those stay as they are, for the rules of core.dedup to
judge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.datasets import Dataset, Merge
from marketdata_platform.core.datasets.ordering import has_sequence
from marketdata_platform.core.merge_kernels import (
    earliest,
    keep_equal_texts,
    keep_equal_words,
    repeated_numbers,
)
from marketdata_platform.core.numbers.number_ids import odd_ids, rises

_CHUNKS = 8
_ROW = "_row"
_DENSE = 8  # numbers spread over more than this many times their count are sorted instead
Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Merged:
    """Rows without their equals; row i was row `kept[i]`, and the earliest times of all are in
    it.
    """

    table: pa.Table
    kept: Int64s


def merged(dataset: Dataset, table: pa.Table) -> Merged | None:
    """`table` with equal rows once, the first of each; None when no two rows have the same key.

    Args:
        table: rows in the dataset's schema, e.g. those of several gatherers one after the other.
    """
    if table.column(0).num_chunks > _CHUNKS:
        table = table.combine_chunks()
    pairs = _pairs(dataset, table)
    if pairs is None or not len(pairs[0]):
        return None
    again, first = pairs
    equal = _equal(dataset, table, again, first)
    again, first = again[equal], first[equal]
    if not len(again):
        return None
    for column in dataset.columns:
        if column.merge is Merge.EARLIEST:
            table = _with_earliest(table, column.name, again, first)
    stays = np.ones(table.num_rows, bool)
    stays[again] = False
    kept = np.flatnonzero(stays)
    whole = int(again.min())  # rows before the first repeated one stay where they are
    rest = table.slice(whole).take(pa.array(kept[whole:] - whole))
    return Merged(pa.concat_tables([table.slice(0, whole), rest]), kept)


def _pairs(dataset: Dataset, table: pa.Table) -> tuple[Int64s, Int64s] | None:
    """Rows whose key came before, and the first row of it; None when every key comes once."""
    numbers = _key_numbers(dataset, table)
    if numbers is None:
        keys = pl.DataFrame(pl.from_arrow(table.select(list(dataset.key))))
        if len(dataset.key) == 1 and keys[dataset.key[0]].n_unique() == len(keys):
            return None
        keys = keys.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(_ROW))
        firsts = keys.select(pl.col(_ROW).first().over(list(dataset.key))).to_series().to_numpy()
        again = np.flatnonzero(firsts != np.arange(len(firsts)))
        return again, firsts[again]
    if rises(numbers):
        return None
    lowest, span = int(numbers.min()), int(numbers.max()) - int(numbers.min()) + 1
    if span <= _DENSE * len(numbers):
        again, first = np.empty(len(numbers), np.int64), np.empty(len(numbers), np.int64)
        found = repeated_numbers(numbers, lowest, span, again, first)
        return again[:found], first[:found]
    order = np.argsort(numbers, kind="stable")
    ranked = numbers[order]
    begins = np.ones(len(ranked), bool)
    np.not_equal(ranked[1:], ranked[:-1], out=begins[1:])
    place = np.flatnonzero(~begins)
    starts = np.flatnonzero(begins)
    again, first = order[place], order[starts[np.cumsum(begins)[place] - 1]]
    ranked_again = np.argsort(again)
    return again[ranked_again], first[ranked_again]


def _key_numbers(dataset: Dataset, table: pa.Table) -> Int64s | None:
    """The rows' sequences, where each is its row's id as a number: then numbers separate keys."""
    if not has_sequence(dataset) or len(dataset.key) != 1 or table.column("sequence").null_count:
        return None
    numbers: Int64s = table.column("sequence").to_numpy()
    at = 0
    for ids in table.column(dataset.key[0]).chunks:
        if odd_ids(ids, numbers[at : at + len(ids)]) != 0:
            return None
        at += len(ids)
    return numbers


def _equal(dataset: Dataset, table: pa.Table, again: Int64s, first: Int64s) -> Bools:
    """Which rows are equal to the first of their key, by all but receipts. Chunks are compared
    where they lie.
    """
    names = [
        c.name
        for c in dataset.columns
        if c.merge is not Merge.EARLIEST and c.name not in dataset.key
    ]
    given = [name for name in names if table.column(name).null_count < table.num_rows]
    if any(table.column(name).num_chunks != table.column(given[0]).num_chunks for name in given):
        table = table.combine_chunks()
    sizes = [len(chunk) for chunk in table.column(given[0]).chunks] if given else []
    starts = np.cumsum([0, *sizes])
    equal = np.ones(len(again), bool)
    bounds = np.searchsorted(again, starts)  # rows that repeat others come in order
    for i in range(len(sizes)):
        begin, end = bounds[i], bounds[i + 1]
        for j in range(i + 1):
            inside = (first[begin:end] >= starts[j]) & (first[begin:end] < starts[j + 1])
            pairs = np.arange(begin, end)[inside]
            if len(pairs):
                rows = again[pairs] - starts[i], first[pairs] - starts[j]
                same = np.ones(len(pairs), bool)
                for name in given:
                    chunks = table.column(name).chunks
                    _keep_equal((chunks[i], chunks[j]), rows, same)
                equal[pairs] = same
    return equal


def _keep_equal(
    columns: tuple[pa.Array, pa.Array], rows: tuple[Int64s, Int64s], equal: Bools
) -> None:
    """Clear `equal` where a row of the first column is not that of the second."""
    kind, nulls = columns[0].type, columns[0].null_count + columns[1].null_count
    if nulls == 0 and pa.types.is_string(kind):
        (ends, content), (other_ends, other_content) = _text(columns[0]), _text(columns[1])
        keep_equal_texts(ends, content, other_ends, other_content, *rows, equal)
    elif nulls == 0 and not pa.types.is_string(kind) and kind.bit_width in (64, 128):
        width = kind.bit_width // 64
        keep_equal_words(_words(columns[0], width), _words(columns[1], width), width, *rows, equal)
    else:
        one, other = columns[0].take(pa.array(rows[0])), columns[1].take(pa.array(rows[1]))
        both_null = pc.and_(pc.is_null(one), pc.is_null(other))
        equal &= np.asarray(pc.or_(both_null, pc.fill_null(pc.equal(one, other), False)))


def _words(values: pa.Array, width: int) -> Int64s:
    held = np.frombuffer(values.buffers()[1], np.int64)
    return held[values.offset * width : (values.offset + len(values)) * width]


def _text(values: pa.Array) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    _, ends, content = values.buffers()
    bounds = np.frombuffer(ends, np.int32)[values.offset : values.offset + len(values) + 1]
    return bounds, np.frombuffer(content, np.uint8) if content is not None else np.zeros(
        0, np.uint8
    )


def _with_earliest(table: pa.Table, name: str, again: Int64s, first: Int64s) -> pa.Table:
    """The column with the earliest value of equal rows in the first of them; a missing one is later
    than any.
    """
    at = table.column_names.index(name)
    field = table.schema.field(at)
    values = table.column(at).combine_chunks()
    never = np.iinfo(np.int64).max
    times = values.cast(pa.int64()).fill_null(never).to_numpy().copy()
    earliest(times, again, first)
    missing = times == never
    array = pa.array(times, pa.int64(), mask=missing if missing.any() else None).cast(field.type)
    return table.set_column(at, field, array)
