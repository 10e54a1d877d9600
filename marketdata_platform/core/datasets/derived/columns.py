"""Columns, constraints and storage that derived record types share."""

from __future__ import annotations

from datetime import timedelta

from marketdata_platform.core.datasets.model import (
    INT,
    NOTIONAL,
    PRICE,
    TIMESTAMP,
    VOLUME,
    VWAP,
    Column,
    Constraint,
)

COMPRESS_AFTER = timedelta(days=7)
SEGMENT_BY = ("venue", "market", "symbol")

OHLC_SANITY = (
    Constraint(
        "high_is_highest",
        "high >= open AND high >= close AND high >= low",
        "high is not the highest price",
    ),
    Constraint("low_is_lowest", "low <= open AND low <= close", "low is not the lowest price"),
    Constraint(
        "volume_not_negative",
        "volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0",
        "a volume is negative",
    ),
)

OHLC = (
    Column("open", PRICE, "First price in trade order."),
    Column("high", PRICE, "Highest price."),
    Column("low", PRICE, "Lowest price."),
    Column("close", PRICE, "Last price in trade order."),
)

BAR_HEAD = (
    Column("bar_index", INT, "Number of the bar since the series' start, from 0."),
    Column("start_time", TIMESTAMP, "Time of the first trade."),
    Column("end_time", TIMESTAMP, "Time of the trade that closed the bar; decides its UTC day."),
    *OHLC,
    Column("volume", VOLUME, "Σq."),
    Column("buy_volume", VOLUME, "Σq of taker buys (tick rule where the venue gives no side)."),
    Column("sell_volume", VOLUME, "Σq of taker sells."),
    Column("quote_volume", NOTIONAL, "Σp·q."),
    Column("vwap", VWAP, "Σp·q / Σq, rounded half to even at 12 decimals."),
    Column("ticks", INT, "Trades in the bar."),
)
