"""Klines against a slow reference, cut and rolled up in every way, and at the edges of what numbers
can be.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.bars import (
    INTERVALS,
    KlineState,
    fold_klines,
    klines,
    roll_up,
    window_bounds,
)
from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.errors import InvalidInput, TradesOutOfOrder
from marketdata_platform.core.window import Window, from_us
from marketdata_platform_tests.core.bars.slow_reference import EXACT, Trade, half_even, signs
from marketdata_platform_tests.core.bars.trade_frames import START, cuts, frame_of, made_up_trades

TOO_LARGE = Decimal(10) ** 22
MIDNIGHT = from_us(START + 60_000_000)


def slow_start(interval: str, moment: datetime) -> datetime:
    """Start of the window, by the calendar."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if interval == "1M":
        return day.replace(day=1)
    if interval == "1w":
        return day - timedelta(days=day.weekday())
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}[interval[-1]] * int(interval[:-1])
    seconds = int(moment.timestamp()) // unit * unit
    return datetime.fromtimestamp(seconds, UTC)


def slow_klines(trades: list[Trade], interval: str) -> list[dict[str, Any]]:
    """Klines as the definition says, one trade at a time; `complete` is left out."""
    rows: list[dict[str, Any]] = []
    zero = Decimal(0)
    for number, (trade, sign) in enumerate(zip(trades, signs(trades), strict=True)):
        start = slow_start(interval, from_us(trade.ts))
        if not rows or rows[-1]["open_time"] != start:
            head = {
                "interval": interval,
                "open_time": start,
                **dict.fromkeys(("open", "high", "low"), trade.price),
            }
            sums = ("volume", "quote_volume", "buy_volume", "buy_quote_volume", "sell_volume")
            rows.append(
                {**head, **dict.fromkeys(sums, zero), "trades": 0, "first_trade_id": str(number)}
            )
        row, quote = rows[-1], EXACT.multiply(trade.price, trade.quantity)
        row |= {
            "high": max(row["high"], trade.price),
            "low": min(row["low"], trade.price),
            "close": trade.price,
        }
        row |= {"trades": row["trades"] + 1, "last_trade_id": str(number)}
        added = {"volume": trade.quantity, "quote_volume": quote}
        if sign > 0:
            added |= {"buy_volume": trade.quantity, "buy_quote_volume": quote}
        elif sign < 0:
            added |= {"sell_volume": trade.quantity}
        row |= {name: EXACT.add(row[name], value) for name, value in added.items()}
    for row in rows:
        row["vwap"] = half_even(Fraction(row["quote_volume"]) / Fraction(row["volume"]), 12)
    return rows


def in_columns(rows: list[dict[str, Any]], like: pl.DataFrame) -> list[dict[str, Any]]:
    return [{name: row[name] for name in like.columns if name != "complete"} for row in rows]


