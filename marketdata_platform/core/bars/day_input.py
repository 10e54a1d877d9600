"""One UTC day of trades as folds see it: checked, ordered and turned into candles once for all of
them.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property

import polars as pl

from marketdata_platform.core.bars.klines import fold_klines
from marketdata_platform.core.trades.trade_columns import TradeColumns, trade_columns
from marketdata_platform.core.window import Window


class DayInput:
    """What a fold sees of one UTC day: its trades, and the stretches (`gaps`) in which some may be
    missing.
    """

    def __init__(self, day: date, trades: pl.DataFrame, gaps: tuple[Window, ...]) -> None:
        self.day, self.trades, self.gaps = day, trades, gaps
        self.window = Window.of_day(day)
        self._candles: dict[str, pl.DataFrame] = {}

    @cached_property
    def columns(self) -> TradeColumns:
        """The trades as kernels read them, checked and ordered once for all datasets of the day."""
        return trade_columns(self.trades)

    def candles(self, interval: str) -> pl.DataFrame:
        """The day's candles of `interval`, made once. All are closed: folds run when the day is
        over.
        """
        if interval not in self._candles:
            made, _ = fold_klines(
                self.columns, interval, None, window=self.window, closed_until=self.window.end
            )
            self._candles[interval] = made
        return self._candles[interval]

    def as_of_its_end(self, rows: pl.DataFrame) -> pl.DataFrame:
        """`rows` with the day's start as `session_start`: how structures stood at the day's end."""
        start = pl.lit(self.window.start).dt.cast_time_unit("us").alias("session_start")
        return rows.with_columns(start)
