"""Run bars against the slow reference, on real and on made-up trades."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.bars.imbalance import ImbalanceParams
from marketdata_platform.core.bars.runs import RunState, run_bars
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform_tests.core.bars import bar_checks, slow_reference
from marketdata_platform_tests.core.bars.slow_reference import Trade
from marketdata_platform_tests.core.bars.trade_frames import (
    START,
    cuts,
    frame_of,
    made_up_trades,
    tardis_trades,
)

KINDS = ("tick", "volume", "dollar")
SMALL = {"expected_ticks": 7, "span_bars": 3, "span_ticks": 9, "min_ticks": 2, "max_ticks": 15}


def fold_of(params):
    return lambda trades, state: run_bars(trades, params, state)


@pytest.mark.parametrize("kind", KINDS)
def test_bars_of_a_recorded_hour_equal_the_slow_reference(kind):
    trades = tardis_trades()
    params = ImbalanceParams(
        kind, expected_ticks=50, span_bars=5, span_ticks=100, min_ticks=10, max_ticks=400
    )
    bars, _ = run_bars(frame_of(trades), params)
    assert set(bars["closed_by"]) >= {"warmup", "run"}
    bar_checks.require_dataset_columns(bars, f"bar__{kind}_run")
    bar_checks.require_rows(bars, slow_reference.run_bars(trades, params))


@pytest.mark.parametrize("kind", KINDS)
@given(trades=made_up_trades())
@settings(max_examples=40, deadline=None)
def test_made_up_trades_give_the_bars_of_the_slow_reference(kind, trades):
    params = ImbalanceParams(kind, **SMALL)
    bars, _ = run_bars(frame_of(trades), params)
    bar_checks.require_rows(bars, slow_reference.run_bars(trades, params))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_cutting_anywhere_changes_no_bit(kind, data):
    trades = data.draw(made_up_trades())
    fold = fold_of(ImbalanceParams(kind, **SMALL))
    bar_checks.require_cuts_change_nothing(fold, trades, data.draw(cuts(len(trades))))
    bar_checks.require_prefix(fold, trades, data.draw(st.integers(0, len(trades))))
    bar_checks.require_conserved(fold, trades)


def test_an_empty_frame_gives_no_bars():
    bars, state = run_bars(frame_of([]), ImbalanceParams("dollar"))
    bar_checks.require_dataset_columns(bars, "bar__dollar_run")
    assert state == RunState(ImbalanceParams("dollar"))


def test_a_run_of_buys_closes_bars_of_the_expected_length():
    trades = [Trade(START + i, Decimal(2), Decimal(1), "buy") for i in range(50)]
    bars, state = run_bars(
        frame_of(trades), ImbalanceParams("tick", expected_ticks=10, min_ticks=1)
    )
    assert bars["ticks"].to_list() == [10] * 5
    assert bars["run"].to_list() == [10] * 5
    assert state.open_volume == 0


def test_trades_without_a_sign_add_to_neither_side():
    trades = [Trade(START + i, Decimal(2), Decimal(1), "unknown") for i in range(16)]
    bars, _ = run_bars(
        frame_of(trades), ImbalanceParams("tick", expected_ticks=10, min_ticks=3, max_ticks=5)
    )
    assert bars["ticks"].to_list() == [10, 3, 3]
    assert bars["run"].to_list() == [0, 0, 0]


def test_a_state_of_other_parameters_is_refused():
    _, state = run_bars(frame_of([]), ImbalanceParams("tick"))
    with pytest.raises(InvalidInput, match="made with"):
        run_bars(frame_of([]), ImbalanceParams("volume"), state)
