"""Real and made-up candles for the tests of gaps and zones."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st

from marketdata_platform.core.datasets import dataset_named
from marketdata_platform_tests.core.bars.slow_reference import Trade
from marketdata_platform_tests.core.bars.trade_frames import START
from marketdata_platform_tests.core.order_flow.slow_reference import Candle, window_of

HOUR_US = 3_600_000_000
FIRST_HOUR = START - START % HOUR_US


def candle_frame(candles: Sequence[Candle]) -> pl.DataFrame:
    columns = {
        "open_time": pl.Series([c.ts for c in candles], dtype=pl.Int64).cast(
            pl.Datetime("us", "UTC")
        )
    }
    for name in ("open", "high", "low", "close"):
        columns[name] = pl.Series([getattr(c, name) for c in candles], dtype=pl.Decimal(18, 8))
    return pl.DataFrame(columns)


def candles_of(trades: Sequence[Trade], interval: str) -> list[Candle]:
    """Candles of real trades, windows without trades left out."""
    windows: dict[int, list[Decimal]] = {}
    for trade in trades:
        windows.setdefault(window_of(trade.ts, interval), []).append(trade.price)
    return [
        Candle(ts, prices[0], max(prices), min(prices), prices[-1])
        for ts, prices in windows.items()
    ]


@st.composite
def made_up_candles(draw: st.DrawFn, max_size: int = 60, prices: int = 40) -> list[Candle]:
    """Hourly candles on a coarse price grid (ties are common), some hours missing, long enough to
    outlive gaps.
    """
    out, ts = [], FIRST_HOUR
    shapes = st.tuples(
        st.sampled_from([1, 1, 1, 2, 9]), *[st.integers(1, prices)] * 2, *[st.integers(0, 3)] * 2
    )
    for hours, opened, close, above, below in draw(st.lists(shapes, max_size=max_size)):
        ts += hours * HOUR_US
        low = max(min(opened, close) - below, 1)
        values = (opened, max(opened, close) + above, low, close)
        out.append(Candle(ts, *(Decimal(v).scaleb(-1) for v in values)))
    return out


@st.composite
def calm_and_jumpy_candles(draw: st.DrawFn, max_size: int = 60) -> list[Candle]:
    """Hourly candles that drift in calm stretches and jump: bases and departures are common."""
    out, ts, price = [], FIRST_HOUR, 1_000
    for kind, move in draw(
        st.lists(st.tuples(st.integers(0, 9), st.integers(-9, 9)), max_size=max_size)
    ):
        ts += HOUR_US
        opened, price = price, max(price + move * (1 if kind < 6 else 6), 20)
        wick = abs(move) if kind < 3 else 0
        values = (opened, max(opened, price) + wick, min(opened, price) - wick, price)
        out.append(Candle(ts, *(Decimal(v).scaleb(-2) for v in values)))
    return out


def require_types(frame: pl.DataFrame, dataset: str) -> None:
    """Names, order, types and nullability are the dataset's, but for the session that the platform
    adds.
    """
    for field in dataset_named(dataset).arrow_schema:
        if field.name == "session_start" and dataset != "market_profile":
            assert field.name not in frame.columns
            continue
        expected = pl.DataFrame(pl.from_arrow(_empty(field))).schema[field.name]
        assert frame.schema[field.name] == expected, field.name
        assert field.nullable or frame[field.name].null_count() == 0, field.name
    names = [name for name in dataset_named(dataset).arrow_schema.names if name in frame.columns]
    assert frame.columns == names


def _empty(field: Any) -> Any:
    import pyarrow as pa

    return pa.schema([field]).empty_table()


def last_rows(frames: Sequence[pl.DataFrame], key: Sequence[str]) -> pl.DataFrame:
    """What a store keeps of several calls: the last row of each key, in the key's order."""
    return pl.concat(frames).unique(list(key), keep="last").sort(list(key))
