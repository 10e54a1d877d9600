"""What orders pay: the path of the mid price, the levels that an order walks, and sizes on the lot
grid.

Belongs here: price impact and size laws, and the tables both are drawn from. Does not: when orders
come (flow.py).
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_Number = TypeVar("_Number", bound=np.generic)

_MINUTE_US = 60_000_000
# Share of orders after which the best price is another: most are absorbed by those who wait there.
_MOVING = 0.2


def look_up(table: NDArray[_Number], uniform: Floats) -> NDArray[_Number]:
    """Draws from a table of quantiles by uniform numbers in [0, 1)."""
    chosen: NDArray[Any] = table[(uniform * len(table)).astype(np.int64)]
    return chosen


def power_law(exponent: float, count: int = 8192) -> Floats:
    """Quantiles of a power law from 1 upwards: (1 - u)^-exponent, rounded as the other tables
    are.
    """
    share = 1.0 - (np.arange(count) + 0.5) / count
    return np.asarray(np.round(share**-exponent, 6), dtype=np.float64)


def _normal_quantiles(count: int) -> Floats:
    # Rounded far above the last bits in which one machine's logarithm differs from another's.
    law = NormalDist()
    return np.array([round(law.inv_cdf((i + 0.5) / count), 6) for i in range(count)])


def _size_quantiles(spread: float, count: int = 8192) -> Floats:
    """Quantiles of size / median: log-normal, with a power-law tail for the largest hundredth."""
    law = NormalDist()
    body = [
        round(2.718281828 ** (spread * law.inv_cdf((i + 0.5) / count)), 4) for i in range(count)
    ]
    cut = count - count // 100
    tail = [
        round(body[cut] / (1 - (i - cut + 0.5) / (count - cut)) ** 0.7, 4)
        for i in range(cut, count)
    ]
    return np.array(body[:cut] + tail)


NORMAL = _normal_quantiles(4096)


def mid_path(
    random: np.random.Generator,
    times_us: Ints,
    signs: Ints,
    place: Ints,
    heat: Floats,
    daily_move: float,
    ends: tuple[int, int],
) -> Floats:
    """Mid price in ticks at each order, from `ends[0]` to `ends[1]`, its roughness scaled to
    `daily_move` ticks.

    The n-th part of a split order moves the price by n^-0.75: impact is concave in what was traded,
    and the long memory of signs does not become a predictable price.
    """
    orders = len(times_us)
    draws = look_up(NORMAL, random.random(orders))
    root = np.sqrt(place)
    moves = random.random(orders) < _MOVING
    steps = (
        np.where(moves, 0.55 * signs / (root * np.sqrt(root)) + 0.8 * draws, 0.0)
        * heat[times_us // _MINUTE_US]
    )
    path = np.cumsum(steps)
    # Scaled by its own variation over blocks (sums by cumsum: its order of additions is the same
    # everywhere).
    knots = path[:: max(orders // 300, 1)]
    variation = float(np.sqrt(np.cumsum(np.diff(knots, prepend=0.0) ** 2)[-1])) or 1.0
    path = (path - path[0]) * (daily_move / variation)
    clock = np.arange(orders) / max(orders - 1, 1)
    return np.asarray(
        np.maximum(ends[0] + path + clock * (ends[1] - ends[0] - path[-1]), 2.0), dtype=np.float64
    )


def fill_levels(random: np.random.Generator, fills: Ints, level_gap: float) -> Ints:
    """Ticks beyond the best price for each fill: an order eats level after level, several makers
    wait on most.
    """
    total = int(fills.sum())
    starts = np.cumsum(fills) - fills
    deeper = random.random(total) < 0.4
    draws = random.random(total)
    steps = np.where(deeper, 1 + (draws * draws * 3 * (level_gap - 1) + 0.5).astype(np.int64), 0)
    steps[starts] = 0
    walked = np.cumsum(steps)
    beyond: Ints = walked - np.repeat(walked[starts], fills)
    return beyond


def lot_sizes(random: np.random.Generator, fills: Ints, median_lots: int, spread: float) -> Ints:
    """Size of each fill in lots, at least one; single fills are often round numbers, as people type
    them.
    """
    total = int(fills.sum())
    draws = look_up(_size_quantiles(spread), random.random(total))
    lots = np.maximum(draws * median_lots, 1.0).astype(np.int64)
    powers = 10 ** np.arange(12, dtype=np.int64)
    magnitude = powers[np.searchsorted(powers, lots, side="right") - 1]
    rounded = np.where(
        lots >= magnitude * 5,
        lots // magnitude * magnitude,
        np.maximum(lots * 2 // magnitude * magnitude // 2, 1),
    )
    typed = np.repeat(fills == 1, fills) & (random.random(total) < 0.3)
    return np.where(typed, rounded, lots)
