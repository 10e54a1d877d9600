"""Merging rows of several recorders beforehand changes nothing of what a store makes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.raw_book import BOOK_DELTAS, QUOTES
from marketdata_platform.core.dedup import ROW, deduplicate, frame_of
from marketdata_platform.core.merging import merged

START = datetime(2024, 5, 1, tzinfo=UTC)


def trade(number, late=0, **changes):
    row = {
        "ts_event": START + timedelta(milliseconds=number),
        "ts_recv": START + timedelta(milliseconds=number + late),
        "trade_id": str(number),
        "sequence": number,
        "price": Decimal(number + 1),
        "quantity": Decimal("0.5"),
        "side": "buy" if number % 2 else "sell",
        "condition": None,
        "first_trade_id": None,
        "last_trade_id": None,
    }
    return row | changes


def table(*chunks, dataset=TRADES):
    parts = [pa.Table.from_pylist(list(rows), schema=dataset.arrow_schema) for rows in chunks]
    return pa.concat_tables(parts)


def stored(dataset, rows):
    """What a store keeps of the rows, and how many contradict others."""
    frame = frame_of(dataset, rows).with_row_index(ROW).with_columns()
    frame = frame.select([*[c.name for c in dataset.columns], frame[ROW].cast(int)])
    outcome = deduplicate(dataset, frame, frame.head(0).drop(ROW))
    return sorted(outcome.new.to_dicts(), key=repr), [one.reason for one in outcome.conflicts]


def require_same(dataset, rows):
    once = merged(dataset, rows)
    if once is None:
        return 0
    assert stored(dataset, once.table) == stored(dataset, rows)
    assert once.table.num_rows == len(once.kept)
    assert (np.diff(once.kept) > 0).all()
    return rows.num_rows - once.table.num_rows


def test_equal_rows_of_three_recorders_are_one_with_the_earliest_receipt():
    rows = table(*[[trade(n, late) for n in range(50) if n % 7 != late % 7] for late in (5, 3, 9)])
    once = merged(TRADES, rows)
    assert once.table.num_rows == 50
    assert require_same(TRADES, rows) == rows.num_rows - 50
    receipts = {row["sequence"]: row["ts_recv"] - row["ts_event"] for row in once.table.to_pylist()}
    assert receipts[0] == timedelta(milliseconds=3)


def test_rows_without_equals_cost_nothing():
    assert merged(TRADES, table([trade(n) for n in range(9)])) is None
    assert merged(TRADES, table([trade(n) for n in (4, 2, 9)])) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"price": Decimal(9)},
        {"side": "unknown"},
        {"condition": "x"},
        {"ts_event": START},
        {"trade_id": "a"},
        {"sequence": None},
        {"first_trade_id": 1},
    ],
)
def test_whatever_is_not_equal_is_left_to_the_stores_rules(changes):
    rows = table(
        [trade(n) for n in range(6)], [trade(n, 1, **(changes if n == 3 else {})) for n in range(6)]
    )
    require_same(TRADES, rows)
    rows = table([trade(3, 0, **changes)], [trade(3)], [trade(3)])
    require_same(TRADES, rows)


def test_keys_of_several_columns_and_times_of_receipt_merge_too():
    delta = {
        "ts_event": START,
        "ts_recv": START,
        "event_id": "7",
        "first_update_id": 6,
        "update_id": 7,
        "side": "bid",
        "price": Decimal(1),
        "quantity": Decimal(2),
    }
    later = {"ts_event": START + timedelta(seconds=1), "ts_recv": None}
    other = delta | {"price": Decimal(2)}
    rows = table(
        [other, delta],
        [delta | later, other | {"quantity": Decimal(9)}, other],
        dataset=BOOK_DELTAS,
    )
    assert require_same(BOOK_DELTAS, rows) == 2
    quote = {
        "ts_event": START,
        "ts_recv": START,
        "event_id": "7",
        "sequence": 7,
        "bid_price": Decimal(1),
    }
    rows = table([quote | later], [quote], [quote | {"bid_price": None}], dataset=QUOTES)
    assert require_same(QUOTES, rows) == 1
    assert merged(QUOTES, rows).table.to_pylist()[0]["ts_event"] == START


@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 12), st.integers(0, 3), st.sampled_from([1, 1, 1, 2])),
            max_size=12,
        ),
        min_size=1,
        max_size=10,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_rows_in_any_chunks_give_what_the_store_would_have_kept(chunks):
    rows = table(
        *[
            [trade(n * 10**6, late, quantity=Decimal(size)) for n, late, size in chunk]
            for chunk in chunks
        ]
    )
    if rows.num_rows:
        require_same(TRADES, rows)
    rows = table(
        *[[trade(n, late, quantity=Decimal(size)) for n, late, size in chunk] for chunk in chunks]
    )
    if rows.num_rows:
        require_same(TRADES, rows)
