"""Binance's public dumps of trades: `SYMBOL-trades-DAY.zip` and `SYMBOL-aggTrades-DAY.zip`.

Belongs here: file names and csv dialects: spot has no header, eight decimals, `True`/`False` and a
last column `is_best_match`; USD-M futures have a header, numbers as short as the grid allows,
`true`/`false`. Does not: zip and checksum (archives/dumps).
"""

from __future__ import annotations

import io
from datetime import date

import polars as pl

from marketdata_platform.core.instrument import Instrument

MARKETS = ("spot", "futures")
_HEADERS = {
    "trades": "id,price,qty,quote_qty,time,is_buyer_maker",
    "aggTrades": "agg_trade_id,price,quantity,first_trade_id,last_trade_id,"
    "transact_time,is_buyer_maker",
}
_SPOT_MICROSECONDS_SINCE = date(2025, 1, 1)


def name(instrument: Instrument, day: date, kind: str) -> str:
    """`BTCUSDT-trades-2024-07-18`; `kind` is `trades` or `aggTrades`."""
    return f"{instrument.path_symbol}-{kind}-{day.isoformat()}"


def header_lines(instrument: Instrument) -> int:
    """Lines before the first trade."""
    return 0 if instrument.market == "spot" else 1


def csv(trades: pl.DataFrame, instrument: Instrument, day: date, kind: str) -> bytes:
    """The file's text; the columns of futures stand in a header."""
    spot = instrument.market == "spot"
    exact = pl.col("price").cast(pl.Decimal(38, 8)) * pl.col("quantity").cast(pl.Decimal(38, 8))
    trades = trades.with_columns(exact.cast(pl.Decimal(38, 8)).alias("quote"))
    numbers = ("price", "quantity", "quote")
    price, quantity, quote = (pl.col(name) if spot else _shortest(trades, name) for name in numbers)
    micros = pl.col("ts_event").cast(pl.Int64)
    time = micros if spot and day >= _SPOT_MICROSECONDS_SINCE else micros // 1_000
    maker_buys = pl.col("side") == "sell"
    yes, no = ("True", "False") if spot else ("true", "false")
    maker = pl.when(maker_buys).then(pl.lit(yes)).otherwise(pl.lit(no))
    columns = [pl.col("sequence").alias("id"), price, quantity.alias("qty")]
    if kind == "aggTrades":
        columns += [pl.col("first_trade_id"), pl.col("last_trade_id")]
    else:
        columns += [quote]
    columns += [time.alias("time"), maker.alias("maker")]
    if spot:
        columns += [pl.lit("True").alias("best")]
    target = io.BytesIO()
    if not spot:
        target.write(_HEADERS[kind].encode() + b"\n")
    trades.select(columns).write_csv(target, include_header=False)
    return target.getvalue()


def _shortest(trades: pl.DataFrame, column: str) -> pl.Expr:
    """The column with as many decimals as its values need."""
    unscaled = trades[column].to_physical().cast(pl.Int64)
    decimals = 8
    while decimals and (unscaled % 10 ** (9 - decimals) == 0).all():
        decimals -= 1
    return pl.col(column).cast(pl.Decimal(38, decimals))
