"""The compiled loop of zones.py: bases, departures and what becomes of the zones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import inner, njit
from marketdata_platform.core.order_flow.rows import NEVER

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

FRESH, TESTED, BROKEN, DROPPED = 0, 1, 2, 3
# Columns of a zone row and of a base row.
DETECTED, DIRECTION, LOWER, UPPER, BASE_START, BASE_CANDLES, STATUS, TESTED_AT, BROKEN_AT = range(9)
ZONE_COLUMNS = 9
OPEN_US, HIGH, LOW = 0, 1, 2
_UNITS = 1e8


@inner
def _judge(
    zones: Ints, live: Ints, count: int, high: int, low: int, close: int, close_us: int
) -> int:
    """Hold one candle against the live zones; how many stay live."""
    kept = 0
    for place in range(count):
        zone = live[place]
        if (
            zones[zone, TESTED_AT] == NEVER
            and low <= zones[zone, UPPER]
            and high >= zones[zone, LOWER]
        ):
            zones[zone, TESTED_AT] = close_us
            zones[zone, STATUS] = TESTED
        beyond = (
            close < zones[zone, LOWER] if zones[zone, DIRECTION] > 0 else close > zones[zone, UPPER]
        )
        if beyond:
            zones[zone, BROKEN_AT] = close_us
            zones[zone, STATUS] = BROKEN
        else:
            live[kept] = zone
            kept += 1
    return kept


@inner
def _drop_weakest(zones: Ints, strength: Floats, live: Ints, count: int) -> int:
    """Take the weakest live zone out, of equals the oldest; how many stay live."""
    weakest = 0
    for place in range(1, count):
        if strength[live[place]] < strength[live[weakest]]:
            weakest = place
    zones[live[weakest], STATUS] = DROPPED
    for place in range(weakest, count - 1):
        live[place] = live[place + 1]
    return count - 1


@inner
def _open_zone(zone: Ints, base: Ints, length: int, close_us: int, rise: int) -> None:
    """Write a fresh zone over the base's highs and lows."""
    zone[DETECTED], zone[DIRECTION] = close_us, 1 if rise > 0 else -1
    zone[LOWER], zone[UPPER] = base[0, LOW], base[0, HIGH]
    for k in range(1, length):
        zone[LOWER] = min(zone[LOWER], base[k, LOW])
        zone[UPPER] = max(zone[UPPER], base[k, HIGH])
    zone[BASE_START], zone[BASE_CANDLES] = base[0, OPEN_US], length
    zone[STATUS], zone[TESTED_AT], zone[BROKEN_AT] = FRESH, NEVER, NEVER


@inner
def _lengthen(base: Ints, length: int, open_us: int, high: int, low: int) -> int:
    """Put a candle at the base's end, pushing the oldest out of a full one; the new length."""
    if length == base.shape[0]:
        for k in range(length - 1):
            for word in range(3):
                base[k, word] = base[k + 1, word]
        length -= 1
    base[length, OPEN_US], base[length, HIGH], base[length, LOW] = open_us, high, low
    return length + 1


@njit(cache=True, nogil=True)
def follow_zones(
    candles: Ints,
    averages: Floats,
    limits: tuple[float, float, int],
    base: Ints,
    length: int,
    zones: Ints,
    strength: Floats,
    carried: int,
) -> tuple[int, int]:
    """Find zones and follow them; (rows of `zones` in use, candles in the base at the end).

    `candles` rows: open time, close time, open, high, low, close. `limits`: base range and
    departure body in ATRs, live zones at most. The first `carried` zones are live from before;
    `base`, `zones` and `strength` are updated in place.
    """
    base_range, departure_body, max_live = limits
    live = np.empty(max(max_live + 1, carried), np.int64)
    for zone in range(carried):
        live[zone] = zone
    used, count = carried, carried
    for j in range(candles.shape[0]):
        open_us, close_us, opened = candles[j, 0], candles[j, 1], candles[j, 2]
        high, low, close = candles[j, 3], candles[j, 4], candles[j, 5]
        count = _judge(zones, live, count, high, low, close, close_us)
        average = averages[j]
        body = abs(close - opened) / _UNITS
        if length > 0 and body > 0.0 and body >= departure_body * average:
            _open_zone(zones[used], base, length, close_us, close - opened)
            strength[used] = body / average
            live[count] = used
            used, count, length = used + 1, count + 1, 0
            if count > max_live:
                count = _drop_weakest(zones, strength, live, count)
        elif (high - low) / _UNITS <= base_range * average:
            length = _lengthen(base, length, open_us, high, low)
        else:
            length = 0
    return used, length
