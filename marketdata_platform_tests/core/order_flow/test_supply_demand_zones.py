"""Supply and demand zones and ATR: equal to the slow reference and to TA-Lib, however the candles
are cut.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.errors import InvalidInput, TradesOutOfOrder
from marketdata_platform.core.order_flow import (
    FairValueGapState,
    ZoneParams,
    ZoneState,
    supply_demand_zones,
)
from marketdata_platform.core.order_flow.atr import average_true_range
from marketdata_platform.core.window import from_us
from marketdata_platform_tests.core.bars.trade_frames import cuts, tardis_trades
from marketdata_platform_tests.core.order_flow.candle_frames import (
    FIRST_HOUR,
    HOUR_US,
    calm_and_jumpy_candles,
    candle_frame,
    candles_of,
    last_rows,
    require_types,
)
from marketdata_platform_tests.core.order_flow.slow_reference import Candle, zone_rows

HOUR = timedelta(hours=1)
EAGER = {"atr_period": 3, "base_max": 2, "base_range": 0.9, "departure_body": 1.1, "max_live": 3}
KEY = ("interval", "detected_at", "kind")


def candles_at(*rows: tuple[int, int, int, int], first: int = 0) -> list[Candle]:
    """(open, high, low, close) each, one per hour."""
    return [
        Candle(FIRST_HOUR + (first + k) * HOUR_US, *map(Decimal, row)) for k, row in enumerate(rows)
    ]


# Fourteen true ranges of 10, three calm candles (90 to 98), a rise of 60, and then far away from
# the base.
RISE = candles_at(
    *[(95, 100, 90, 95)] * 15,
    (94, 98, 91, 95),
    (95, 97, 92, 94),
    (94, 97, 90, 96),
    (96, 157, 95, 156),
    (156, 160, 150, 155),
)


def zones_of(candles: list[Candle]) -> list[dict[str, Any]]:
    return supply_demand_zones(candle_frame(candles), ZoneParams("1h"))[0].to_dicts()


def in_slices(
    candles: list[Candle], slices: list[tuple[int, int]], params: ZoneParams
) -> tuple[pl.DataFrame, Any]:
    frames, state = [], None
    for first, last in slices:
        rows, state = supply_demand_zones(candle_frame(candles[first:last]), params, state)
        stored = ZoneState.from_bytes(state.to_bytes())
        assert stored == state
        frames.append(rows)
        state = stored
    return last_rows(frames, KEY), state


@pytest.mark.parametrize("settings_", [{}, EAGER], ids=["defaults", "eager"])
@settings(max_examples=100, deadline=None)
@given(candles=calm_and_jumpy_candles(), data=st.data())
def test_zones_equal_the_slow_reference_over_any_cuts(
    settings_: dict[str, Any], candles: list[Candle], data: st.DataObject
) -> None:
    params = ZoneParams("1h", **settings_)
    whole, state = supply_demand_zones(candle_frame(candles), params)
    require_types(whole, "supply_demand_zones")
    assert whole.drop("interval").to_dicts() == zone_rows(candles, HOUR, **settings_)
    parts, carried = in_slices(candles, data.draw(cuts(len(candles))), params)
    assert parts.equals(whole)
    assert carried.to_bytes() == state.to_bytes()
    assert len(state.zones) <= params.max_live


@settings(max_examples=30, deadline=None)
@given(candles=calm_and_jumpy_candles())
def test_candle_by_candle_nothing_looks_ahead(candles: list[Candle]) -> None:
    params, state, seen = ZoneParams("1h", **EAGER), None, {}
    for candle in candles:
        frame, state = supply_demand_zones(candle_frame([candle]), params, state)
        for row in frame.iter_rows(named=True):
            assert row["detected_at"] <= from_us(candle.ts) + HOUR
            before = seen.setdefault((row["detected_at"], row["kind"]), row)
            fixed = ("lower", "upper", "strength", "base_start", "base_candles")
            assert [row[name] for name in fixed] == [before[name] for name in fixed]
            assert before["status"] in ("fresh", "tested") or row is before, (
                "a zone that has ended comes no more"
            )
            seen[row["detected_at"], row["kind"]] = row
    whole, _ = supply_demand_zones(candle_frame(candles), params)
    assert [row for _, row in sorted(seen.items())] == whole.to_dicts()


def test_a_base_and_a_rise_make_a_fresh_demand_zone() -> None:
    assert zones_of(RISE[:18]) == []
    (zone,) = zones_of(RISE)
    assert (zone["kind"], zone["lower"], zone["upper"], zone["status"]) == (
        "demand",
        90,
        98,
        "fresh",
    )
    assert zone["base_candles"] == 3
    assert zone["base_start"] == from_us(RISE[15].ts)
    assert zone["detected_at"] == from_us(RISE[18].ts) + HOUR
    average = talib.ATR(
        *(np.array([float(getattr(c, n)) for c in RISE]) for n in ("high", "low", "close")), 14
    )[18]
    assert zone["strength"] == pytest.approx(60 / average, rel=1e-13)


def test_coming_back_tests_a_zone_and_a_close_beyond_it_breaks_it() -> None:
    tested = [*RISE, *candles_at((155, 155, 98, 120), first=20)]
    assert zones_of(tested)[0]["status"] == "tested"
    assert zones_of(tested)[0]["tested_at"] == from_us(tested[-1].ts) + HOUR
    wick = [*tested, *candles_at((120, 120, 80, 90), first=21)]
    assert zones_of(wick)[0]["status"] == "tested"
    broken = zones_of([*wick, *candles_at((90, 95, 85, 89), first=22)])[0]
    assert broken["status"] == "broken"
    assert broken["broken_at"] == broken["tested_at"] + 2 * HOUR


def test_a_jump_over_the_whole_zone_breaks_it_untested() -> None:
    (zone,) = zones_of([*RISE, *candles_at((80, 85, 70, 75), first=20)])
    assert (zone["status"], zone["tested_at"]) == ("broken", None)


def test_a_fall_makes_a_supply_zone() -> None:
    flipped = [Candle(c.ts, *(200 - v for v in (c.open, c.low, c.high, c.close))) for c in RISE]
    (zone,) = zones_of(flipped)
    assert (zone["kind"], zone["lower"], zone["upper"], zone["status"]) == (
        "supply",
        102,
        110,
        "fresh",
    )


def test_of_a_long_calm_the_last_six_candles_are_the_base() -> None:
    calm = candles_at(
        *[(95, 95 + k, 94, 95) for k in (4, 1, 2, 1, 1, 1, 1, 1)], (95, 160, 95, 160), first=15
    )
    (zone,) = zones_of([*RISE[:15], *calm])
    assert (zone["base_candles"], zone["upper"], zone["base_start"]) == (6, 97, from_us(calm[2].ts))


def test_a_candle_that_is_not_calm_ends_the_base() -> None:
    restless = [*RISE[:17], *candles_at((94, 110, 80, 94), (94, 160, 94, 160), first=17)]
    assert zones_of(restless) == []


def test_candles_without_any_range_make_no_zone() -> None:
    flat = candles_at(*[(5, 5, 5, 5)] * 40)
    assert zones_of(flat) == []


def test_no_candles_give_the_live_zones_as_they_stand() -> None:
    empty, _ = supply_demand_zones(candle_frame([]))
    require_types(empty, "supply_demand_zones")
    found, state = supply_demand_zones(candle_frame(RISE), ZoneParams("1h"))
    again, same = supply_demand_zones(candle_frame([]), ZoneParams("1h"), state)
    assert again.equals(found)
    assert same == state


def test_wrong_candles_states_and_parameters_are_refused() -> None:
    frame = candle_frame(RISE)
    _, state = supply_demand_zones(frame, ZoneParams("1h"))
    with pytest.raises(InvalidInput, match="made with"):
        supply_demand_zones(frame, ZoneParams("1h", base_max=5), state)
    with pytest.raises(TradesOutOfOrder):
        supply_demand_zones(frame[-1:], ZoneParams("1h"), state)
    with pytest.raises(InvalidInput):
        FairValueGapState.from_bytes(state.to_bytes())
    for wrong in (
        {"base_max": 0},
        {"base_range": 1.5},
        {"departure_body": float("nan")},
        {"max_live": 0},
    ):
        with pytest.raises(InvalidInput):
            ZoneParams(**wrong)


@pytest.mark.parametrize("period", [1, 2, 14, 100])
@settings(max_examples=25, deadline=None)
@given(candles=calm_and_jumpy_candles(max_size=120), cut=st.integers(0, 120))
def test_the_average_true_range_is_ta_libs_and_a_fold(
    period: int, candles: list[Candle], cut: int
) -> None:
    high, low, close = (
        np.array([float(getattr(c, n)) for c in candles]) for n in ("high", "low", "close")
    )
    whole, state = average_true_range(high, low, close, period)
    if len(candles) > period:
        np.testing.assert_allclose(whole, talib.ATR(high, low, close, period), rtol=1e-13, atol=0)
    else:
        assert np.isnan(whole).all()
    first, middle = average_true_range(high[:cut], low[:cut], close[:cut], period)
    rest, end = average_true_range(high[cut:], low[cut:], close[cut:], period, middle)
    assert np.array_equal(np.concatenate([first, rest]), whole, equal_nan=True)
    assert end == state


@pytest.mark.parametrize(("interval", "seconds"), [("1s", 1), ("5s", 5), ("1m", 60)])
def test_candles_of_real_trades_equal_the_slow_reference(interval: str, seconds: int) -> None:
    candles = candles_of(tardis_trades(), interval)
    for chosen in ({}, EAGER):
        frame, _ = supply_demand_zones(candle_frame(candles), ZoneParams(interval, **chosen))
        assert frame.drop("interval").to_dicts() == zone_rows(
            candles, timedelta(seconds=seconds), **chosen
        )
    assert frame.height > 3


def test_the_average_of_real_candles_is_ta_libs() -> None:
    candles = candles_of(tardis_trades(), "5s")
    high, low, close = (
        np.array([float(getattr(c, n)) for c in candles]) for n in ("high", "low", "close")
    )
    np.testing.assert_allclose(
        average_true_range(high, low, close)[0], talib.ATR(high, low, close, 14), rtol=1e-13
    )
