"""Average true range: Wilder's smoothing, as a fold. Equal to TA-Lib's ATR.

Belongs here: ATR and its state. Does not: what is judged by it (zones.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AtrState:
    """Where the average stands.

    `close` of the last candle (None before the first), true ranges `seen` (counted up to the period
    only), and in `value` their sum so far, or the average once there are as many as the period.
    """

    close: float | None = None
    seen: int = 0
    value: float = 0.0


def average_true_range(
    high: Floats, low: Floats, close: Floats, period: int = 14, state: AtrState | None = None
) -> tuple[Floats, AtrState]:
    """ATR after each candle (NaN before there are `period` true ranges), and the state to go on
    from.

    True range = the largest of high − low, |high − previous close|, |low − previous close|; the
    series' first candle has none. The first average is the plain mean of `period` true ranges, then
    `(previous·(period−1) + range) / period` (Wilder 1978): the operations of TA-Lib, in its order.
    Its 0.8.1 build rounds some of them otherwise, so equality with it holds to the 15th digit.
    """
    from marketdata_platform.core.order_flow.kernels.atr import wilder

    before = state or AtrState()
    carry = np.array([np.nan if before.close is None else before.close, before.seen, before.value])
    averages = wilder(high, low, close, period, carry)
    if not len(close):
        return averages, before
    return averages, AtrState(float(carry[0]), int(carry[1]), float(carry[2]))
