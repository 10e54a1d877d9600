"""Imbalance bars against the slow reference, on real and on made-up trades."""

import sys
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.bars.imbalance import ImbalanceParams, ImbalanceState, imbalance_bars
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

KINDS = ("tick", "volume", "dollar")
SMALL = {"expected_ticks": 7, "span_bars": 3, "span_ticks": 9, "min_ticks": 2, "max_ticks": 15}


def fold_of(params):
    return lambda trades, state: imbalance_bars(trades, params, state)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "params",
    [
        {
            "expected_ticks": 50,
            "span_bars": 5,
            "span_ticks": 100,
            "min_ticks": 10,
            "max_ticks": 400,
        },
        {
            "expected_ticks": 1,
            "span_bars": 20,
            "span_ticks": 1000,
            "min_ticks": 1,
            "max_ticks": 10_000,
        },
        {"expected_ticks": 500, "span_bars": 1, "span_ticks": 1, "min_ticks": 20, "max_ticks": 20},
    ],
)
def test_bars_of_a_recorded_hour_equal_the_slow_reference(kind, params):
    trades = tardis_trades()
    params = ImbalanceParams(kind, **params)
    bars, _ = imbalance_bars(frame_of(trades), params)
    bar_checks.require_dataset_columns(bars, f"bar__{kind}_imbalance")
    bar_checks.require_rows(bars, slow_reference.imbalance_bars(trades, params))


@pytest.mark.parametrize("kind", KINDS)
def test_bars_of_spot_trades_over_midnight_equal_the_slow_reference(kind):
    trades = captured_trades("spot", "btcusdt_20240808.log.zst", "btcusdt_20240809.log.zst")
    params = ImbalanceParams(
        kind, expected_ticks=200, span_bars=10, span_ticks=300, min_ticks=20, max_ticks=2000
    )
    bars, _ = imbalance_bars(frame_of(trades), params)
    assert len(bars) > 20
    bar_checks.require_rows(bars, slow_reference.imbalance_bars(trades, params))


@pytest.mark.parametrize("kind", KINDS)
@given(trades=made_up_trades())
@settings(max_examples=40, deadline=None)
def test_made_up_trades_give_the_bars_of_the_slow_reference(kind, trades):
    params = ImbalanceParams(kind, **SMALL)
    bars, _ = imbalance_bars(frame_of(trades), params)
    bar_checks.require_dataset_columns(bars, f"bar__{kind}_imbalance")
    bar_checks.require_rows(bars, slow_reference.imbalance_bars(trades, params))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_cutting_anywhere_changes_no_bit(kind, data):
    trades = data.draw(made_up_trades())
    fold = fold_of(ImbalanceParams(kind, **SMALL))
    bar_checks.require_cuts_change_nothing(fold, trades, data.draw(cuts(len(trades))))
    bar_checks.require_prefix(fold, trades, data.draw(st.integers(0, len(trades))))
    bar_checks.require_conserved(fold, trades)


@pytest.mark.parametrize("kind", KINDS)
def test_one_trade_at_a_time_gives_the_same_bars(kind):
    trades = tardis_trades()[:400]
    fold = fold_of(ImbalanceParams(kind, **SMALL))
    bar_checks.require_cuts_change_nothing(fold, trades, [(i, i + 1) for i in range(len(trades))])


def test_more_bars_than_one_chunk_holds_come_out_whole():
    n = 150_000
    frame = pl.DataFrame(
        {
            "ts_event": pl.int_range(n, eager=True).cast(pl.Datetime("us", "UTC")),
            "price": pl.repeat(Decimal(1), n, dtype=pl.Decimal(18, 8), eager=True),
            "quantity": pl.repeat(Decimal(2), n, dtype=pl.Decimal(20, 8), eager=True),
            "side": pl.repeat("buy", n, eager=True),
        }
    )
    bars, state = imbalance_bars(
        frame, ImbalanceParams("tick", expected_ticks=1, min_ticks=1, max_ticks=1)
    )
    assert bars["bar_index"].to_list() == list(range(n))
    assert (bars["volume"] == Decimal(2)).all()
    assert state.bars == n


