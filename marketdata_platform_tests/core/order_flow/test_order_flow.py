"""Order flow and footprint: equal to the slow reference, however the trades are cut."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.errors import InvalidInput, TradesOutOfOrder
from marketdata_platform.core.order_flow import (
    FootprintState,
    OrderFlowState,
    footprint,
    order_flow,
)
from marketdata_platform_tests.core.bars.slow_reference import EXACT, Trade
from marketdata_platform_tests.core.bars.trade_frames import (
    START,
    captured_trades,
    cuts,
    frame_of,
    made_up_trades,
    tardis_trades,
)
from marketdata_platform_tests.core.order_flow.candle_frames import last_rows, require_types
from marketdata_platform_tests.core.order_flow.slow_reference import (
    footprint_rows,
    order_flow_rows,
    total,
)

INTERVALS = ["1s", "1m", "1h", "1d", "3d", "1w", "1M"]
TICKS = [None, Decimal("0.00000001"), Decimal("0.01"), Decimal("0.3"), Decimal(50), Decimal(10**10)]
LEVEL_KEY = ("interval", "open_time", "price_level")
Fold = Callable[[pl.DataFrame, Any], tuple[pl.DataFrame, Any]]


def trades_of(*rows: tuple[float, str, str, str]) -> pl.DataFrame:
    """(second, price, quantity, side) each."""
    return frame_of(
        [Trade(START + int(s * 1e6), Decimal(p), Decimal(q), side) for s, p, q, side in rows]
    )


def in_slices(
    fold: Fold, frame: pl.DataFrame, slices: list[tuple[int, int]], key: tuple[str, ...]
) -> tuple[Any, Any]:
    frames, state = [], None
    for first, last in slices:
        rows, state = fold(frame[first:last], state)
        assert type(state).from_bytes(state.to_bytes()) == state
        state = type(state).from_bytes(state.to_bytes())
        frames.append(rows)
    return last_rows(frames, key), state


def test_the_worked_example_of_the_definitions() -> None:
    rows = [(k, "1", q, "buy") for k, q in enumerate(["10", "15", "20"])] + [
        (4, "1", "5", "sell"),
        (5, "1", "3", "sell"),
    ]
    frame, state = order_flow(trades_of(*rows))
    require_types(frame, "order_flow")
    row = frame.row(0, named=True)
    assert (row["cvd"], row["imbalance_ratio"], row["delta"], row["largest_trade"]) == (
        37,
        5.625,
        37,
        20,
    )
    assert row["imbalance"] == 37 / 53
    assert state.cvd == 37 * 10**8


@pytest.mark.parametrize("interval", INTERVALS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_order_flow_equals_the_slow_reference_over_any_cuts(
    interval: str, data: st.DataObject
) -> None:
    trades = data.draw(made_up_trades())
    frame = frame_of(trades)
    whole, state = order_flow(frame, interval)
    require_types(whole, "order_flow")
    assert whole.to_dicts() == order_flow_rows(trades, interval)
    slices = data.draw(cuts(len(trades)))
    parts, carried = in_slices(
        lambda t, s: order_flow(t, interval, s), frame, slices, ("interval", "open_time")
    )
    assert parts.equals(whole)
    assert carried.to_bytes() == state.to_bytes()


@pytest.mark.parametrize("tick", TICKS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_footprint_equals_the_slow_reference_over_any_cuts(
    tick: Decimal | None, data: st.DataObject
) -> None:
    trades, interval = data.draw(made_up_trades()), data.draw(st.sampled_from(INTERVALS))
    frame = frame_of(trades)
    whole, state = footprint(frame, interval, tick)
    require_types(whole, "footprint")
    assert whole.to_dicts() == footprint_rows(trades, interval, tick)
    slices = data.draw(cuts(len(trades)))
    parts, carried = in_slices(
        lambda t, s: footprint(t, interval, tick, s), frame, slices, LEVEL_KEY
    )
    assert parts.equals(whole)
    assert carried.to_bytes() == state.to_bytes()


@settings(max_examples=50, deadline=None)
@given(trades=made_up_trades())
def test_volume_is_conserved_to_the_last_digit(trades: list[Trade]) -> None:
    flow, levels = (
        order_flow(frame_of(trades))[0],
        footprint(frame_of(trades), tick=Decimal("0.5"))[0],
    )
    everything = total(t.quantity for t in trades)
    assert total(flow["volume"]) == total(levels["volume"]) == everything
    assert flow["trades"].sum() == levels["trades"].sum() == len(trades)
    assert total(flow["delta"]) == total(levels["delta"])
    if trades:
        assert flow["cvd"][-1] == EXACT.subtract(
            total(flow["buy_volume"]), total(flow["sell_volume"])
        )


@settings(max_examples=30, deadline=None)
@given(trades=made_up_trades(), size=st.integers(0, 120))
def test_windows_before_the_last_trade_never_change(trades: list[Trade], size: int) -> None:
    frame = frame_of(trades)
    some, full = order_flow(frame[:size])[0], order_flow(frame)[0]
    assert some[:-1].equals(full[: max(len(some) - 1, 0)])


@pytest.mark.parametrize("fold", [order_flow, footprint])
def test_no_trades_give_no_rows_and_leave_the_state_alone(fold: Any) -> None:
    empty = frame_of([])
    frame, state = fold(empty)
    require_types(frame, fold.__name__)
    assert frame.is_empty()
    first, after_one = fold(trades_of((0, "5", "1", "unknown")), state=state)
    assert first.height == 1
    again, same = fold(empty, state=after_one)
    assert again.is_empty()
    assert same == after_one


def test_an_unknown_side_counts_as_volume_until_a_price_change_signs_it() -> None:
    rows, _ = order_flow(
        trades_of((0, "5", "1", "unknown"), (1, "5", "2", "unknown"), (2, "6", "4", "unknown"))
    )
    row = rows.row(0, named=True)
    assert (row["volume"], row["buy_volume"], row["sell_volume"]) == (7, 4, 0)
    assert (row["trades"], row["buy_trades"], row["sell_trades"]) == (3, 1, 0)
    assert row["imbalance_ratio"] is None


def test_no_side_at_all_gives_no_imbalance() -> None:
    row = order_flow(trades_of((0, "5", "1", "unknown")))[0].row(0, named=True)
    assert row["imbalance"] is None
    assert row["cvd"] == 0


def test_the_largest_lots_and_smallest_prices_are_exact() -> None:
    lots = [(k / 1000, "0.00000001", "46000000000.00000001", "buy") for k in range(1000)]
    flow, levels = order_flow(trades_of(*lots))[0], footprint(trades_of(*lots))[0]
    assert flow["cvd"][0] == levels["delta"][0] == Decimal("46000000000000.00001")
    assert levels["price_level"].to_list() == [Decimal("0.00000001")]


def test_aggregate_trades_count_the_trades_in_them() -> None:
    frame = trades_of((0, "5", "1", "buy"), (1, "5", "2", "sell"), (2, "7", "2", "sell"))
    frame = frame.with_columns(
        first_trade_id=pl.Series([1, 4, 5]), last_trade_id=pl.Series([3, 4, 9])
    )
    flow, levels = order_flow(frame)[0], footprint(frame)[0]
    assert flow.select("trades", "buy_trades", "sell_trades").row(0) == (9, 3, 6)
    assert levels["trades"].to_list() == [4, 5]


def test_session_cvd_starts_again_at_midnight_utc() -> None:
    frame = trades_of(
        (0, "5", "1", "buy"), (59, "5", "2", "buy"), (60, "5", "4", "sell"), (3700, "5", "8", "buy")
    )
    rows, _ = order_flow(frame, "1h")
    assert rows["cvd_session"].to_list() == [3, -4, 4]
    assert rows["cvd"].to_list() == [3, -1, 7]
    days, _ = order_flow(frame, "1M")
    assert (days["cvd"].to_list(), days["cvd_session"].to_list()) == ([7], [4])


def test_arrow_tables_and_floats_give_the_same_rows() -> None:
    frame = trades_of((0, "5.25", "1.5", "buy"), (1, "5.5", "2", "sell"))
    floats = frame.with_columns(pl.col("price", "quantity").cast(pl.Float64))
    assert order_flow(frame.to_arrow())[0].equals(order_flow(frame)[0])
    assert footprint(floats)[0].equals(footprint(frame)[0])


@pytest.mark.parametrize("fold", [order_flow, footprint])
def test_a_state_refuses_other_parameters_and_earlier_trades(fold: Any) -> None:
    frame = trades_of((0, "5", "1", "buy"), (10, "5", "1", "buy"))
    _, state = fold(frame, "1m")
    with pytest.raises(InvalidInput, match="1h"):
        fold(frame, "1h", state=state)
    with pytest.raises(TradesOutOfOrder):
        fold(frame[:1], "1m", state=state)
    with pytest.raises(InvalidInput, match="7m"):
        fold(frame, "7m")


def test_bytes_of_another_state_are_refused() -> None:
    _, flow = order_flow(trades_of((0, "5", "1", "buy")))
    _, levels = footprint(trades_of((0, "5", "1", "buy")))
    with pytest.raises(InvalidInput):
        FootprintState.from_bytes(flow.to_bytes())
    with pytest.raises(InvalidInput):
        OrderFlowState.from_bytes(levels.to_bytes())


@pytest.mark.parametrize("tick", ["0", "-1", "0.000000015", "NaN", "20000000000"])
def test_a_tick_that_prices_cannot_have_is_refused(tick: str) -> None:
    with pytest.raises(InvalidInput, match="tick"):
        footprint(frame_of([]), tick=Decimal(tick))


@pytest.mark.parametrize("interval", ["1s", "1m", "1h"])
def test_real_trades_equal_the_slow_reference(interval: str) -> None:
    trades = tardis_trades()
    if interval == "1s":
        trades = trades[:1500]
    assert order_flow(frame_of(trades), interval)[0].to_dicts() == order_flow_rows(trades, interval)
    for tick in (None, Decimal("0.5"), Decimal(10)):
        assert footprint(frame_of(trades), interval, tick)[0].to_dicts() == footprint_rows(
            trades, interval, tick
        )


def test_real_trades_over_midnight_are_the_same_day_by_day() -> None:
    trades = captured_trades("usdm", "btcusdt_20240718.log.zst", "btcusdt_20240719.log.zst")
    frame = frame_of(trades)
    days = frame["ts_event"].dt.date()
    middle = int((days == days[0]).sum())
    assert 0 < middle < len(trades)
    slices = [(0, middle), (middle, len(trades))]
    for fold, key in ((order_flow, ("interval", "open_time")), (footprint, LEVEL_KEY)):
        whole, _ = fold(frame, "1m")
        parts, _ = in_slices(lambda t, s, fold=fold: fold(t, "1m", state=s), frame, slices, key)
        assert parts.equals(whole)
    assert order_flow(frame)[0].to_dicts() == order_flow_rows(trades, "1m")


def test_many_levels_in_one_window_and_many_windows() -> None:
    trades = [
        Trade(START + k * 7_000, Decimal(1 + (k * 7919) % 5003), Decimal(1 + k % 5), "buy")
        for k in range(6_000)
    ]
    frame = frame_of(trades)
    for interval in ("1s", "1d"):
        whole, _ = footprint(frame, interval)
        assert whole.to_dicts() == footprint_rows(trades, interval, None)
        slices = [(0, 2_000), (2_000, 4_500), (4_500, 6_000)]
        parts, _ = in_slices(
            lambda t, s, i=interval: footprint(t, i, state=s), frame, slices, LEVEL_KEY
        )
        assert parts.equals(whole)
