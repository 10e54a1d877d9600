"""What a chart shows is what the frames say."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import polars as pl

from marketdata_platform.charts.candles import candles
from marketdata_platform.charts.data import (
    bar_ends,
    gap_boxes,
    vpin_line,
    zone_boxes,
)
from marketdata_platform.charts.figures import date_range, key_figures, notes
from marketdata_platform.charts.profile import ValueArea, profile_bars, value_areas
from marketdata_platform.core.window import Window
from marketdata_platform_tests.charts.chart_data import (
    MINUTE,
    START,
    chart_data,
    empty_chart_data,
    frame,
    gap,
    kline,
    zone,
)


def test_few_candles_are_shown_as_they_are():
    data = chart_data(minutes=50)
    drawn = candles(data)
    assert (len(drawn), drawn.merged) == (50, 1)
    assert drawn.high.tolist() == data.klines["high"].cast(pl.Float64).to_list()
    assert drawn.cvd[-1] == 98


def test_merged_candles_keep_extremes_and_volume():
    data = chart_data(minutes=1_000)
    drawn = candles(data, 100)
    assert drawn.merged == 10
    assert len(drawn) == 100
    assert drawn.buy.sum() + drawn.sell.sum() == 10_000
    assert drawn.open[3] == float(data.klines["open"][30])
    assert drawn.close[3] == float(data.klines["close"][39])
    assert drawn.high[3] == float(data.klines["high"][30:40].max())
    assert drawn.low[3] == float(data.klines["low"][30:40].min())


def test_silent_minutes_take_their_width_in_a_picture():
    sparse = chart_data(
        klines=frame("bar__kline", [kline(n, 100) for n in range(0, 1_440, 7)] + [kline(1, 100)])
    )
    assert candles(sparse, 300).merged == 1
    assert candles(sparse, 300, count_silent=True).merged == 5


def test_volume_without_a_side_is_shown_as_such():
    drawn = candles(chart_data(klines=frame("bar__kline", [kline(0, 100, volume=Decimal(15))])))
    assert drawn.unsigned.tolist() == [5.0]


def test_cvd_goes_on_through_minutes_that_have_none():
    flow = frame("order_flow", [{"interval": "1m", "open_time": START, "cvd": Decimal(7)}])
    assert candles(chart_data(minutes=3, order_flow=flow)).cvd.tolist() == [7, 7, 7]
    assert np.isnan(candles(chart_data(minutes=3, order_flow=frame("order_flow"))).cvd).all()


def test_cvd_of_long_candles_is_that_of_their_last_minute():
    hours = frame("bar__kline", [kline(n, 100, interval="1h") for n in (0, 60, 120)])
    drawn = candles(chart_data(minutes=170, klines=hours))
    assert drawn.cvd.tolist() == [118, 238, 338]


def test_a_gap_lasts_until_filled_or_expired_or_the_end():
    filled = START + 90 * MINUTE
    rows = [
        gap(10, 100, 104, status="filled", filled_at=filled),
        gap(20, 100, 103, status="expired", expires_at=START + 100 * MINUTE),
        gap(30, 100, 102),
    ]
    boxes, total = gap_boxes(chart_data(gaps=frame("fair_value_gaps", rows)), "bullish", 10)
    minutes = (boxes.end_ms - START.timestamp() * 1_000) / 60_000
    assert total == 3
    assert minutes.tolist() == [90, 100, 1_440]
    assert boxes.live.tolist() == [False, False, True]
    assert boxes.upper.tolist() == [104, 103, 102]


def test_a_gap_that_several_days_report_is_drawn_once_as_it_stood_last():
    later = START + timedelta(days=1)
    rows = [
        gap(10, 100, 104),
        gap(10, 100, 104, session_start=later, status="filled", filled_at=later),
    ]
    boxes, total = gap_boxes(chart_data(gaps=frame("fair_value_gaps", rows[::-1])), "bullish", 10)
    assert (total, boxes.live.tolist()) == (1, [False])


def test_the_largest_gaps_and_strongest_zones_are_chosen():
    data = chart_data(
        gaps=frame("fair_value_gaps", [gap(n, 100, 101 + n) for n in range(1, 9)]),
        zones=frame(
            "supply_demand_zones",
            [zone(n, 90, 91 + n, strength=float(n)) for n in range(4, 9)]
            + [zone(9, 80, 81, strength=99.0, status="broken", broken_at=START + 50 * MINUTE)]
            + [zone(11, 80, 81, strength=99.0, status="dropped")],
        ),
    )
    assert gap_boxes(data, "bullish", 2)[0].upper.tolist() == [109, 108]
    boxes, total = zone_boxes(data, "demand", 2)
    assert (boxes.upper.tolist(), total) == ([99, 98], 7)
    everything, _ = zone_boxes(data, "demand", 100)
    assert len(everything) == 6
    assert everything.live.sum() == 5


def test_profile_bins_conserve_volume():
    data = chart_data()
    bars = profile_bars(data, bins=5)
    assert bars.volumes.sum() == float(data.profile["volume"].sum())
    assert set(bars.widths) == {5.0}
    assert len(bars) == len(bars.inside) == 5
    assert bars.inside.tolist() == [False, True, True, False, False]


def test_value_areas_reach_to_the_next_session():
    second = START + timedelta(days=1)
    rows = [
        {"session_start": s, "price_level": Decimal(100), "volume": Decimal(1),
         "poc": Decimal(100), "vah": Decimal(101),
         "val": Decimal(99), "tick": Decimal(1), "in_value_area": True}
        for s in (START, second)
    ]  # fmt: skip
    middle, last = second.timestamp() * 1_000, (START + timedelta(days=2)).timestamp() * 1_000
    assert value_areas(chart_data(days=2, profile=frame("market_profile", rows))) == [
        ValueArea(START.timestamp() * 1_000, middle, 100.0, 101.0, 99.0),
        ValueArea(middle, last, 100.0, 101.0, 99.0),
    ]


def test_bar_ends_are_split_by_the_side_that_closed_them():
    data = chart_data(minutes=100)
    assert len(bar_ends(data, True)[0]) == len(bar_ends(data, False)[0]) == 5


def test_vpin_begins_with_its_first_full_window():
    times, values = vpin_line(chart_data(minutes=100))
    assert len(times) == len(values) == 15


def test_key_figures_are_those_of_the_frames():
    figures = {item.label: item.value for item in key_figures(chart_data(minutes=240))}
    assert figures["Trades"] == "720"
    assert figures["Volume"] == "2,400"
    assert figures["VWAP"] == "100.00"
    assert figures["Delta"] == "+480"
    assert figures["Open gaps"] == "2 / 2"
    assert figures["Live zones"] == "2 / 2"
    assert figures["Imbalance bars"] == "24"
    assert figures["VPIN now"] == "0.450"


def test_nothing_to_show_is_said_and_not_an_error():
    figures = {item.label: item.value for item in key_figures(empty_chart_data())}
    assert figures == {
        "VPIN now": "–",
        "Open gaps": "none",
        "Live zones": "none",
        "Imbalance bars": "0",
    }
    assert len(candles(empty_chart_data())) == 0


def test_the_note_says_what_is_left_out():
    data = chart_data(minutes=1_000)
    assert notes(data, candles(data), 2, 2) == ""
    said = notes(data, candles(data, 100), 1, 2)
    assert said == (
        "each candle merges 10 × 1m (100 of 1,000 shown); the 1 most important of 2 fair "
        "value gaps are drawn"
    )


def test_date_ranges_read_naturally():
    data = chart_data()
    assert date_range(data) == "Thu 18 Jul 2024 UTC"
    assert date_range(chart_data(days=3)) == "18 Jul 2024 – 20 Jul 2024 UTC"
    hours = type(data)(
        **{f: getattr(data, f) for f in data.__slots__}
        | {"window": Window(START, START + 90 * MINUTE)}
    )
    assert date_range(hours) == "18 Jul 2024 00:00 – 01:30 UTC"