def test_an_empty_frame_gives_no_bars_and_the_state_it_began_with():
    params = ImbalanceParams("volume")
    bars, state = imbalance_bars(frame_of([]), params)
    bar_checks.require_dataset_columns(bars, "bar__volume_imbalance")
    assert (len(bars), state) == (0, ImbalanceState(params))


def test_one_trade_stays_in_the_open_bar():
    bars, state = imbalance_bars(
        frame_of([Trade(START, Decimal("2.5"), Decimal("3"), "buy")]), ImbalanceParams("dollar")
    )
    assert len(bars) == 0
    assert (state.open_volume, state.bar.ticks, state.theta) == (Decimal(3), 1, 75 * 10**15)
    assert state.threshold is None


@pytest.mark.parametrize("kind", KINDS)
def test_one_sided_trades_of_one_size_meet_their_threshold_as_the_floats_do(kind):
    trades = [Trade(START + i, Decimal("0.1"), Decimal("0.1"), "sell") for i in range(300)]
    params = ImbalanceParams(
        kind, expected_ticks=10, span_bars=3, span_ticks=5, min_ticks=1, max_ticks=50
    )
    bars, _ = imbalance_bars(frame_of(trades), params)
    bar_checks.require_rows(bars, slow_reference.imbalance_bars(trades, params))
    assert bars["closed_by"].to_list()[1] == "imbalance"


def test_unknown_sides_at_one_price_have_no_imbalance_and_close_at_min_ticks():
    trades = [Trade(START + i, Decimal(5), Decimal(1), "unknown") for i in range(40)]
    params = ImbalanceParams("volume", expected_ticks=10, min_ticks=3, max_ticks=6)
    bars, _ = imbalance_bars(frame_of(trades), params)
    assert bars["ticks"].to_list() == [10] + [3] * 10
    assert (bars["buy_volume"] == 0).all() and (bars["sell_volume"] == 0).all()


def test_the_largest_lots_at_the_largest_price_are_exact():
    price, quantity = Decimal("9999999999.99999999"), Decimal("46000000000.00000001")
    trades = [Trade(START + i, price, quantity, "buy" if i % 3 else "sell") for i in range(40)]
    params = ImbalanceParams("dollar", **SMALL)
    bars, _ = imbalance_bars(frame_of(trades), params)
    bar_checks.require_rows(bars, slow_reference.imbalance_bars(trades, params))
    assert (bars["vwap"] == price).all()


def test_a_bar_beyond_the_digits_of_its_column_is_an_error():
    trades = [
        Trade(START + i, Decimal("9999999999"), Decimal("92000000000"), "buy") for i in range(40)
    ]
    with pytest.raises(InvalidInput, match="DECIMAL"):
        imbalance_bars(frame_of(trades), ImbalanceParams("dollar", expected_ticks=30))


def test_trades_before_or_in_the_state_are_refused():
    frame = frame_of(
        [Trade(START, Decimal(1), Decimal(1), "buy"), Trade(START, Decimal(1), Decimal(1), "buy")]
    )
    params = ImbalanceParams("tick")
    _, state = imbalance_bars(frame, params)
    with pytest.raises(TradesOutOfOrder, match="id 1"):
        imbalance_bars(frame[1:], params, state)
    earlier = frame_of([Trade(START - 1, Decimal(1), Decimal(1), "buy")])
    with pytest.raises(TradesOutOfOrder):
        imbalance_bars(earlier, params, state)


def test_a_state_of_other_parameters_is_refused():
    _, state = imbalance_bars(frame_of([]), ImbalanceParams("tick"))
    with pytest.raises(InvalidInput, match="made with"):
        imbalance_bars(frame_of([]), ImbalanceParams("tick", span_bars=3), state)


def test_bytes_that_are_no_state_are_refused():
    with pytest.raises(InvalidInput, match="ImbalanceState"):
        ImbalanceState.from_bytes(b"{}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "time"},
        {"expected_ticks": 0},
        {"span_bars": -1},
        {"span_ticks": 1.5},
        {"min_ticks": 11, "max_ticks": 10},
    ],
)
def test_parameters_that_make_no_sense_are_refused_by_name(wrong):
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        ImbalanceParams(**({"kind": "tick"} | wrong))


def test_importing_the_bars_does_not_import_the_compiler():
    import subprocess

    code = "import sys, marketdata_platform.core.bars.imbalance; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
