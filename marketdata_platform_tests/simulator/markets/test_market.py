"""The simulated market: same seed, same bytes; and it looks like a market."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.datasets.raw import TRADES
from marketdata_platform.core.errors import InvalidInput, UnknownDataset
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator import PRESETS, MarketModel, preset, simulate_day

DAY = date(2024, 7, 18)


def small(**changes) -> MarketModel:
    values = {
        "instrument": Instrument("binance", "futures", "XYZUSDT"),
        "start_price": Decimal("12.50"),
        "tick": Decimal("0.01"),
        "lot": Decimal("0.1"),
        "trades_per_day": 5_000,
        "seed": 3,
    }
    return MarketModel(**(values | changes))


@pytest.fixture(scope="module")
def btc() -> pl.DataFrame:
    return simulate_day(preset("binance:spot:BTCUSDT", trades_per_day=200_000), DAY)


def digest(frame: pl.DataFrame) -> str:
    return hashlib.sha256(frame.write_csv().encode()).hexdigest()


def test_the_frame_has_exactly_the_trades_schema(btc):
    expected = pl.from_arrow(TRADES.arrow_schema.empty_table()).schema
    assert btc.schema == expected
    for column in TRADES.columns:
        assert column.nullable or btc[column.name].null_count() == 0


def test_a_day_is_pinned_to_its_bytes_for_ever():
    # These digests were made once; another machine, NumPy or Polars must give the same ones.
    assert (
        digest(simulate_day(small(), DAY))
        == "8c0aa0487840200f5663f7084046025bc8deb1652d7c735a100cc8e9db3571c7"
    )
    assert (
        digest(simulate_day(preset("binance:spot:BTCUSDT", trades_per_day=20_000), DAY))
        == "0c86fa3ae147d09654781cd4362732be83a6442e742ba05e80ed463a7800fa19"
    )


def test_another_seed_day_or_instrument_gives_other_trades():
    frames = [
        simulate_day(small(), DAY),
        simulate_day(small(seed=4), DAY),
        simulate_day(small(), DAY + timedelta(days=1)),
        simulate_day(small(instrument=Instrument("binance", "futures", "ABCUSDT")), DAY),
    ]
    assert len({digest(frame.select("price", "quantity")) for frame in frames}) == 4


def test_ids_are_contiguous_within_and_over_days():
    model = small(first_trade_id=1_000)
    first, second = simulate_day(model, DAY), simulate_day(model, DAY + timedelta(days=1))
    ids = pl.concat([first, second])["sequence"].to_numpy()
    assert (np.diff(ids) == 1).all()
    assert ids[0] == 1_000 + (DAY - model.origin).days * 5_000
    assert first["trade_id"].cast(pl.Int64).equals(first["sequence"], check_names=False)


def test_price_goes_on_where_the_day_before_ended():
    model = preset("binance:futures:ETHUSDT", trades_per_day=20_000)
    for offset in range(5):
        before = simulate_day(model, DAY + timedelta(days=offset))
        after = simulate_day(model, DAY + timedelta(days=offset + 1))
        assert abs(float(after["price"][0]) / float(before["price"][-1]) - 1) < 0.0005


def test_trades_are_sorted_and_inside_their_day(btc):
    assert btc["ts_event"].is_sorted()
    assert btc["ts_event"][0] >= datetime(2024, 7, 18, tzinfo=UTC)
    assert btc["ts_event"][-1] < datetime(2024, 7, 19, tzinfo=UTC)


def test_times_have_the_precision_that_the_exchange_gave_at_the_time():
    model = preset("binance:spot:BTCUSDT", trades_per_day=2_000)
    in_milliseconds = simulate_day(model, date(2024, 12, 31))["ts_event"].cast(pl.Int64) % 1_000
    in_microseconds = simulate_day(model, date(2025, 1, 1))["ts_event"].cast(pl.Int64) % 1_000
    assert (in_milliseconds == 0).all()
    assert in_microseconds.n_unique() > 500
    futures = simulate_day(preset("binance:futures:SOLUSDT", trades_per_day=500), date(2025, 1, 1))
    assert (futures["ts_event"].cast(pl.Int64) % 1_000 == 0).all()


@pytest.mark.parametrize("name", PRESETS)
def test_prices_and_sizes_lie_on_the_grid(name):
    model = preset(name, trades_per_day=20_000)
    day = simulate_day(model, DAY)
    assert (day["price"].to_physical().cast(pl.Int64) % int(model.tick * 10**8) == 0).all()
    assert (day["quantity"].to_physical().cast(pl.Int64) % int(model.lot * 10**8) == 0).all()
    assert day["quantity"].min() >= model.lot
    assert day["price"].min() > 0


def test_a_taker_order_walks_levels_in_one_direction_at_one_moment(btc):
    runs = (
        btc.with_columns(
            run=pl.struct("ts_event", "side").rle_id(),
            signed=pl.when(pl.col("side") == "buy").then(1).otherwise(-1),
        )
        .group_by("run")
        .agg(pl.len(), pl.col("price").n_unique().alias("levels"))
    )
    assert (runs["len"] > 1).mean() > 0.15
    assert (runs["levels"] > 1).mean() > 0.1


def test_signs_have_long_memory_and_returns_do_not(btc):
    signs = np.where(btc["side"].to_numpy() == "buy", 1.0, -1.0)
    for lag, least in ((10, 0.2), (100, 0.05), (1_000, 0.02)):
        assert np.corrcoef(signs[lag:], signs[:-lag])[0, 1] > least
    returns = minute_returns(btc)
    assert abs(np.corrcoef(returns[1:], returns[:-1])[0, 1]) < 0.25


def test_volatility_clusters_and_tails_are_fat(btc):
    returns = minute_returns(btc)
    size = np.abs(returns)
    assert np.corrcoef(size[1:], size[:-1])[0, 1] > 0.1
    assert ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2 > 5


def test_daily_volatility_is_about_what_was_asked_for():
    model = preset("binance:futures:ETHUSDT", trades_per_day=50_000)
    measured = [
        minute_returns(simulate_day(model, DAY + timedelta(days=d))).std() * 1440**0.5
        for d in range(4)
    ]
    assert 0.6 < np.median(measured) / model.volatility < 1.6


def test_some_minutes_are_silent_and_some_are_busy(btc):
    minutes = btc.group_by(pl.col("ts_event").dt.truncate("1m")).len()
    assert 1_380 <= minutes.height < 1_440
    assert minutes["len"].max() > 4 * minutes["len"].median()


def test_sizes_span_orders_of_magnitude_and_like_round_numbers(btc):
    sizes = btc["quantity"].cast(pl.Float64)
    assert sizes.max() > 100 * sizes.median()
    lots = btc["quantity"].to_physical().cast(pl.Int64) // 1_000
    big = lots.filter(lots >= 100)
    assert (big % 100 == 0).mean() > 0.05


@settings(max_examples=25, deadline=None)
@given(
    trades=st.integers(1, 300),
    seed=st.integers(0, 2**31),
    day=st.dates(date(2024, 1, 1), date(2026, 12, 31)),
)
def test_any_number_of_trades_is_made_exactly(trades, seed, day):
    frame = simulate_day(small(trades_per_day=trades, seed=seed), day)
    assert frame.height == trades
    assert frame["price"].min() > 0
    assert frame["quantity"].min() > 0
    assert frame["ts_event"].is_sorted()
    assert frame["ts_event"].dt.date().unique().to_list() == [day]


def test_what_cannot_be_a_market_is_refused():
    with pytest.raises(InvalidInput, match="tick"):
        small(tick=Decimal("0.000000001"))
    with pytest.raises(InvalidInput, match="trades_per_day 0"):
        small(trades_per_day=0)
    with pytest.raises(InvalidInput, match="volatility"):
        small(volatility=2.0)
    with pytest.raises(InvalidInput, match="2023-12-31 is before it"):
        simulate_day(small(), date(2023, 12, 31))
    with pytest.raises(UnknownDataset, match="binance:futures:SOLUSDT"):
        preset("binance:spot:NOPE")


def minute_returns(trades: pl.DataFrame) -> np.ndarray:
    closes = trades.group_by(pl.col("ts_event").dt.truncate("1m"), maintain_order=True).agg(
        pl.col("price").last()
    )
    return np.diff(np.log(closes["price"].cast(pl.Float64).to_numpy()))
