"""The compiled loop of atr.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import njit


@njit(cache=True, nogil=True)
def wilder(
    high: npt.NDArray[np.float64],
    low: npt.NDArray[np.float64],
    close: npt.NDArray[np.float64],
    period: int,
    carry: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """ATR after each candle; `carry` is (previous close or NaN, true ranges seen, sum or average),
    updated in place.
    """
    averages = np.empty(close.size)
    previous, seen, value = carry[0], carry[1], carry[2]
    for j in range(close.size):
        if previous == previous:
            span = high[j] - low[j]
            span = max(span, abs(previous - high[j]))
            span = max(span, abs(previous - low[j]))
            if seen < period:
                seen += 1.0
                value += span
                if seen == period:
                    value /= period
            else:
                value = (value * (period - 1) + span) / period
        previous = close[j]
        averages[j] = value if seen == period else np.nan
    carry[0], carry[1], carry[2] = previous, seen, value
    return averages
