"""When taker orders arrive, how many trades each gives and which side it takes.

Belongs here: order flow with the facts that markets show: sessions, bursts that excite themselves,
order splitting (long memory of signs). Does not: prices and sizes (prices.py).

Only `Generator.random` is drawn from, and only additions, multiplications, square roots and table
look-ups follow: exponentials and logarithms differ in their last bits between processors, and one
bit is another trade.
"""

from __future__ import annotations

import numpy as np

from marketdata_platform.simulator.markets.prices import NORMAL, Floats, Ints, look_up, power_law

MINUTES = 1_440
_MINUTE_US = 60_000_000
_DAY_US = MINUTES * _MINUTE_US
# Relative activity per UTC hour: Asia, Europe and New York each open with a push; the US afternoon
# is the peak.
_SESSIONS = (
    1.35,
    1.2,
    0.95,
    0.8,
    0.7,
    0.66,
    0.75,
    1.05,
    1.25,
    1.0,
    0.9,
    0.95,
    1.2,
    1.75,
    2.2,
    1.95,
    1.6,
    1.3,
    1.15,
    1.1,
    0.95,
    0.75,
    0.65,
    0.9,
)
_STREAMS = 3  # split orders that are worked at the same time
# Orders that join a crowd move the price as little as late parts of a split order do.
_CROWD_PLACE = 25


def fills_per_order(random: np.random.Generator, trades: int) -> Ints:
    """Trades of each taker order, at least one, summing to `trades`: most give one, a few sweep
    dozens of levels.
    """
    table = np.minimum(power_law(0.725), 64.0).astype(np.int64)
    fills = look_up(table, random.random(trades))
    totals = np.cumsum(fills)
    last = int(np.searchsorted(totals, trades))
    exact: Ints = fills[: last + 1]
    exact[last] -= totals[last] - trades
    return exact


def intensity_by_minute(random: np.random.Generator, quiet_minutes: int) -> tuple[Floats, Floats]:
    """Relative intensity of each of the day's minutes (0: no trade at all), and its tilt to buying
    in -1..1.

    Sessions times a slow random regime times a few episodes (trends and jumps: short, busy,
    one-sided).
    """
    hours = np.array((*_SESSIONS, _SESSIONS[0]))
    minutes = np.arange(MINUTES)
    share = (minutes % 60) / 60.0
    activity = hours[minutes // 60] * (1 - share) + hours[minutes // 60 + 1] * share
    activity = activity * _regime(random)
    tilt = np.zeros(MINUTES)
    for _ in range(5 + int(random.random() * 5)):
        _add_episode(random, activity, tilt)
    for _ in range(quiet_minutes):
        # The quietest of a handful of minutes: silence comes when little happens.
        candidates = (random.random(12) * MINUTES).astype(np.int64)
        candidates = candidates[activity[candidates] > 0]
        if len(candidates):
            activity[candidates[np.argmin(activity[candidates])]] = 0.0
    return activity, tilt


def _regime(random: np.random.Generator) -> Floats:
    """A positive, clustered multiplier around 1 per minute: the square of a slow autoregression
    plus a fast one.
    """
    draws = look_up(NORMAL, random.random(2 * MINUTES)).tolist()
    slow = fast = 0.0
    out = np.empty(MINUTES)
    for minute in range(MINUTES):
        slow = 0.985 * slow + 0.172 * draws[2 * minute]
        fast = 0.7 * fast + 0.5 * draws[2 * minute + 1]
        level = 1.0 + 0.33 * slow + 0.26 * fast
        out[minute] = 0.12 + level * level * 0.8
    return out


def _add_episode(random: np.random.Generator, activity: Floats, tilt: Floats) -> None:
    start, kind, direction, strength = random.random(4).tolist()
    begin = int(start * (MINUTES - 60))
    length = 2 + int(5 * strength) if kind < 0.55 else 12 + int(45 * strength)
    fade = 1.0 - np.arange(length) / length
    lift = (3.0 if kind < 0.55 else 1.6) * (0.4 + strength)
    activity[begin : begin + length] *= 1.0 + lift * fade
    tilt[begin : begin + length] = (1.0 if direction < 0.5 else -1.0) * (0.25 + 0.3 * strength)


def order_times(random: np.random.Generator, orders: int, activity: Floats, busy: float) -> Ints:
    """Sorted times of `orders` orders in microseconds since midnight.

    Orders come in generations, as in a self-exciting (Hawkes) process: the first by the day's
    intensity, each next a moment after a random earlier one. All of it happens on a clock that
    stands still in minutes without activity.
    """
    active = np.flatnonzero(activity > 0)
    edges = np.concatenate(([0.0], np.cumsum(activity[active])))
    first = orders - int(orders * busy)
    position = np.searchsorted(edges, random.random(first) * edges[-1], side="right") - 1
    position = np.minimum(position, len(active) - 1)
    times = (position + random.random(first)) * _MINUTE_US
    delays = 400.0 * power_law(1.2)  # 0.4 ms to some 20 s, most below 2 ms
    end = float(len(active) * _MINUTE_US)
    while len(times) < orders:
        count = min(orders - len(times), max(len(times) // 2, 1))
        parents = times[(random.random(count) * len(times)).astype(np.int64)]
        children = parents + look_up(delays, random.random(count))
        times = np.concatenate((times, np.where(children < end, children, parents)))
    whole = np.minimum(np.sort(times), end - 1).astype(np.int64)
    on_the_wall: Ints = active[whole // _MINUTE_US] * _MINUTE_US + whole % _MINUTE_US
    return on_the_wall


def order_signs(random: np.random.Generator, times_us: Ints, tilt: Floats) -> tuple[Ints, Ints]:
    """Sign of every order (+1 buys) and its place, from 1, in the split order that it belongs to.

    Large orders are split into a power-law number of small ones of one sign (Lillo, Mike & Farmer
    2005), several are worked side by side: that gives signs their long memory. In a tilted minute
    the crowd joins one side.
    """
    orders = len(times_us)
    stream = (random.random(orders) * _STREAMS).astype(np.int64)
    signs = np.empty(orders, dtype=np.int64)
    place = np.empty(orders, dtype=np.int64)
    table = np.minimum(power_law(0.67), 1_500.0).astype(np.int64)
    for number in range(_STREAMS):
        mine = np.flatnonzero(stream == number)
        lengths = look_up(table, random.random(len(mine) + 1))
        directions = np.where(random.random(len(lengths)) < 0.5, 1, -1)
        starts = np.cumsum(lengths) - lengths
        signs[mine] = np.repeat(directions, lengths)[: len(mine)]
        place[mine] = (np.arange(lengths.sum()) - np.repeat(starts, lengths))[: len(mine)] + 1
    lean = tilt[times_us // _MINUTE_US]
    joins = random.random(orders) < np.abs(lean)
    return np.where(joins, np.where(lean > 0, 1, -1), signs), np.where(joins, _CROWD_PLACE, place)


__all__ = ["fills_per_order", "intensity_by_minute", "order_signs", "order_times"]
