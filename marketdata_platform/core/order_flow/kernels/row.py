"""The compiled loop over kernel rows: what follows from buy, sell and other volume."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import njit
from marketdata_platform.core.numbers.int128 import add128, float128, sub128

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def totals(rows: Ints, buy: int) -> tuple[Ints, Ints, Floats, Floats]:
    """Volume and delta as words (n, 2), and buy/sell and (buy − sell)/(buy + sell), NaN where the
    divisor is zero.

    Each row holds the low and high words of buy, sell and other volume from column `buy` on.
    """
    n = rows.shape[0]
    volume, delta = np.empty((n, 2), np.int64), np.empty((n, 2), np.int64)
    ratio, imbalance = np.empty(n), np.empty(n)
    for i in range(n):
        buy_low, buy_high, sell_low, sell_high = (
            rows[i, buy],
            rows[i, buy + 1],
            rows[i, buy + 2],
            rows[i, buy + 3],
        )
        high, low = add128(buy_high, buy_low, sell_high, sell_low)
        delta[i, 1], delta[i, 0] = sub128(buy_high, buy_low, sell_high, sell_low)
        volume[i, 1], volume[i, 0] = add128(high, low, rows[i, buy + 5], rows[i, buy + 4])
        sold, both = float128(sell_high, sell_low), float128(high, low)
        ratio[i] = float128(buy_high, buy_low) / sold if sold > 0.0 else np.nan
        imbalance[i] = float128(delta[i, 1], delta[i, 0]) / both if both > 0.0 else np.nan
    return volume, delta, ratio, imbalance
