import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata_platform.core.datasets import TRADES, dataset_named
from marketdata_platform.workflows.bookkeeping.row_streams import (
    first_difference,
    rechunked,
    same_rows,
)
from marketdata_platform_tests.archive.days import trades

ROWS = trades(40).combine_chunks()
ROWS_BATCH = ROWS.to_batches()[0]


def cut(sizes: list[int]) -> list[pa.RecordBatch]:
    batches, start = [], 0
    for size in [*sizes, len(ROWS)]:
        batches.append(ROWS_BATCH.slice(start, size))  # some are empty
        start += size
    return batches


@given(st.lists(st.integers(0, 15), max_size=8), st.integers(1, 50))
def test_rechunked_rows_are_the_same_in_tables_of_one_size(sizes, size):
    tables = list(rechunked(cut(sizes), size))
    assert pa.concat_tables(tables).equals(ROWS)
    assert all(t.num_rows == size for t in tables[:-1])
    assert 0 < tables[-1].num_rows <= size
    assert all(column.num_chunks == 1 for t in tables for column in t.columns)


@given(st.lists(st.integers(0, 15), max_size=8), st.lists(st.integers(0, 15), max_size=8))
def test_equality_does_not_depend_on_batch_sizes(one, other):
    assert same_rows(cut(one), cut(other))
    assert first_difference(cut(one), cut(other), TRADES) is None


def test_no_rows_equal_no_rows_and_nothing_else():
    assert same_rows([], [])
    assert not same_rows([], ROWS.to_batches())
    assert not same_rows(ROWS.to_batches(), [])


@pytest.mark.parametrize(
    ("left", "right", "same"), [(math.nan, math.nan, True), (0.0, -0.0, False), (1.5, None, False)]
)
def test_floats_are_compared_bit_by_bit(left, right, same):
    one, other = (pa.table({"vpin": pa.array([1.0, v])}).to_batches() for v in (left, right))
    assert same_rows(one, other) is same


def test_other_columns_are_a_difference():
    said = first_difference(ROWS.to_batches(), ROWS.drop_columns(["side"]).to_batches(), TRADES)
    assert said is not None and said.startswith("columns differ")


def test_the_key_of_several_columns_is_named_in_full():
    kind = dataset_named("order_flow")
    one, other = (
        pa.table({"interval": ["1m"], "open_time": [1], "trades": [n]}).to_batches() for n in (4, 5)
    )
    assert (
        first_difference(one, other, kind) == "key 1m|1 (row 0), column trades: archive 4, store 5"
    )