def without_complete(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.drop("complete").to_dicts()


def fits(trades: list[Trade], interval: str) -> bool:
    return all(row["quote_volume"] < TOO_LARGE for row in slow_klines(trades, interval))


@settings(deadline=None, max_examples=80)
@given(made_up_trades(), st.sampled_from(INTERVALS))
def test_klines_equal_the_slow_reference_or_say_that_a_sum_does_not_fit(trades, interval):
    frame = frame_of(trades)
    expected = slow_klines(trades, interval)
    if any(row["quote_volume"] >= TOO_LARGE for row in expected):
        with pytest.raises(InvalidInput, match="does not fit DECIMAL"):
            klines(frame, interval)
        return
    bars = klines(frame, interval)
    assert without_complete(bars) == in_columns(expected, bars)
    assert bars["volume"].sum() == sum((t.quantity for t in trades), Decimal(0))


def test_columns_are_those_of_the_dataset():
    schema = dataset_named("bar__kline").arrow_schema
    for bars in (
        klines(frame_of([]), "1m"),
        klines(frame_of([Trade(START, Decimal(1), Decimal(1), "buy")]), "1m"),
    ):
        assert bars.schema == pl.DataFrame(pl.from_arrow(schema.empty_table())).schema


def test_no_trades_give_no_rows():
    for fill in ("none", "flat"):
        assert klines(frame_of([]), "1m", fill).is_empty()
    assert roll_up(klines(frame_of([]), "1m"), "1h").is_empty()


@settings(deadline=None, max_examples=60)
@given(made_up_trades(), st.sampled_from(["1s", "1m", "1h", "1d"]), st.data())
def test_cuts_at_window_edges_change_nothing_and_others_are_merged(trades, interval, data):
    if not fits(trades, interval):
        return
    whole = klines(frame_of(trades), interval)
    frame = frame_of(trades)
    state, parts = KlineState(), []
    for first, stop in data.draw(cuts(len(trades))):
        part, state = fold_klines(frame[first:stop], interval, state)
        parts.append(part)
        state = KlineState.from_bytes(state.to_bytes())
    folded = pl.concat(parts)
    assert without_complete(roll_up(folded, interval)) == without_complete(whole)
    if folded["open_time"].is_unique().all():
        assert without_complete(folded) == without_complete(whole)
    assert state == fold_klines(frame, interval)[1]


@settings(deadline=None, max_examples=60)
@given(made_up_trades(), st.sampled_from(["none", "flat"]), st.data())
def test_rolling_up_gives_what_the_trades_give(trades, fill, data):
    trades = [
        t for t in trades if t.ts < START + 90_000_000
    ]  # so that filling by the second stays small
    lower = data.draw(st.sampled_from(["1s", "5s", "1m"]))
    higher = data.draw(
        st.sampled_from(["30s", "1m", "3m", "15m", "1h", "8h", "1d", "3d", "1w", "1M"])
    )
    if (lower, higher) == ("1m", "30s") or not fits(trades, higher):
        return
    frame = frame_of(trades)
    closed = data.draw(
        st.sampled_from(
            [None, MIDNIGHT, MIDNIGHT - timedelta(seconds=20), MIDNIGHT + timedelta(days=40)]
        )
    )
    begin = st.integers(0, 90).map(lambda s: from_us(START) + timedelta(seconds=s))
    gaps = [Window(g, g + timedelta(seconds=2)) for g in data.draw(st.lists(begin, max_size=3))]
    direct = klines(frame, higher, fill, closed_until=closed, gaps=gaps)
    rolled = roll_up(
        klines(frame, lower, fill, closed_until=closed, gaps=gaps),
        higher,
        closed_until=closed,
        gaps=gaps,
    )
    assert rolled.equals(direct)


@settings(deadline=None, max_examples=30)
@given(made_up_trades(), st.randoms())
def test_shuffled_trades_give_the_same_klines(trades, random):
    if not fits(trades, "1m"):
        return
    order = list(range(len(trades)))
    random.shuffle(order)
    assert klines(frame_of(trades)[order], "1m").equals(klines(frame_of(trades), "1m"))


def test_long_input_is_summed_in_ranges_and_equals_one_by_one():
    n = 1_100_000
    rows = pl.int_range(n, eager=True)
    frame = pl.DataFrame(
        {
            "ts_event": START + rows // 2 * 150,
            "price": (rows % 97 + 28_000).cast(pl.Float64) / 10,
            "quantity": (rows % 31 + 1).cast(pl.Float64) / 1000,
            "side": pl.select(
                pl.when(rows % 3 == 0).then(pl.lit("sell")).otherwise(pl.lit("buy"))
            ).to_series(),
            "trade_id": rows + 7,
        }
    )
    bars = klines(frame, "1s")
    pieces = [klines(frame[at : at + 100_000], "1s") for at in range(0, n, 100_000)]
    assert without_complete(roll_up(pl.concat(pieces), "1s")) == without_complete(bars)
    assert bars["trades"].sum() == n
    first, last = (
        bars[name].cast(pl.Int64).to_list() for name in ("first_trade_id", "last_trade_id")
    )
    assert first == [7, *(number + 1 for number in last[:-1])]


def one(price: str, quantity: str, side: str = "buy", ts: int = START) -> Trade:
    return Trade(ts, Decimal(price), Decimal(quantity), side)


def test_the_largest_and_smallest_numbers_are_exact():
    bars = klines(frame_of([one("9999999999.99999999", "46000000000", "buy")] * 20), "1m")
    assert bars["quote_volume"][0] == EXACT.multiply(
        Decimal("9999999999.99999999"), Decimal("920000000000")
    )
    assert bars["vwap"][0] == Decimal("9999999999.99999999")
    bars = klines(frame_of([one("0.00000001", "0.00000001", "sell")]), "1m")
    assert bars["quote_volume"][0] == Decimal("1e-16") and bars["vwap"][0] == Decimal("1e-8")


def test_a_price_of_more_than_18_digits_is_refused():
    frame = frame_of([one("1", "1")]).with_columns(
        price=pl.Series(["10000000000"]).cast(pl.Decimal(20, 8))
    )
    with pytest.raises(InvalidInput, match="does not fit DECIMAL\\(18, 8\\)"):
        klines(frame, "1m")


def test_sums_beyond_38_digits_are_refused_also_when_rolled_up():
    huge = [
        one("9999999999.99999999", "46000000000", "buy", START + i * 1_000_000) for i in range(22)
    ]
    with pytest.raises(InvalidInput, match="does not fit DECIMAL"):
        klines(frame_of(huge), "1m")
    with pytest.raises(InvalidInput, match="does not fit DECIMAL"):
        roll_up(klines(frame_of(huge), "1s"), "1m")


def test_one_trade_makes_one_open_kline_and_one_price_a_flat_one():
    bars = klines(frame_of([one("5", "2")]), "1m")
    assert bars.height == 1 and bars["complete"].to_list() == [False]
    bars = klines(frame_of([one("5", "2")] * 5), "1m")
    assert bars.select("open", "high", "low", "close", "vwap").row(0) == (Decimal(5),) * 5


def test_unknown_sides_take_the_tick_rule_and_unsigned_volume_is_in_neither():
    trades = [
        one("5", "1", "unknown"),
        one("6", "2", "unknown"),
        one("6", "4", "unknown"),
        one("5", "8", "unknown"),
    ]
    bars = klines(frame_of(trades), "1m")
    assert bars.select("volume", "buy_volume", "sell_volume", "buy_quote_volume").row(0) == (
        15,
        6,
        8,
        36,
    )


def test_float_input_gives_the_same_decimals():
    frame = frame_of([one("28155.1", "0.001"), one("28155.2", "0.012", "sell")])
    assert klines(frame.with_columns(pl.col("price", "quantity").cast(pl.Float64)), "1m").equals(
        klines(frame, "1m")
    )


def test_aggregate_trades_count_the_trades_in_them():
    frame = frame_of([one("5", "1"), one("5", "1")]).with_columns(
        first_trade_id=pl.Series([10, 13]), last_trade_id=pl.Series([12, 13])
    )
    assert klines(frame, "1m")["trades"].to_list() == [4]


def test_filling_stands_at_the_close_before_and_stays_inside_the_trades():
    frame = frame_of([one("5", "1"), one("7", "1", "buy", START + 185_000_000)])
    bars = klines(frame, "1m", "flat")
    assert bars["close"].to_list() == [5, 5, 5, 7] and bars["high"].to_list() == [5, 5, 5, 7]
    assert bars["trades"].to_list() == [1, 0, 0, 1] and bars["volume"].to_list() == [1, 0, 0, 1]
    assert bars["vwap"].to_list() == [5, None, None, 7]
    assert bars["first_trade_id"].to_list() == ["0", None, None, "1"]
    assert bars["complete"].to_list() == [True, True, True, False]
    assert klines(frame, "1m").height == 2


def test_a_window_is_filled_to_its_edges_once_there_is_a_price():
    day = Window(MIDNIGHT, MIDNIGHT + timedelta(hours=24))
    frame = frame_of([one("7", "1", "buy", START + 60_000_000 + 7_200_000_000)])
    first, state = fold_klines(frame, "1h", None, window=day, fill="flat", closed_until=day.end)
    assert (
        first["open_time"][0] == MIDNIGHT + timedelta(hours=2)
        and first.height == 22
        and first["complete"].all()
    )
    following = Window(day.end, day.end + timedelta(hours=24))
    second, after = fold_klines(
        frame.clear(), "1h", state, window=following, fill="flat", closed_until=following.end
    )
    assert (
        second.height == 24
        and second["close"].unique().to_list() == [7]
        and second["trades"].sum() == 0
    )
    assert after == state
    assert fold_klines(frame.clear(), "1h", None, window=day, fill="flat")[0].is_empty()


def test_days_that_are_filled_one_by_one_equal_one_pass():
    trades = [one(str(5 + i % 3), "1", "buy", START + i * 3_700_000_000) for i in range(40)]
    frame, state, parts = frame_of(trades), None, []
    whole = Window(MIDNIGHT - timedelta(days=1), MIDNIGHT + timedelta(days=2))
    for day in whole.days():
        window = Window.of_day(day)
        rows = frame.filter(pl.col("ts_event").is_between(window.start, window.end, closed="left"))
        part, state = fold_klines(
            rows, "15m", state, window=window, fill="flat", closed_until=whole.end
        )
        parts.append(part)
    assert pl.concat(parts).equals(
        fold_klines(frame, "15m", window=whole, fill="flat", closed_until=whole.end)[0]
    )


def test_gaps_and_open_windows_are_not_complete():
    frame = frame_of([one("5", "1", "buy", START + i * 60_000_000) for i in range(5)])
    start = from_us(START)
    gap = Window(start + timedelta(seconds=119), start + timedelta(seconds=121))
    edge = Window(start + timedelta(seconds=180), start + timedelta(seconds=240))
    bars = klines(frame, "1m", closed_until=start + timedelta(minutes=5), gaps=[gap])
    assert bars["complete"].to_list() == [True, False, False, True, True]
    bars = klines(frame, "1m", closed_until=start + timedelta(minutes=5), gaps=[edge])
    assert bars["complete"].to_list() == [True, True, True, False, True]
    assert klines(frame, "1m")["complete"].to_list() == [True, True, True, True, False]
    with pytest.raises(InvalidInput, match="no time zone"):
        klines(frame, "1m", closed_until=datetime(2024, 1, 1))


def test_wrong_arguments_are_refused():
    frame = frame_of([one("5", "1")])
    with pytest.raises(InvalidInput, match="no interval is called '2m'"):
        klines(frame, "2m")
    with pytest.raises(InvalidInput, match="fill is 'linear'"):
        klines(frame, "1m", "linear")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="outside the window"):
        fold_klines(frame, "1m", window=Window(MIDNIGHT, MIDNIGHT + timedelta(days=1)))
    with pytest.raises(TradesOutOfOrder):
        fold_klines(frame, "1m", KlineState(last_us=START + 1))
    with pytest.raises(InvalidInput, match="not made of whole windows"):
        roll_up(klines(frame, "3d"), "1w")
    with pytest.raises(InvalidInput, match="several intervals"):
        roll_up(pl.concat([klines(frame, "1m"), klines(frame, "5m")]), "1h")
    with pytest.raises(InvalidInput, match="not a stored KlineState"):
        KlineState.from_bytes(b"{]")


@settings(deadline=None)
@given(st.datetimes(datetime(1970, 1, 5), datetime(2200, 1, 1)), st.sampled_from(INTERVALS))
def test_windows_follow_the_calendar(moment, interval):
    moment = moment.replace(tzinfo=UTC)
    window = window_bounds(interval, moment)
    assert moment in window
    assert window.start == slow_start(interval, moment)
    assert window_bounds(interval, window.end).start == window.end
