"""Fair value gaps: equal to the slow reference after every candle, however the candles are cut."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.errors import InvalidInput, TradesOutOfOrder
from marketdata_platform.core.order_flow import (
    FairValueGapParams,
    FairValueGapState,
    ZoneState,
    fair_value_gaps,
)
from marketdata_platform.core.window import from_us
from marketdata_platform_tests.core.bars.trade_frames import cuts, tardis_trades
from marketdata_platform_tests.core.order_flow.candle_frames import (
    FIRST_HOUR,
    HOUR_US,
    candle_frame,
    candles_of,
    last_rows,
    made_up_candles,
    require_types,
)
from marketdata_platform_tests.core.order_flow.slow_reference import Candle, gap_rows

HOUR = timedelta(hours=1)
HOURLY = FairValueGapParams(interval="1h")
KEY = ("interval", "detected_at", "direction")


def candles_at(*rows: tuple[str, str], hours: tuple[int, ...] | None = None) -> list[Candle]:
    """(low, high) each, one per hour; each opens at its low and closes at its high."""
    at = hours or tuple(range(len(rows)))
    return [
        Candle(FIRST_HOUR + h * HOUR_US, *map(Decimal, (lo, hi, lo, hi)))
        for h, (lo, hi) in zip(at, rows, strict=True)
    ]


def in_slices(
    candles: list[Candle], slices: list[tuple[int, int]], params: FairValueGapParams
) -> tuple[pl.DataFrame, Any]:
    frames, state = [], None
    for first, last in slices:
        rows, state = fair_value_gaps(candle_frame(candles[first:last]), params, state)
        stored = FairValueGapState.from_bytes(state.to_bytes())
        assert stored == state
        frames.append(rows)
        state = stored
    return last_rows(frames, KEY), state


@settings(max_examples=150, deadline=None)
@given(candles=made_up_candles(), data=st.data())
def test_gaps_equal_the_slow_reference_over_any_cuts(
    candles: list[Candle], data: st.DataObject
) -> None:
    whole, state = fair_value_gaps(candle_frame(candles), HOURLY)
    require_types(whole, "fair_value_gaps")
    assert whole.drop("interval").to_dicts() == gap_rows(candles, HOUR)
    parts, carried = in_slices(candles, data.draw(cuts(len(candles))), HOURLY)
    assert parts.equals(whole)
    assert carried.to_bytes() == state.to_bytes()


@settings(max_examples=40, deadline=None)
@given(
    candles=made_up_candles(),
    least=st.sampled_from(["0.1", "0.35", "2"]),
    life=st.sampled_from([1, 3, 24]),
)
def test_sizes_and_lives_equal_the_slow_reference(
    candles: list[Candle], least: str, life: int
) -> None:
    params = FairValueGapParams("1h", Decimal(least), expires_after=timedelta(hours=life))
    frame, _ = fair_value_gaps(candle_frame(candles), params)
    wanted = gap_rows(candles, HOUR, Decimal(least), timedelta(hours=life))
    assert frame.drop("interval").to_dicts() == wanted


@settings(max_examples=40, deadline=None)
@given(candles=made_up_candles(prices=200))
def test_candle_by_candle_nothing_looks_ahead_and_no_fraction_falls(candles: list[Candle]) -> None:
    state, seen = None, {}
    for candle in candles:
        frame, state = fair_value_gaps(candle_frame([candle]), HOURLY, state)
        closed = from_us(candle.ts) + HOUR
        for row in frame.iter_rows(named=True):
            assert row["detected_at"] <= closed
            before = seen.setdefault((row["detected_at"], row["direction"]), row)
            assert (row["lower"], row["upper"]) == (before["lower"], before["upper"])
            assert row["filled_fraction"] >= before["filled_fraction"]
            assert before["status"] in ("open", "partial"), "a gap that has ended comes no more"
            seen[row["detected_at"], row["direction"]] = row
    whole, _ = fair_value_gaps(candle_frame(candles), HOURLY)
    assert [row for _, row in sorted(seen.items())] == whole.to_dicts()


def test_a_bullish_gap_is_filled_from_above_and_a_bearish_one_from_below() -> None:
    rising = candles_at(("1", "2"), ("2", "5"), ("4", "6"), ("3", "5"), ("5", "6"), ("2", "6"))
    fractions = [
        fair_value_gaps(candle_frame(rising[:n]), HOURLY)[0].to_dicts()[0] for n in range(3, 7)
    ]
    assert [row["filled_fraction"] for row in fractions] == [0, 0.5, 0.5, 1]
    assert [row["status"] for row in fractions] == ["open", "partial", "partial", "filled"]
    last = fractions[-1]
    assert (last["direction"], last["lower"], last["upper"], last["size"]) == ("bullish", 2, 4, 2)
    assert last["detected_at"] == from_us(FIRST_HOUR) + 3 * HOUR
    assert (last["touched_at"], last["filled_at"]) == (
        last["detected_at"] + HOUR,
        last["detected_at"] + 3 * HOUR,
    )
    falling = candles_at(("8", "9"), ("5", "8"), ("4", "6"), ("5", "7"))
    row = fair_value_gaps(candle_frame(falling), HOURLY)[0].to_dicts()[0]
    assert (row["direction"], row["lower"], row["upper"], row["filled_fraction"]) == (
        "bearish",
        6,
        8,
        0.5,
    )


def test_touching_the_near_edge_is_no_entry() -> None:
    row = fair_value_gaps(
        candle_frame(candles_at(("1", "2"), ("2", "5"), ("4", "6"), ("4", "5"))), HOURLY
    )[0].to_dicts()[0]
    assert (row["status"], row["touched_at"]) == ("open", None)


@pytest.mark.parametrize(("hour", "status"), [(25, "open"), (26, "filled"), (27, "expired")])
def test_the_candle_that_closes_as_the_gap_expires_may_still_fill_it(
    hour: int, status: str
) -> None:
    candles = candles_at(
        ("1", "2"), ("2", "5"), ("4", "6"), ("1" if hour > 25 else "4", "6"), hours=(0, 1, 2, hour)
    )
    frame, state = fair_value_gaps(candle_frame(candles), HOURLY)
    row = frame.to_dicts()[0]
    assert row["status"] == status
    assert len(state.gaps) == (status == "open")
    assert (row["filled_at"] is not None) == (status == "filled")


def test_a_gap_that_is_24_hours_old_without_a_fill_is_expired() -> None:
    candles = candles_at(("1", "2"), ("2", "5"), ("4", "6"), ("4", "6"), hours=(0, 1, 2, 26))
    assert fair_value_gaps(candle_frame(candles), HOURLY)[0]["status"].to_list() == ["expired"]


@pytest.mark.parametrize(
    ("unit", "enough", "too_much"),
    [("price", "2", "2.00000001"), ("ticks", "4", "4.1"), ("bps", "10000", "10000.00000000001")],
)
def test_min_size_is_compared_exactly(
    unit: Literal["ticks", "bps", "price"], enough: str, too_much: str
) -> None:
    candles = candle_frame(
        candles_at(("1", "2"), ("2", "5"), ("4", "6"))
    )  # a gap of 2 above a price of 2
    for least, found in ((enough, 1), (too_much, 0)):
        params = FairValueGapParams("1h", Decimal(least), unit, Decimal("0.5"))
        assert fair_value_gaps(candles, params)[0].height == found


def test_a_bearish_gap_is_measured_in_bps_of_the_upper_edge() -> None:
    candles = candle_frame(candles_at(("8", "9"), ("5", "8"), ("4", "6")))
    for least, found in (("2500", 1), ("2501", 0)):
        assert (
            fair_value_gaps(candles, FairValueGapParams("1h", Decimal(least), "bps"))[0].height
            == found
        )


def test_no_candles_give_the_live_gaps_as_they_stand() -> None:
    empty, state = fair_value_gaps(candle_frame([]))
    require_types(empty, "fair_value_gaps")
    assert empty.is_empty()
    found, state = fair_value_gaps(
        candle_frame(candles_at(("1", "2"), ("2", "5"), ("4", "6"))), HOURLY
    )
    again, same = fair_value_gaps(candle_frame([]), HOURLY, state)
    assert again.equals(found)
    assert same == state


def test_candles_of_floats_and_of_arrow_give_the_same_gaps() -> None:
    frame = candle_frame(candles_at(("1.1", "2"), ("2", "5"), ("4.3", "6")))
    expected = fair_value_gaps(frame, HOURLY)[0]
    assert fair_value_gaps(frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64)), HOURLY)[
        0
    ].equals(expected)
    assert fair_value_gaps(frame.to_arrow(), HOURLY)[0].equals(expected)


def test_the_close_time_of_a_month_is_the_next_first() -> None:
    ts = [0, 2_678_400_000_000, 5_097_600_000_000]  # January, February and March 1970
    candles = [
        Candle(t, *map(Decimal, (lo, hi, lo, hi)))
        for t, (lo, hi) in zip(ts, [(1, 2), (2, 5), (4, 6)], strict=True)
    ]
    row = fair_value_gaps(candle_frame(candles), FairValueGapParams("1M"))[0].to_dicts()[0]
    assert row["detected_at"].isoformat() == "1970-04-01T00:00:00+00:00"


def test_wrong_candles_and_states_are_refused() -> None:
    candles = candles_at(("1", "2"), ("2", "5"), ("4", "6"))
    frame = candle_frame(candles)
    _, state = fair_value_gaps(frame, HOURLY)
    with pytest.raises(InvalidInput, match="made with"):
        fair_value_gaps(candle_frame([]), FairValueGapParams("1m"), state)
    with pytest.raises(TradesOutOfOrder):
        fair_value_gaps(frame[2:], HOURLY, state)
    with pytest.raises(TradesOutOfOrder, match="candle 1"):
        fair_value_gaps(pl.concat([frame[1:2], frame[:1]]), HOURLY)
    with pytest.raises(InvalidInput, match="high"):
        fair_value_gaps(
            frame.with_columns(high=pl.col("low") - pl.lit("0.1").cast(pl.Decimal(18, 8))), HOURLY
        )
    with pytest.raises(InvalidInput, match="no column close"):
        fair_value_gaps(frame.drop("close"), HOURLY)
    with pytest.raises(InvalidInput, match="5m"):
        fair_value_gaps(frame.with_columns(interval=pl.lit("5m")), HOURLY)
    with pytest.raises(InvalidInput, match="open_time"):
        fair_value_gaps(frame.with_columns(pl.col("open_time").dt.replace_time_zone(None)), HOURLY)
    with pytest.raises(InvalidInput):
        ZoneState.from_bytes(state.to_bytes())


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": "ticks"},
        {"min_size": Decimal(-1)},
        {"min_size": Decimal("NaN")},
        {"expires_after": timedelta(0)},
        {"unit": "%"},
    ],
)
def test_parameters_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        FairValueGapParams(**wrong)


@pytest.mark.parametrize(("interval", "seconds"), [("1s", 1), ("5s", 5), ("1m", 60)])
def test_candles_of_real_trades_equal_the_slow_reference(interval: str, seconds: int) -> None:
    candles = candles_of(tardis_trades(), interval)
    frame, _ = fair_value_gaps(candle_frame(candles), FairValueGapParams(interval))
    assert frame.drop("interval").to_dicts() == gap_rows(candles, timedelta(seconds=seconds))
    assert frame.height > 5
