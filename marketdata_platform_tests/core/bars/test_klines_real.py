"""Klines of recorded trades equal those that the exchange, and freqtrade, made from the same
trades.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import zstandard

from marketdata_platform.core.bars import KlineState, fold_klines, klines, roll_up
from marketdata_platform_tests.core.bars.trade_frames import data_folder

FIELDS = {
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "volume": "volume",
    "quote_volume": "quote_volume",
    "count": "trades",
    "taker_buy_volume": "buy_volume",
    "taker_buy_quote_volume": "buy_quote_volume",
}


def text_of(path: Path) -> str:
    return zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read().decode()


def trades_frame(rows: list[tuple[int, str, str, str, str, str | None]]) -> pl.DataFrame:
    """Rows of (µs, price, quantity, side, id, condition) as the platform stores trades."""
    columns = ("ts_event", "price", "quantity", "side", "trade_id", "condition")
    frame = pl.DataFrame(
        rows, schema=dict.fromkeys(columns, pl.String) | {"ts_event": pl.Int64}, orient="row"
    )
    return frame.with_columns(
        pl.col("ts_event").cast(pl.Datetime("us", "UTC")),
        pl.col("price").cast(pl.Decimal(18, 8)),
        pl.col("quantity").cast(pl.Decimal(20, 8)),
    )


def captured(*files: str) -> pl.DataFrame:
    """Every trade of frame captures, those that are not at the market marked as such."""
    rows = []
    for name in files:
        for line in text_of(data_folder() / "hftbacktest-binance-ws" / "usdm" / name).splitlines():
            data = json.loads(line.split(" ", 1)[1]).get("data", {})
            if data.get("e") == "trade":
                condition = None if data["X"] == "MARKET" else data["X"].lower()
                side = "sell" if data["m"] else "buy"
                rows.append(
                    (data["T"] * 1000, data["p"], data["q"], side, str(data["t"]), condition)
                )
    return trades_frame(rows)


def tardis() -> pl.DataFrame:
    text = text_of(data_folder() / "tardis-binance-futures" / "BTCUSDT-trades-20200222T00.csv.zst")
    lines = csv.DictReader(io.StringIO(text))
    return trades_frame(
        [(int(r["timestamp"]), r["price"], r["amount"], r["side"], r["id"], None) for r in lines]
    )


def of_exchange(name: str) -> dict[datetime, dict[str, Decimal]]:
    """The exchange's own klines by open time."""
    text = (data_folder() / "binance-um-klines-1m" / name).read_text()
    return {
        datetime.fromtimestamp(int(row["open_time"]) // 1000, UTC): {
            f: Decimal(row[f]) for f in FIELDS
        }
        for row in csv.DictReader(io.StringIO(text))
    }


def require_equal(
    bars: pl.DataFrame, exchange: dict[datetime, dict[str, Decimal]], minutes: int
) -> None:
    """All nine numeric fields are equal in each minute of `exchange`, of which there are
    `minutes`.
    """
    rows = {row["open_time"]: row for row in bars.iter_rows(named=True)}
    assert len(exchange) == minutes
    for start, expected in exchange.items():
        assert {theirs: Decimal(rows[start][ours]) for theirs, ours in FIELDS.items()} == expected


CAPTURES = {
    "2023": (
        ("btcusdt_20230404.log.zst", "btcusdt_20230405.log.zst"),
        "BTCUSDT-um-1m-20230404T2358-20230405T0006.csv",
    ),
    "2024": (
        ("btcusdt_20240718.log.zst", "btcusdt_20240719.log.zst"),
        "BTCUSDT-um-1m-20240718T2357-20240719T0005.csv",
    ),
}


@pytest.mark.parametrize("year", CAPTURES)
def test_captured_futures_trades_give_the_klines_of_the_exchange(year):
    files, reference = CAPTURES[year]
    exchange = of_exchange(reference)
    covered = dict(
        sorted(exchange.items())[1:-1]
    )  # the first and last minute were captured in part
    trades = captured(*files)
    require_equal(klines(trades, "1m"), covered, 7)
    require_equal(klines(captured(*reversed(files)), "1m"), covered, 7)
    require_equal(roll_up(klines(trades, "1s"), "1m"), covered, 7)
    require_equal(
        klines(trades.with_columns(pl.col("price", "quantity").cast(pl.Float64)), "1m"), covered, 7
    )


def test_trades_that_are_not_at_the_market_are_in_no_kline():
    trades = captured(*CAPTURES["2023"][0])
    assert trades["condition"].drop_nulls().to_list() == ["insurance_fund"]
    assert klines(trades, "1m")["trades"].sum() == trades.height - 1


def test_tardis_trades_give_the_klines_of_the_exchange():
    exchange = of_exchange("BTCUSDT-um-1m-20200222T0000-20200222T0059.csv")
    covered = dict(sorted(exchange.items())[1:])  # of the first minute the file lacks a trade
    trades = tardis()
    require_equal(klines(trades, "1m"), covered, 59)
    state, parts = KlineState(), []
    for at in range(0, trades.height, 1000):
        part, state = fold_klines(trades[at : at + 1000], "1m", state)
        parts.append(part)
    require_equal(roll_up(pl.concat(parts), "1m"), covered, 59)


def test_freqtrade_trades_give_the_candles_of_freqtrade():
    folder = data_folder() / "freqtrade-testdata"
    raw = pl.read_ipc(folder / "XRP_ETH-trades.feather")
    trades = raw.select(
        ts_event=pl.col("timestamp").cast(pl.Datetime("ms", "UTC")),
        price="price",
        quantity="amount",
        side="side",
        trade_id="id",
    )
    for interval, rows in (("1m", 2469), ("5m", 706)):
        candles = pl.read_ipc(folder / f"XRP_ETH-{interval}.feather")
        for bars in (klines(trades, interval), roll_up(klines(trades, "1s"), interval)):
            ours = bars.select(
                pl.col("open_time").alias("date").cast(pl.Datetime("ns", "UTC")),
                pl.col("open", "high", "low", "close", "volume").cast(pl.Float64),
            )
            assert ours.height == rows
            assert ours.equals(candles.select(ours.columns))
