"""Bars from trades: klines, imbalance and run bars, plain bars, VPIN. Numba is imported by the
first call, not here.
"""

from marketdata_platform.core.bars.fixed import FixedParams, FixedState, fixed_bars
from marketdata_platform.core.bars.imbalance import ImbalanceParams, ImbalanceState, imbalance_bars
from marketdata_platform.core.bars.intervals import INTERVALS, window_bounds
from marketdata_platform.core.bars.klines import KlineState, fold_klines, klines
from marketdata_platform.core.bars.rollup import roll_up
from marketdata_platform.core.bars.runs import RunState, run_bars
from marketdata_platform.core.bars.vpin import VpinParams, VpinState, vpin_buckets

__all__ = [
    "INTERVALS",
    "FixedParams",
    "FixedState",
    "ImbalanceParams",
    "ImbalanceState",
    "KlineState",
    "RunState",
    "VpinParams",
    "VpinState",
    "fixed_bars",
    "fold_klines",
    "imbalance_bars",
    "klines",
    "roll_up",
    "run_bars",
    "vpin_buckets",
    "window_bounds",
]
