"""Chart data for tests: a simulated day with hand-made derived frames of the datasets' own
columns.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl

from marketdata_platform.charts import ChartData
from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.window import Window

DAY = date(2024, 7, 18)
START = datetime(2024, 7, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def frame(dataset: str, rows: list[dict] | None = None) -> pl.DataFrame:
    """Rows as the dataset's frame; what a row does not say is null."""
    empty = pl.from_arrow(dataset_named(dataset).arrow_schema.empty_table())
    names = empty.columns
    full = [{name: row.get(name) for name in names} for row in rows or []]
    return pl.DataFrame(full, schema=empty.schema) if full else empty


def kline(minute: int, close: int, **more) -> dict:
    opened = Decimal(100 + (minute * 7) % 11)
    values = {
        "interval": "1m",
        "open_time": START + minute * MINUTE,
        "open": opened,
        "high": max(opened, Decimal(close)) + 1,
        "low": min(opened, Decimal(close)) - 1,
        "close": Decimal(close),
        "volume": Decimal(10),
        "quote_volume": Decimal(1_000),
        "trades": 3,
        "buy_volume": Decimal(6),
        "buy_quote_volume": Decimal(600),
        "sell_volume": Decimal(4),
        "vwap": Decimal(100),
        "complete": True,
    }
    return values | more


def gap(minute: int, lower: int, upper: int, **more) -> dict:
    found = START + minute * MINUTE
    values = {
        "session_start": START,
        "interval": "1m",
        "detected_at": found,
        "direction": "bullish",
        "lower": Decimal(lower),
        "upper": Decimal(upper),
        "size": Decimal(upper - lower),
        "filled_fraction": 0.0,
        "status": "open",
        "expires_at": found + timedelta(days=1),
    }
    return values | more


def zone(minute: int, lower: int, upper: int, **more) -> dict:
    values = {
        "session_start": START,
        "interval": "1m",
        "detected_at": START + minute * MINUTE,
        "kind": "demand",
        "lower": Decimal(lower),
        "upper": Decimal(upper),
        "base_start": START + (minute - 3) * MINUTE,
        "base_candles": 3,
        "strength": 2.0,
        "status": "fresh",
    }
    return values | more


def chart_data(
    minutes: int = 240, instrument: str = "binance:futures:ETHUSDT", days: int = 1, **frames
) -> ChartData:
    """A full chart: every part has something to show."""
    levels = [
        {
            "session_start": START,
            "price_level": Decimal(90 + level),
            "volume": Decimal(5 + level % 9),
            "in_value_area": 5 <= level <= 15,
            "poc": Decimal(98),
            "vah": Decimal(105),
            "val": Decimal(95),
            "tick": Decimal(1),
        }
        for level in range(25)
    ]
    bars = [
        {
            "bar_index": n,
            "end_time": START + n * 10 * MINUTE,
            "close": Decimal(101),
            "imbalance": (-1) ** n * 5,
        }
        for n in range(minutes // 10)
    ]
    vpin = [
        {
            "bucket_index": n,
            "end_time": START + n * 5 * MINUTE,
            "volume": Decimal(10),
            "imbalance": Decimal(n % 7),
            "vpin": None if n < 5 else 0.2 + n % 7 / 20,
        }
        for n in range(minutes // 5)
    ]
    parts = {
        "klines": frame("bar__kline", [kline(n, 100 + n % 5) for n in range(minutes)]),
        "order_flow": frame(
            "order_flow",
            [
                {"interval": "1m", "open_time": START + n * MINUTE, "cvd": Decimal(2 * n)}
                for n in range(minutes)
            ],
        ),
        "vpin": frame("bar__vpin", vpin),
        "imbalance_bars": frame("bar__tick_imbalance", bars),
        "profile": frame("market_profile", levels),
        "gaps": frame("fair_value_gaps", [gap(20, 101, 103), gap(40, 98, 99, direction="bearish")]),
        "zones": frame(
            "supply_demand_zones", [zone(30, 97, 98), zone(60, 103, 104, kind="supply")]
        ),
    }
    return ChartData(
        instrument, "1m", Window(START, START + timedelta(days=days)), **(parts | frames)
    )


def empty_chart_data(instrument: str = "binance:spot:BTCUSDT") -> ChartData:
    return ChartData(
        instrument,
        "1m",
        Window.of_day(DAY),
        frame("bar__kline"),
        frame("order_flow"),
        frame("bar__vpin"),
        frame("bar__tick_imbalance"),
        frame("market_profile"),
        frame("fair_value_gaps"),
        frame("supply_demand_zones"),
    )
