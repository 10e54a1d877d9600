"""Market profile: levels, point of control and value area against a gapless brute force."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.order_flow import market_profile
from marketdata_platform.core.trades.trade_columns import TickRule
from marketdata_platform.core.window import Window, from_us
from marketdata_platform_tests.core.bars.slow_reference import Trade
from marketdata_platform_tests.core.bars.trade_frames import (
    START,
    captured_trades,
    frame_of,
    made_up_trades,
    tardis_trades,
)
from marketdata_platform_tests.core.order_flow.candle_frames import require_types
from marketdata_platform_tests.core.order_flow.slow_reference import (
    dense_value_area,
    level_rows,
    total,
)

SHARE = Decimal("0.70")


def trades_of(*rows: tuple[str, str]) -> list[Trade]:
    """(price, quantity) each, all buys of one day."""
    return [Trade(START + k, Decimal(p), Decimal(q), "buy") for k, (p, q) in enumerate(rows)]


def ends_of(frame: pl.DataFrame) -> tuple[Decimal, Decimal, Decimal]:
    """POC, VAL and VAH of the first session; they are the same in each of its rows."""
    row = frame.row(0, named=True)
    return row["poc"], row["val"], row["vah"]


def require_brute_force(
    frame: pl.DataFrame, trades: list[Trade], session: str, tick: Decimal, share: Decimal
) -> None:
    """Rows, POC and value area equal those of a list of every level between the lowest and the
    highest.
    """
    wanted = level_rows(trades, session, tick)
    assert list(frame.select("session_start", "price_level").iter_rows()) == [
        (from_us(s), p) for s, p in wanted
    ]
    for row, inside in zip(frame.iter_rows(named=True), wanted.values(), strict=True):
        assert row["volume"] == total(q for q, _ in inside)
        assert row["buy_volume"] == total(q for q, b in inside if b == 1)
        assert row["sell_volume"] == total(q for q, b in inside if b == -1)
        assert (row["trades"], row["tick"]) == (len(inside), tick)
        assert row["in_value_area"] == (row["val"] <= row["price_level"] <= row["vah"])
    for (start,), rows in frame.group_by("session_start", maintain_order=True):
        volumes = {
            p: total(q for q, _ in inside)
            for (s, p), inside in wanted.items()
            if from_us(s) == start
        }
        lowest, highest = min(volumes), max(volumes)
        places = int(Fraction(highest - lowest) / Fraction(tick)) + 1
        dense = [volumes.get(lowest + k * tick, Decimal(0)) for k in range(places)]
        assert ends_of(rows) == tuple(lowest + k * tick for k in dense_value_area(dense, share))


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 60), st.sampled_from([1, 1, 2, 3, 10])), min_size=1, max_size=30
    ),
    share=st.sampled_from(
        [Decimal("0.70"), Decimal("0.01"), Decimal("0.5"), Decimal(1), Decimal("0.333333")]
    ),
    tick=st.sampled_from([Decimal(1), Decimal(2), Decimal("0.5"), Decimal(7)]),
)
def test_the_value_area_equals_brute_force_on_gapless_levels(
    rows: list[tuple[int, int]], share: Decimal, tick: Decimal
) -> None:
    trades = trades_of(*((str(p), str(q)) for p, q in rows))
    frame = market_profile(frame_of(trades), tick, value_area=share)
    require_types(frame, "market_profile")
    require_brute_force(frame, trades, "1d", tick, share)


@settings(max_examples=40, deadline=None)
@given(trades=made_up_trades(), session=st.sampled_from(["1m", "1h", "1d", "1w"]))
def test_sessions_and_signs_equal_the_slow_reference(trades: list[Trade], session: str) -> None:
    trades = [t._replace(price=min(t.price, Decimal(200))) for t in trades]
    frame = market_profile(frame_of(trades), Decimal("0.25"), session)
    require_brute_force(frame, trades, session, Decimal("0.25"), SHARE)


def test_of_equal_volumes_the_level_nearest_the_middle_then_the_lower_is_the_poc() -> None:
    tied = trades_of(("10", "5"), ("13", "5"), ("14", "5"), ("20", "1"))
    assert ends_of(market_profile(frame_of(tied), Decimal(1)))[0] == 14
    both_sides = trades_of(("10", "1"), ("13", "5"), ("17", "5"), ("20", "1"))
    assert ends_of(market_profile(frame_of(both_sides), Decimal(1)))[0] == 13


def test_a_tie_of_neighbours_goes_up() -> None:
    trades = trades_of(("9", "2"), ("10", "6"), ("11", "2"))
    assert ends_of(market_profile(frame_of(trades), Decimal(1))) == (10, 10, 11)


def test_empty_levels_on_both_sides_are_walked_upwards_first() -> None:
    trades = trades_of(("1", "3"), ("10", "4"), ("100", "3"))
    assert ends_of(market_profile(frame_of(trades), Decimal(1))) == (10, 10, 100)
    lopsided = trades_of(("9", "1"), ("10", "8"), ("100", "5"))
    assert ends_of(market_profile(frame_of(lopsided), Decimal(1))) == (10, 9, 100)


def test_the_share_is_compared_exactly() -> None:
    exact = trades_of(("1", "0.7"), ("2", "0.2"), ("3", "0.1"))
    assert ends_of(market_profile(frame_of(exact), Decimal(1))) == (1, 1, 1)
    short = trades_of(("1", "0.69999999"), ("2", "0.2"), ("3", "0.10000001"))
    assert ends_of(market_profile(frame_of(short), Decimal(1))) == (1, 1, 2)


def test_the_smallest_tick_over_the_widest_range_costs_no_more_than_its_trades() -> None:
    lots = (
        ("0.00000001", "1"),
        ("5000000000", "46000000000"),
        ("9999999999.99999999", "23000000000"),
    )
    trades = trades_of(*lots)
    market_profile(frame_of(trades), Decimal(1))  # compiled before the clock starts
    started = time.perf_counter()
    frame = market_profile(frame_of(trades), Decimal("0.00000001"))
    assert time.perf_counter() - started < 1
    assert ends_of(frame) == (5000000000, 5000000000, Decimal("9999999999.99999999"))
    assert frame["volume"].to_list() == [1, 46000000000, 23000000000]


def test_prices_below_one_tick_share_the_level_zero() -> None:
    frame = market_profile(
        frame_of(trades_of(("0.00000001", "1"), ("0.4", "1"), ("0.6", "3"))), Decimal("0.5")
    )
    assert frame["price_level"].to_list() == [0, Decimal("0.5")]


def test_no_trade_one_trade_and_one_price() -> None:
    empty = market_profile(frame_of([]), Decimal(1))
    require_types(empty, "market_profile")
    assert empty.is_empty()
    for trades in (trades_of(("7", "1")), trades_of(("7", "1"), ("7", "2"), ("7", "3"))):
        frame = market_profile(frame_of(trades), Decimal("0.1"))
        assert ends_of(frame) == (7, 7, 7)
        assert frame["in_value_area"].to_list() == [True]


def test_one_window_leaves_other_trades_out_but_the_tick_rule_sees_them() -> None:
    start = from_us(START)
    rows = [(0, "5"), (1, "6"), (2, "6"), (3, "4"), (9, "9")]
    trades = [Trade(START + s * 1_000_000, Decimal(p), Decimal(1), "unknown") for s, p in rows]
    frame = market_profile(
        frame_of(trades),
        Decimal(1),
        Window(start + timedelta(seconds=2), start + timedelta(seconds=9)),
    )
    assert frame["price_level"].to_list() == [4, 6]
    assert frame["session_start"].to_list() == [start + timedelta(seconds=2)] * 2
    assert (frame["buy_volume"].to_list(), frame["sell_volume"].to_list()) == ([0, 1], [1, 0])
    assert market_profile(
        frame_of(trades), Decimal(1), Window.of_day(datetime(2001, 1, 1, tzinfo=UTC).date())
    ).is_empty()


def test_the_tick_rule_goes_on_from_the_trades_before() -> None:
    trades = frame_of([Trade(START, Decimal(5), Decimal(1), "unknown")])
    assert market_profile(trades, Decimal(1), rule=TickRule(10**8, -1))["buy_volume"].to_list() == [
        1
    ]
    assert market_profile(trades, Decimal(1))["buy_volume"].to_list() == [0]


def test_parameters_that_make_no_sense_are_refused() -> None:
    frame = frame_of([])
    for share in ("0", "1.01", "NaN", "0.7000001"):
        with pytest.raises(InvalidInput, match="value area"):
            market_profile(frame, Decimal(1), value_area=Decimal(share))
    with pytest.raises(InvalidInput, match="tick"):
        market_profile(frame, Decimal(0))
    with pytest.raises(InvalidInput, match="2d"):
        market_profile(frame, Decimal(1), "2d")


@pytest.mark.parametrize("tick", ["0.01", "0.3", "5"])
def test_real_trades_equal_brute_force(tick: str) -> None:
    trades = tardis_trades()
    for session in ("1m", "1d"):
        frame = market_profile(frame_of(trades), Decimal(tick), session)
        require_brute_force(frame, trades, session, Decimal(tick), SHARE)


def test_real_trades_over_midnight_are_two_sessions() -> None:
    trades = captured_trades("usdm", "btcusdt_20240718.log.zst", "btcusdt_20240719.log.zst")
    frame = market_profile(frame_of(trades), Decimal(1))
    assert frame["session_start"].n_unique() == 2
    require_brute_force(frame, trades, "1d", Decimal(1), SHARE)
