"""Candles as plain integer columns: what the kernels for gaps and zones take.

Belongs here: reading and checking a frame of candles. Does not: making candles
(core/bars/klines.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from marketdata_platform.core.bars.intervals import window_ends
from marketdata_platform.core.errors import InvalidInput, TradesOutOfOrder
from marketdata_platform.core.trades.trade_numbers import scaled_integers
from marketdata_platform.core.window import from_us

Ints = npt.NDArray[np.int64]
Frame: TypeAlias = pl.DataFrame | pa.Table | pa.RecordBatch

_PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class CandleColumns:
    """Candles in order of time, one element each: times in microseconds, prices as integers times
    1e8.
    """

    open_us: Ints
    close_us: Ints  # end of the window, exclusive: open time + interval
    open: Ints
    high: Ints
    low: Ints
    close: Ints

    def stacked(self) -> Ints:
        """All columns as one array of shape (n, 6)."""
        return np.stack(
            [self.open_us, self.close_us, self.open, self.high, self.low, self.close], axis=1
        )


def candle_columns(candles: Frame, interval: str, last_open_us: int | None) -> CandleColumns:
    """Read candles of one interval: `open_time` (UTC Datetime, or int64 µs), `open`, `high`, `low`,
    `close`.

    Prices are Decimal, integer or float (floats are rounded to 8 decimals). Where there is an
    `interval` column, every row must have `interval`.

    Raises:
        InvalidInput: a column is missing or has another type, a price cannot be used, high or low
            is not the highest or lowest price, or the interval is unknown or another one.
        TradesOutOfOrder: open times do not ascend, or the first is not after `last_open_us`.
    """
    frame: pl.DataFrame = (
        candles if isinstance(candles, pl.DataFrame) else pl.DataFrame(pl.from_arrow(candles))
    )
    missing = [name for name in ("open_time", *_PRICES) if name not in frame.columns]
    if missing:
        raise InvalidInput(
            f"candles have no column {', '.join(missing)}: they need open_time, "
            f"{', '.join(_PRICES)}"
        )
    if "interval" in frame.columns and not (frame["interval"] == interval).all():
        others = frame["interval"].unique().sort().to_list()
        raise InvalidInput(
            f"candles of {others} cannot be read as {interval}: filter one interval first"
        )
    open_us = _times(frame["open_time"], last_open_us)
    prices = [np.ascontiguousarray(scaled_integers(frame[name])) for name in _PRICES]
    _check_prices(open_us, *prices)
    return CandleColumns(open_us, window_ends(interval, open_us), *prices)


def _times(series: pl.Series, last_open_us: int | None) -> Ints:
    utc = isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone == "UTC"
    if not (utc or series.dtype == pl.Int64) or series.null_count():
        raise InvalidInput(
            f"open_time is {series.dtype}: it must be a UTC Datetime or Int64 microseconds, "
            "without nulls"
        )
    open_us: Ints = (
        (series.dt.cast_time_unit("us") if utc else series).rechunk().to_physical().to_numpy()
    )
    before = (
        open_us[:-1] if last_open_us is None else np.concatenate([[last_open_us], open_us[:-1]])
    )
    late = np.flatnonzero(open_us[len(open_us) - len(before) :] <= before)
    if len(late):
        row = int(late[0]) + len(open_us) - len(before)
        after = (
            f"{from_us(int(open_us[row])).isoformat()} does not come after "
            f"{from_us(int(before[late[0]])).isoformat()}"
        )
        raise TradesOutOfOrder(
            f"candle {row} at {after}: give each candle once, in order, after those of the state"
        )
    return open_us


def _check_prices(open_us: Ints, opened: Ints, high: Ints, low: Ints, close: Ints) -> None:
    wrong = np.flatnonzero((high < np.maximum(opened, close)) | (low > np.minimum(opened, close)))
    if len(wrong):
        at = from_us(int(open_us[wrong[0]])).isoformat()
        raise InvalidInput(
            f"candle {int(wrong[0])} at {at}: high is not its highest or low not its lowest price"
        )
