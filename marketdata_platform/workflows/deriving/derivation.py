"""What a derived dataset is to the walk over days: a fold with its parameters, and the input of one
day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

import polars as pl

from marketdata_platform.core.bars import fold_klines
from marketdata_platform.core.trades.trade_columns import TradeColumns, trade_columns
from marketdata_platform.core.window import Window

# Part of every fingerprint: raise it when a kernel's numbers change, and all that was derived is
# derived again.
KERNEL_VERSION = 1


class DayInput:
    """What a fold sees of one UTC day: its trades, and the stretches (`holes`) in which some may be
    missing.
    """

    def __init__(self, day: date, trades: pl.DataFrame, holes: tuple[Window, ...]) -> None:
        self.day, self.trades, self.holes = day, trades, holes
        self.window = Window.of_day(day)
        self._candles: dict[str, pl.DataFrame] = {}

    @cached_property
    def columns(self) -> TradeColumns:
        """The trades as the kernels read them, checked and ordered once for all datasets of the
        day.
        """
        return trade_columns(self.trades)

    def candles(self, interval: str) -> pl.DataFrame:
        """The day's candles, made once: every window of the day has closed by its end, which is
        when folds run.
        """
        if interval not in self._candles:
            made, _ = fold_klines(
                self.columns, interval, None, window=self.window, closed_until=self.window.end
            )
            self._candles[interval] = made
        return self._candles[interval]


Fold = Callable[[DayInput, bytes | None], tuple[pl.DataFrame, bytes]]


@dataclass(frozen=True, slots=True)
class Derivation:
    """One derived dataset of one instrument: `fold(day, state) -> (rows, state)`."""

    dataset: str
    fold: Fold
    params: str  # everything that the numbers depend on besides the trades
    sees_holes: bool = False  # whether rows depend on the holes of the day
    # Volume that a state holds in its open bar.
    held_volume: Callable[[bytes], Decimal] | None = None
    params_digest: str = field(init=False)

    def __post_init__(self) -> None:
        text = f"{KERNEL_VERSION}|{self.dataset}|{self.params}"
        object.__setattr__(self, "params_digest", hashlib.sha256(text.encode()).hexdigest()[:16])
