"""Bars from trades: klines, imbalance and run bars, plain bars, VPIN. Numba is imported by the first call, not here."""

from marketdata_platform.core.bars.intervals import INTERVALS, window_bounds
from marketdata_platform.core.bars.klines import KlineState, fold_klines, klines
from marketdata_platform.core.bars.rollup import roll_up

__all__ = ["INTERVALS", "KlineState", "fold_klines", "klines", "roll_up", "window_bounds"]
