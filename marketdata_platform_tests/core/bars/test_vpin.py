"""VPIN buckets by taker side against the slow reference."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.bars.vpin import VpinParams, VpinState, vpin_buckets
from marketdata_platform.core.errors import InvalidInput, TradesOutOfOrder
from marketdata_platform_tests.core.bars import bar_checks, slow_reference
from marketdata_platform_tests.core.bars.slow_reference import Trade
from marketdata_platform_tests.core.bars.trade_frames import (
    START,
    captured_trades,
    cuts,
    frame_of,
    made_up_trades,
    tardis_trades,
)

NEAR = {"vpin": 4.5e-16}  # two units in the last place
DAY_US = 86_400_000_000


def fold_of(params):
    return lambda trades, state: vpin_buckets(trades, params, state)


def slow(trades, params):
    fixed = None if params.bucket_volume == "auto" else params.bucket_volume
    elements = slow_reference.trade_elements(trades)
    return slow_reference.vpin_buckets(elements, fixed, params.window, params.first_bucket_volume)


@pytest.mark.parametrize("volume", ["0.5", "3.70000001", "25"])
def test_buckets_of_a_recorded_hour_equal_the_slow_reference(volume):
    trades = tardis_trades()
    params = VpinParams(Decimal(volume))
    buckets, _ = vpin_buckets(frame_of(trades), params)
    bar_checks.require_dataset_columns(buckets, "bar__vpin")
    assert len(buckets) > 50
    bar_checks.require_rows(buckets, slow(trades, params), NEAR)


@pytest.mark.parametrize("first", [None, Decimal("0.25")])
def test_an_automatic_volume_follows_the_day_before(first):
    trades = captured_trades("spot", "btcusdt_20240808.log.zst", "btcusdt_20240809.log.zst")
    params = VpinParams("auto", window=10, first_bucket_volume=first)
    buckets, state = vpin_buckets(frame_of(trades), params)
    assert len(set(buckets["volume"])) == (2 if first else 1)
    bar_checks.require_rows(buckets, slow(trades, params), NEAR)
    total = sum(buckets["volume"].to_list()) + state.warmup_volume + state.open_volume
    assert total == sum(t.quantity for t in trades)


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_made_up_trades_cut_anywhere_give_the_buckets_of_the_slow_reference(data):
    trades = [t for t in data.draw(made_up_trades()) if t.quantity < 1000]
    fold = fold_of(params := VpinParams(Decimal("2.7"), window=3))
    bar_checks.require_rows(fold(frame_of(trades), None)[0], slow(trades, params), NEAR)
    bar_checks.require_cuts_change_nothing(fold, trades, data.draw(cuts(len(trades))))
    bar_checks.require_prefix(fold, trades, data.draw(st.integers(0, len(trades))))
    bar_checks.require_conserved(fold, trades)


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_an_automatic_volume_is_the_same_however_the_days_are_cut(data):
    trades = [
        t._replace(
            ts=t.ts + i // 20 * DAY_US,
            quantity=t.quantity.scaleb(-9) if t.quantity > 10**9 else t.quantity,
        )
        for i, t in enumerate(data.draw(made_up_trades(60)))
    ]
    trades = [
        t._replace(quantity=max(t.quantity.quantize(Decimal("1e-3")), Decimal("0.5")))
        for t in trades
    ]
    first = data.draw(st.sampled_from([None, Decimal("0.7")]))
    fold = fold_of(params := VpinParams("auto", window=4, first_bucket_volume=first))
    bar_checks.require_rows(fold(frame_of(trades), None)[0], slow(trades, params), NEAR)
    bar_checks.require_cuts_change_nothing(fold, trades, data.draw(cuts(len(trades))))


def test_one_large_trade_fills_many_buckets_and_leaves_its_rest_open():
    trades = [
        Trade(START, Decimal(10), Decimal("0.4"), "sell"),
        Trade(START + 1, Decimal(11), Decimal("99999.9"), "buy"),
    ]
    buckets, state = vpin_buckets(frame_of(trades), VpinParams(Decimal(1), window=2))
    assert len(buckets) == 100_000
    assert buckets["imbalance"].to_list()[:3] == [Decimal("0.2"), Decimal(1), Decimal(1)]
    assert buckets["vpin"].to_list()[:3] == [None, 0.6, 1.0]
    assert buckets["ticks"].to_list()[:2] == [2, 1]
    assert (buckets["close"] == Decimal(11)).all()
    assert state.open_volume == Decimal("0.3")


def test_a_trade_that_fills_a_bucket_exactly_leaves_none_open():
    trades = [Trade(START + i, Decimal(10), Decimal("0.1"), "sell") for i in range(10)]
    buckets, state = vpin_buckets(frame_of(trades), VpinParams(Decimal("0.5"), window=1))
    assert buckets["ticks"].to_list() == [5, 5]
    assert buckets["vpin"].to_list() == [1.0, 1.0]
    assert (state.open_volume, state.bucket_units) == (0, 0)


def test_volume_without_a_sign_counts_to_neither_side():
    trades = [Trade(START + i, Decimal(10), Decimal(1), "unknown") for i in range(4)]
    buckets, _ = vpin_buckets(frame_of(trades), VpinParams(Decimal(2), window=1))
    assert buckets["unsigned_volume"].to_list() == [Decimal(2)] * 2
    assert buckets["vpin"].to_list() == [0.0, 0.0]


def test_a_bucket_may_hold_more_than_64_bits_of_volume():
    trades = [
        Trade(START + i, Decimal(10), Decimal("46000000000.00000001"), "buy") for i in range(50)
    ]
    params = VpinParams(Decimal("400000000000.5"), window=2)
    buckets, _ = vpin_buckets(frame_of(trades), params)
    bar_checks.require_rows(buckets, slow(trades, params), NEAR)
    assert len(buckets) == 5


def test_a_volume_too_small_for_a_trade_is_refused_and_says_which():
    trades = [Trade(START, Decimal(10), Decimal("46000000000"), "buy")]
    with pytest.raises(InvalidInput, match=r"too small.*46000000000.* in row 0"):
        vpin_buckets(frame_of(trades), VpinParams(Decimal("0.00000001")))


def test_an_empty_frame_gives_no_buckets_and_the_state_it_began_with():
    for params in (
        VpinParams(Decimal(5)),
        VpinParams("auto"),
        VpinParams(Decimal(5), method="bvc"),
    ):
        buckets, state = vpin_buckets(frame_of([]), params)
        bar_checks.require_dataset_columns(buckets, "bar__vpin")
        assert VpinState.from_bytes(state.to_bytes()) == state


def test_a_first_day_without_a_volume_is_held_as_warm_up():
    trades = [
        Trade(START, Decimal(10), Decimal(100), "buy"),
        Trade(START + DAY_US, Decimal(10), Decimal(5), "sell"),
    ]
    buckets, state = vpin_buckets(frame_of(trades), VpinParams("auto", window=1))
    assert buckets["volume"].to_list() == [Decimal(2), Decimal(2)]
    assert (state.warmup_volume, state.open_volume) == (Decimal(100), Decimal(1))


def test_trades_already_seen_and_other_parameters_are_refused():
    frame = frame_of([Trade(START, Decimal(1), Decimal(1), "buy")])
    _, state = vpin_buckets(frame, VpinParams(Decimal(5)))
    with pytest.raises(TradesOutOfOrder):
        vpin_buckets(frame, VpinParams(Decimal(5)), state)
    with pytest.raises(InvalidInput, match="made with"):
        vpin_buckets(frame, VpinParams(Decimal(6)), state)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"bucket_volume": Decimal(0)}, "bucket_volume"),
        ({"bucket_volume": 1.5}, "bucket_volume"),
        ({"bucket_volume": Decimal("1e-9")}, "8 decimals"),
        ({"window": 0}, "window"),
        ({"method": "guess"}, "method"),
        ({"bar_interval": "1M"}, "bar_interval"),
        ({"bar_interval": "2m"}, "interval"),
        ({"first_bucket_volume": Decimal(1)}, "first_bucket_volume"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_by_name(wrong, named):
    with pytest.raises(InvalidInput, match=named):
        VpinParams(**({"bucket_volume": Decimal(1)} | wrong))
