"""Plain tick, volume and dollar bars against the slow reference."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.bars.fixed import FixedParams, FixedState, fixed_bars
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

SIZES = {"tick": Decimal(7), "volume": Decimal("1.7"), "dollar": Decimal("123.4567890123456789")}


def fold_of(params):
    return lambda trades, state: fixed_bars(trades, params, state)


@pytest.mark.parametrize(
    ("kind", "size"), [("tick", 100), ("volume", Decimal("12.5")), ("dollar", 250_000)]
)
def test_bars_of_a_recorded_hour_equal_the_slow_reference(kind, size):
    trades = tardis_trades()
    bars, _ = fixed_bars(frame_of(trades), FixedParams(kind, size))
    assert len(bars) > 20
    bar_checks.require_dataset_columns(bars, f"bar__{kind}")
    bar_checks.require_rows(bars, slow_reference.fixed_bars(trades, kind, Decimal(size)))


@pytest.mark.parametrize("kind", SIZES)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_made_up_trades_cut_anywhere_give_the_bars_of_the_slow_reference(kind, data):
    trades = data.draw(made_up_trades())
    fold = fold_of(FixedParams(kind, SIZES[kind]))
    bar_checks.require_rows(
        fold(frame_of(trades), None)[0], slow_reference.fixed_bars(trades, kind, SIZES[kind])
    )
    bar_checks.require_cuts_change_nothing(fold, trades, data.draw(cuts(len(trades))))
    bar_checks.require_prefix(fold, trades, data.draw(st.integers(0, len(trades))))
    bar_checks.require_conserved(fold, trades)


def test_a_sum_that_meets_the_size_exactly_closes_the_bar():
    trades = [Trade(START + i, Decimal("0.1"), Decimal("0.1"), "buy") for i in range(9)]
    bars, _ = fixed_bars(frame_of(trades), FixedParams("dollar", Decimal("0.03")))
    assert bars["ticks"].to_list() == [3, 3, 3]


def test_a_size_between_two_units_is_not_rounded_down():
    trades = [Trade(START + i, Decimal(1), Decimal("0.00000001"), "buy") for i in range(4)]
    bars, _ = fixed_bars(frame_of(trades), FixedParams("volume", Decimal("0.000000011")))
    assert bars["ticks"].to_list() == [2, 2]


def test_an_empty_frame_gives_no_bars():
    bars, state = fixed_bars(frame_of([]), FixedParams("tick", 3))
    bar_checks.require_dataset_columns(bars, "bar__tick")
    assert state == FixedState("tick", 3)


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("tick", 0),
        ("tick", Decimal("1.5")),
        ("volume", 1.5),
        ("volume", Decimal("NaN")),
        ("dollar", 10**22),
    ],
)
def test_sizes_that_make_no_sense_are_refused(kind, size):
    with pytest.raises(InvalidInput, match="size is"):
        FixedParams(kind, size)


def test_a_state_of_another_size_is_refused():
    _, state = fixed_bars(frame_of([]), FixedParams("tick", 3))
    with pytest.raises(InvalidInput, match="made with"):
        fixed_bars(frame_of([]), FixedParams("tick", 4), state)
