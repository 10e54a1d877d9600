"""VPIN with bulk volume classification against the slow reference."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.bars.vpin import VpinParams, vpin_buckets
from marketdata_platform_tests.core.bars import bar_checks, slow_reference
from marketdata_platform_tests.core.bars.slow_reference import Trade
from marketdata_platform_tests.core.bars.trade_frames import (
    START,
    cuts,
    frame_of,
    made_up_trades,
    tardis_trades,
)

NEAR = {"vpin": 4.5e-16}
LENGTHS = {"1s": timedelta(seconds=1), "1m": timedelta(minutes=1), "1h": timedelta(hours=1)}


def fold_of(params):
    return lambda trades, state: vpin_buckets(trades, params, state)


def slow(trades, params):
    fixed = None if params.bucket_volume == "auto" else params.bucket_volume
    elements = slow_reference.bar_elements(trades, LENGTHS[params.bar_interval])
    return slow_reference.vpin_buckets(elements, fixed, params.window, params.first_bucket_volume)


@pytest.mark.parametrize("interval", ["1s", "1m"])
def test_buckets_of_a_recorded_hour_equal_the_slow_reference(interval):
    trades = [t._replace(side="unknown") for t in tardis_trades()]
    params = VpinParams(Decimal("7.3"), window=10, method="bvc", bar_interval=interval)
    buckets, _ = vpin_buckets(frame_of(trades), params)
    bar_checks.require_dataset_columns(buckets, "bar__vpin")
    assert len(buckets) > 50
    assert (buckets["unsigned_volume"] == 0).all()
    bar_checks.require_rows(buckets, slow(trades, params), NEAR)


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_cutting_anywhere_changes_no_bit_and_agrees_with_the_slow_reference(data):
    trades = [t for t in data.draw(made_up_trades()) if t.quantity < 1000]
    interval = data.draw(st.sampled_from(["1s", "1m", "1h"]))
    fold = fold_of(
        params := VpinParams(Decimal("9.1"), window=3, method="bvc", bar_interval=interval)
    )
    bar_checks.require_rows(fold(frame_of(trades), None)[0], slow(trades, params), NEAR)
    bar_checks.require_cuts_change_nothing(fold, trades, data.draw(cuts(len(trades))))
    bar_checks.require_prefix(fold, trades, data.draw(st.integers(0, len(trades))))
    bar_checks.require_conserved(fold, trades)


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_an_automatic_volume_is_the_same_however_the_days_are_cut(data):
    days = [
        t._replace(ts=t.ts + i // 15 * 86_400_000_000, quantity=Decimal(1 + i % 7))
        for i, t in enumerate(data.draw(made_up_trades(60)))
    ]
    first = data.draw(st.sampled_from([None, Decimal("0.7")]))
    fold = fold_of(params := VpinParams("auto", 4, "bvc", "1m", first))
    bar_checks.require_rows(fold(frame_of(days), None)[0], slow(days, params), NEAR)
    bar_checks.require_cuts_change_nothing(fold, days, data.draw(cuts(len(days))))


def test_a_bar_whose_price_did_not_move_is_half_bought():
    trades = [
        Trade(START + i * 60_000_000, Decimal(5), Decimal("0.00000003"), "buy") for i in range(4)
    ]
    buckets, _ = vpin_buckets(
        frame_of(trades), VpinParams(Decimal("0.00000003"), window=1, method="bvc")
    )
    assert buckets["buy_volume"].to_list() == [Decimal("0.00000001")] * 3
    assert buckets["sell_volume"].to_list() == [Decimal("0.00000002")] * 3


def test_a_rise_is_mostly_bought_and_a_fall_mostly_sold():
    prices = [100, 101, 99, 103, 97]
    trades = [
        Trade(START + i * 60_000_000, Decimal(p), Decimal(10), "unknown")
        for i, p in enumerate(prices)
    ]
    buckets, state = vpin_buckets(frame_of(trades), VpinParams(Decimal(10), window=1, method="bvc"))
    more_bought = [
        b > s for b, s in zip(buckets["buy_volume"], buckets["sell_volume"], strict=True)
    ]
    assert more_bought == [
        False,
        False,
        False,
        True,
    ]  # no σ before the second change: two halves, then a fall, a rise
    assert state.open_volume == 10
