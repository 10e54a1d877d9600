"""What is known of a batch by itself: the quick ways to it say what the plain ones say."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.coverage import covered, irregular_rows
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.ordering import in_order
from marketdata_platform.core.dedup import ROW, frame_of, repeated_keys
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.numbers.number_ids import odd_ids, rises

_START = datetime(2024, 3, 1, 23, 59, 59, tzinfo=UTC)
_IDS = st.one_of(
    st.integers(0, 30).map(str),
    st.sampled_from(
        [
            "",
            "0",
            "00",
            "007",
            "-1",
            "+5",
            "1 ",
            "x1",
            "99999999999999999999",
            "9223372036854775807",
            "é",
        ]
    ),
)
_SEQUENCES = st.one_of(st.none(), st.integers(-3, 30), st.just(2**63 - 1))


def trades(rows: list[tuple[str, int | None, int, str]]) -> pa.Table:
    """Trades of (id, sequence, seconds after the start, price); the second second is another
    day.
    """
    return pa.Table.from_pylist(
        [
            {
                "ts_event": _START + timedelta(seconds=seconds),
                "trade_id": text,
                "sequence": sequence,
                "price": Decimal(price),
                "quantity": Decimal(1),
                "side": "buy",
            }
            for text, sequence, seconds, price in rows
        ],
        TRADES.arrow_schema,
    )


@settings(deadline=None)  # the first example compiles
@given(st.lists(st.tuples(_IDS, _SEQUENCES, st.integers(0, 3), st.sampled_from(["1", "2", "0"]))))
def test_every_fact_of_a_batch_is_what_the_plain_way_finds(rows):
    batch = Batch(TRADES, trades(rows)).judge()
    good = frame_of(TRADES, trades([row for row in rows if row[0] and row[3] != "0"]))
    assert len(batch) == len(good) == len(rows) - len(batch.refused)
    assert batch.irregular == irregular_rows(TRADES, good)
    assert batch.unique is not repeated_keys(TRADES, good)
    assert batch.coverage == covered(TRADES, good)
    assert pl.DataFrame(batch.rows).equals(in_order(TRADES, good))
    numbers = [row[1] for row in rows if row[0] and row[3] != "0"]
    assert batch.sequences == (
        None if not numbers or None in numbers else (min(numbers), max(numbers))
    )


def test_rows_that_come_in_order_are_handed_on_untouched():
    rows = trades([("5", 5, 0, "1"), ("6", 6, 0, "1"), ("7", 7, 1, "2")])
    batch = Batch(TRADES, rows)
    assert (
        batch.rows.column("trade_id").chunk(0).buffers()[2].address
        == rows.column("trade_id").chunk(0).buffers()[2].address
    )
    assert batch.good[ROW].to_list() == [0, 1, 2]


def test_a_slice_of_a_longer_table_is_judged_by_its_own_rows():
    rows = trades([("x", 1, 0, "1"), ("6", 6, 0, "1"), ("7", 7, 1, "2"), ("y", 2, 2, "1")]).slice(
        1, 2
    )
    batch = Batch(TRADES, rows).judge()
    assert (batch.irregular, batch.unique, batch.sequences) == (0, True, (6, 7))
    assert [day.rows for day in batch.coverage.values()] == [1, 1]


def test_rows_of_another_shape_are_no_batch():
    with pytest.raises(InvalidInput, match="lack columns"):
        Batch(TRADES, pa.table({"trade_id": ["1"]}))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**18 - 1), st.booleans())))
def test_ids_are_told_from_their_numbers_without_writing_the_numbers_out(rows):
    texts = pa.array([f"{number}{'' if same else 'x'}" for number, same in rows], pa.string())
    longest = max((len(text) for text in texts.to_pylist()), default=0)
    found = odd_ids(texts, np.array([number for number, _ in rows], np.int64))
    assert found == (None if longest > 18 else sum(not same for _, same in rows))


@pytest.mark.parametrize(
    ("numbers", "rising"),
    [([], True), ([3], True), ([1, 2, 9], True), ([1, 1], False), ([2, 1, 3], False)],
)
def test_rising_means_that_none_comes_twice(numbers, rising):
    assert rises(np.array(numbers, np.int64)) is rising
