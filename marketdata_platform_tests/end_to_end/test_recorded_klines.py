"""Recorded trades, imported from files into the store and derived there, give the candles that
others made of them.
"""

import gzip
import json

import polars as pl
import pytest

from marketdata_platform_tests.core.bars.test_klines_real import of_exchange, require_equal
from marketdata_platform_tests.core.bars.trade_frames import data_folder
from marketdata_platform_tests.end_to_end.deployments import FUTURES, captures, opened
from marketdata_platform_tests.history.dumps import write

CAPTURES = {
    "2023": (
        "btcusdt_20230404",
        "btcusdt_20230405",
        "BTCUSDT-um-1m-20230404T2358-20230405T0006.csv",
    ),
    "2024": (
        "btcusdt_20240718",
        "btcusdt_20240719",
        "BTCUSDT-um-1m-20240718T2357-20240719T0005.csv",
    ),
}


def stored_days(platform, instrument):
    return [c.day for c in platform.store.coverage("trades", instrument)]


def derived(platform, instrument):
    platform.derive(instrument, stored_days(platform, instrument), ["bar__kline"])
    return platform.read("bar__kline", instrument, interval="1m")


@pytest.mark.parametrize("year", CAPTURES)
def test_captured_futures_trades_give_the_exchanges_klines_in_every_fully_covered_minute(
    tmp_path, year
):
    *files, reference = CAPTURES[year]
    platform = opened(tmp_path)
    for path in reversed(captures("usdm", *files)):
        platform.import_file(path, FUTURES)
    bars = derived(platform, FUTURES)
    exchange = of_exchange(reference)
    covered = dict(
        sorted(exchange.items())[1:-1]
    )  # the first and last minute were captured in part

    require_equal(bars, covered, 7)
    assert bars.filter("complete")["open_time"].to_list() == list(covered)
    rolled = platform.read("bar__kline", FUTURES, interval="3m").filter("complete")
    assert set(rolled["open_time"]) <= set(covered)
    assert rolled.height == 2 - (year == "2024")


def test_a_trade_that_is_not_at_the_market_is_stored_keeps_its_id_and_is_in_no_bar(tmp_path):
    platform = opened(tmp_path)
    for path in captures("usdm", *CAPTURES["2023"][:2]):
        result = platform.import_file(path, FUTURES)
        assert result.quarantined == 0
    platform.derive(FUTURES, stored_days(platform, FUTURES))
    trades = platform.read("trades", FUTURES)
    odd = trades.filter(pl.col("condition").is_not_null())

    assert odd["condition"].to_list() == ["insurance_fund"]
    assert platform.record(FUTURES).missing_ids == 0
    assert trades["sequence"].diff().drop_nulls().unique().to_list() == [1]
    market = trades.height - 1
    for interval in platform.settings.klines.intervals:
        assert platform.read("bar__kline", FUTURES, interval=interval)["trades"].sum() == market
    assert platform.read("order_flow", FUTURES)["trades"].sum() == market
    volume = trades.filter(pl.col("condition").is_null())["quantity"].sum()
    assert platform.read("market_profile", FUTURES)["volume"].sum() == volume
    assert platform.read("footprint", FUTURES)["volume"].sum() == volume


def test_tardis_trades_give_the_exchanges_klines(tmp_path):
    platform = opened(tmp_path)
    platform.import_file(
        data_folder() / "tardis-binance-futures" / "BTCUSDT-trades-20200222T00.csv.zst", FUTURES
    )
    bars = derived(platform, FUTURES)
    exchange = of_exchange("BTCUSDT-um-1m-20200222T0000-20200222T0059.csv")
    covered = dict(sorted(exchange.items())[1:])  # of the first minute the file lacks a trade

    require_equal(bars, covered, 59)
    complete = bars.filter("complete")["open_time"].to_list()
    assert complete == [m for m in covered if m in complete]
    assert complete == list(covered)[:-1], (
        "whether the last minute ended in the record cannot be known"
    )


def test_freqtrades_aggregate_trades_give_freqtrades_candles(tmp_path):
    folder = data_folder() / "freqtrade-testdata"
    raw = [
        trade["info"]
        for trade in json.loads(gzip.decompress((folder / "XRP_OLD-trades.json.gz").read_bytes()))
    ]
    rows = "".join("{a},{p},{q},{f},{l},{T},{m},{M}\n".format_map(trade) for trade in raw)
    path = write(tmp_path / "XRPETH-aggTrades-2019-10.csv.gz", rows)
    platform = opened(tmp_path / "root")
    result = platform.import_file(path, "binance:spot:XRPETH")
    assert (result.format, result.inserted, result.quarantined) == ("binance-aggtrades", 12_477, 0)
    derived(platform, result.instrument)

    for interval, count in (("1m", 2469), ("5m", 706)):
        candles = pl.read_ipc(folder / f"XRP_ETH-{interval}.feather")
        ours = platform.read("bar__kline", result.instrument, interval=interval).select(
            pl.col("open_time").alias("date").cast(pl.Datetime("ns", "UTC")),
            pl.col("open", "high", "low", "close", "volume").cast(pl.Float64),
        )
        assert ours.height == count
        assert ours.equals(candles.select(ours.columns))
