"""What every store promises, whatever its engine."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketdata_platform.core.batch import Batch
from marketdata_platform.core.datasets import DATASETS, TRADES
from marketdata_platform.core.errors import InvalidInput, UnknownDataset
from marketdata_platform.workflows.ports import Appended
from marketdata_platform_tests.stores.contract import (
    BTC,
    MIDNIGHT,
    NOW,
    content,
    everything,
    many,
    trade,
    trades,
)


def test_an_empty_store_holds_nothing(store):
    assert store.instruments() == []
    assert content(store) == []
    assert store.coverage("trades") == []
    assert store.drop_before("trades", BTC, NOW) == 0


def test_rows_come_back_as_they_went_in(store):
    rows = [
        trade(1, price=Decimal("0.00000001"), quantity=Decimal("46000000000.12345678")),
        trade(2, price=Decimal("9999999999.99999999"), condition="insurance_fund", ts_recv=NOW),
        trade(3, side="unknown", sequence=None, first_trade_id=7, last_trade_id=9),
    ]
    assert store.append("trades", BTC, trades(*rows)) == Appended(inserted=3)
    assert content(store) == rows
    batch = next(iter(store.read("trades", BTC)))
    assert batch.schema == trades().schema
    assert store.instruments() == [BTC]


def test_the_same_rows_twice_change_nothing(store):
    store.append("trades", BTC, many(0, 50))
    first = everything(store)
    assert store.append("trades", BTC, many(0, 50)) == Appended(duplicates=50)
    assert everything(store) == first


def test_a_batch_judged_ahead_is_stored_as_its_rows_would_be(make_store):
    rows = trades(
        trade(3), trade(1), trade(2), trade(1), trade(4, price=Decimal(0)), trade(250), trade(-5)
    )
    plain, ahead = make_store(), make_store()
    known = many(2, 4)
    for store in (plain, ahead):
        store.append("trades", BTC, known)
    appended = [
        plain.append("trades", BTC, rows),
        ahead.append("trades", BTC, Batch(TRADES, rows).judge()),
    ]
    assert appended == [Appended(3, 3, 0, 1)] * 2
    assert everything(plain) == everything(ahead)


def test_rows_judged_as_another_dataset_are_refused(store):
    klines = DATASETS["bar__kline"]
    with pytest.raises(InvalidInput, match="judged as bar__kline"):
        store.append("trades", BTC, Batch(klines, klines.arrow_schema.empty_table()))


def test_coverage_of_many_days_at_once_is_as_of_one_after_the_other(make_store):
    rows = [trade(number, ts_event=MIDNIGHT + timedelta(days=number)) for number in range(12)]
    once, singly = make_store(), make_store()
    for store in (once, singly):
        store.append("trades", BTC, trades(rows[3]))
    once.append("trades", BTC, trades(*rows))
    for row in rows:
        singly.append("trades", BTC, trades(row))
    assert everything(once) == everything(singly)
    assert once.drop_before("trades", BTC, MIDNIGHT + timedelta(days=8)) == 8
    assert [day.rows for day in once.coverage("trades", BTC)] == [1] * 4


def test_duplicates_inside_a_batch_are_stored_once(store):
    assert store.append("trades", BTC, trades(trade(1), trade(2), trade(1))) == Appended(2, 1)
    assert [row["trade_id"] for row in content(store)] == ["1", "2"]


def test_halves_and_overlaps_in_any_order_give_the_same(make_store):
    whole = make_store()
    whole.append("trades", BTC, many(0, 200))
    expected = everything(whole)
    parts = [many(0, 100), many(90, 150), many(120, 200)]
    for order in permutations(parts):
        store = make_store()
        for part in order:
            store.append("trades", BTC, part)
        assert everything(store) == expected


def test_a_read_is_in_order_whatever_came_first(store):
    moment = MIDNIGHT + timedelta(seconds=5)
    rows = [
        trade(10, ts_event=moment),
        trade(9, ts_event=moment),
        trade(100, ts_event=moment),
        trade(2),
    ]
    store.append("trades", BTC, trades(*rows[:2]))
    store.append("trades", BTC, trades(*rows[2:]))
    assert [row["trade_id"] for row in content(store)] == ["2", "9", "10", "100"]


def test_ids_of_one_moment_without_sequence_sort_as_numbers_where_they_are_numbers(store):
    rows = [trade(1, trade_id=i, sequence=None, ts_event=MIDNIGHT) for i in ("b", "10", "9", "a")]
    store.append("trades", BTC, trades(*rows))
    assert [row["trade_id"] for row in content(store)] == ["9", "10", "a", "b"]


def test_another_payload_under_a_known_id_goes_to_quarantine(store):
    store.append("trades", BTC, many(0, 10))
    before = everything(store)
    batch = trades(trade(3), trade(4, price=Decimal("1")), trade(11))
    assert store.append("trades", BTC, batch, source="b.csv", positions=[7, 8, 9]) == Appended(
        1, 1, 1
    )
    (row,) = content(store, "quarantine")
    assert (row["source"], row["position"], row["dataset"]) == ("b.csv", 8, "trades")
    assert row["reason"] == "conflict: price differs (stored 42004.50000000, got 1.00000000)"
    assert row["quarantined_at"] == NOW
    assert [r for r in content(store) if r["trade_id"] != "11"] == before[0]


def test_the_same_id_at_another_time_is_a_conflict_however_far_away(store):
    store.append("trades", BTC, many(0, 10))
    store.append(
        "trades",
        BTC,
        trades(trade(0, trade_id="f00-1", sequence=0), trade(0, trade_id="77", sequence=5)),
    )
    far = MIDNIGHT + timedelta(days=400)
    batch = trades(
        *(
            trade(n, trade_id=i, sequence=s, ts_event=far)
            for n, i, s in ((3, "3", 3), (0, "f00-1", 0))
        )
    )
    assert store.append("trades", BTC, batch).conflicts == 2
    assert store.append("trades", BTC, trades(trade(0, trade_id="77", sequence=77))) == Appended(
        duplicates=1
    )
    reasons = {row["reason"].split(" (")[0] for row in content(store, "quarantine")}
    assert reasons == {"conflict: ts_event differs"}


def test_quarantine_keeps_one_row_for_a_conflict_that_comes_again(store):
    store.append("trades", BTC, many(0, 3))
    for _ in range(2):
        assert (
            store.append("trades", BTC, trades(trade(1, side="unknown")), source="x").conflicts == 1
        )
    assert len(content(store, "quarantine")) == 1


def test_conflicts_inside_a_batch_are_found(store):
    assert store.append("trades", BTC, trades(trade(1), trade(1, side="unknown"))) == Appended(
        1, 0, 1
    )


def test_rows_that_break_a_rule_go_to_quarantine_and_the_others_stay(store):
    batch = trades(
        trade(1),
        trade(2, price=Decimal(0)),
        trade(3, quantity=Decimal("-1")),
        trade(4, side="long"),
        trade(5, quantity=Decimal("92233720368.54775808")),
        trade(6, first_trade_id=9, last_trade_id=3),
        trade(7, trade_id=""),
    )
    assert store.append("trades", BTC, batch) == Appended(inserted=1, rejected=6)
    rows = content(store, "quarantine")
    assert [row["position"] for row in rows] == [2, 3, 4, 5, 6, 7]
    assert rows[0]["reason"] == "price is not above zero"
    assert '"trade_id": "2"' in rows[0]["payload"]


def test_a_missing_value_is_refused_with_its_column_named(store):
    schema = pa.schema([field.with_nullable(True) for field in trades().schema])
    batch = pa.Table.from_pylist([trade(1, price=None)], schema=schema)
    assert store.append("trades", BTC, batch).rejected == 1
    assert content(store, "quarantine")[0]["reason"] == "price is missing"


def test_unknown_columns_datasets_and_types_are_refused(store):
    with pytest.raises(UnknownDataset):
        store.append("nothing", BTC, trades())
    with pytest.raises(InvalidInput, match="unknown columns"):
        store.append("trades", BTC, many(0, 1).append_column("x", pa.array([1])))
    with pytest.raises(InvalidInput, match="lack columns"):
        store.append("trades", BTC, many(0, 1).drop_columns(["price"]))
    with pytest.raises(InvalidInput, match="no columns"):
        store.read("trades", BTC, columns=["nothing"])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_earliest_receipt_and_the_filled_values_stay_in_any_order(store, order):
    copies = [
        trade(1, ts_recv=NOW + timedelta(seconds=1), sequence=None),
        trade(1, ts_recv=NOW, condition="liquidation"),
        trade(1, ts_recv=None),
    ]
    for index in order:
        store.append("trades", BTC, trades(copies[index]))
    assert content(store) == [trade(1, ts_recv=NOW, condition="liquidation")]
    assert store.coverage("trades", BTC)[0].first_sequence == 1


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_a_time_in_milliseconds_is_the_same_as_in_microseconds(store, reverse, together):
    coarse = [trade(n, ts_event=MIDNIGHT + timedelta(milliseconds=n)) for n in range(1, 4)]
    fine = [
        trade(n, ts_event=MIDNIGHT + timedelta(milliseconds=n, microseconds=456))
        for n in range(1, 4)
    ]
    first, second = (fine, coarse) if reverse else (coarse, fine)
    if together:
        assert store.append("trades", BTC, trades(*first, *second)) == Appended(3, 3)
    else:
        store.append("trades", BTC, trades(*first))
        assert store.append("trades", BTC, trades(*second)) == Appended(duplicates=3)
    assert content(store) == fine
    (day,) = store.coverage("trades", BTC)
    assert (day.first_time, day.last_time) == (fine[0]["ts_event"], fine[-1]["ts_event"])


def test_two_times_in_microseconds_of_one_millisecond_differ(store):
    times = [MIDNIGHT + timedelta(microseconds=us) for us in (0, 123, 456)]
    for time, expected in zip(times, [Appended(1), Appended(0, 1), Appended(0, 0, 1)], strict=True):
        assert store.append("trades", BTC, trades(trade(1, ts_event=time))) == expected
    batch = trades(*(trade(2, ts_event=time) for time in times))
    assert store.append("trades", BTC, batch) == Appended(1, 1, 1)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_cut_and_order_of_batches_gives_the_same(make_store, data):
    numbers = data.draw(st.lists(st.integers(100, 140), min_size=1, max_size=30))
    copies = [trade(n, ts_recv=NOW + timedelta(seconds=i % 3)) for i, n in enumerate(numbers)]
    shuffled = data.draw(st.permutations(copies))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(copies)), max_size=3)))
    one, other = make_store(), make_store()
    one.append("trades", BTC, trades(*copies))
    total = Appended()
    for start, end in zip([0, *cuts], [*cuts, len(copies)], strict=True):
        total += other.append("trades", BTC, trades(*shuffled[start:end]))
    assert everything(one) == everything(other)
    assert (total.inserted, total.duplicates) == (
        len(set(numbers)),
        len(numbers) - len(set(numbers)),
    )
