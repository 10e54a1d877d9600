"""Kline intervals: names, lengths and the windows they cut time into.

Belongs here: epoch-aligned half-open UTC windows (weeks from Monday, months from the 1st). Does
not: trades, bars.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.interval_names import INTERVALS as INTERVALS
from marketdata_platform.core.window import US_PER_DAY, Window, from_us, to_us

Int64s = npt.NDArray[np.int64]

MONTH = "1M"

_UNIT_US = {
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": US_PER_DAY,
    "w": 7 * US_PER_DAY,
}
_MONDAY_US = 4 * US_PER_DAY  # 1970-01-05, the first Monday after the epoch


def require_interval(interval: str) -> str:
    """`interval` itself when it is one of `INTERVALS`.

    Raises:
        InvalidInput: when it is not; the message lists those there are.
    """
    if interval not in INTERVALS:
        raise InvalidInput(
            f"no interval is called {str(interval)[:20]!r}; there are: {' '.join(INTERVALS)}"
        )
    return interval


def interval_us(interval: str) -> int:
    """Length in microseconds; 0 for months, which have no one length."""
    require_interval(interval)
    return 0 if interval == MONTH else int(interval[:-1]) * _UNIT_US[interval[-1]]


def offset_us(interval: str) -> int:
    """Where the windows of `interval` start counting, in microseconds after the epoch."""
    return _MONDAY_US if interval == "1w" else 0


def window_bounds(interval: str, moment: datetime) -> Window:
    """The window of `interval` that holds `moment`."""
    start = int(window_starts(interval, np.array([to_us(moment)], np.int64))[0])
    return Window(
        from_us(start), from_us(int(window_ends(interval, np.array([start], np.int64))[0]))
    )


def window_starts(interval: str, times: Int64s) -> Int64s:
    """Start of the window that holds each time; microseconds in and out."""
    width, offset = interval_us(interval), offset_us(interval)
    if width:
        return (times - offset) // width * width + offset
    return _month_us(_months(times))


def window_ends(interval: str, starts: Int64s) -> Int64s:
    """End of each window by its start; microseconds in and out."""
    width = interval_us(interval)
    return starts + width if width else _month_us(_months(starts) + 1)


def window_edges(interval: str, first_us: int, last_us: int) -> Int64s:
    """Starts of all windows from the one with `first_us` in it to the one with `last_us`, and the
    last one's end.
    """
    ends = np.array([first_us, last_us], np.int64)
    width = interval_us(interval)
    if not width:
        months = _months(ends)
        return _month_us(np.arange(months[0], months[1] + 2))
    start, last = window_starts(interval, ends)
    return np.arange(start, last + width + 1, width, dtype=np.int64)


def nests(lower: str, higher: str) -> bool:
    """True if every window of `higher` is made of whole windows of `lower`."""
    low, high = interval_us(lower), interval_us(higher)
    if lower == higher:
        return True
    if not low:
        return False
    if not high:
        return US_PER_DAY % low == 0
    return high % low == 0 and (offset_us(higher) - offset_us(lower)) % low == 0


def _months(times: Int64s) -> Int64s:
    """Months since January 1970 of each time."""
    return times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)


def _month_us(months: Int64s) -> Int64s:
    return months.astype("datetime64[M]").astype("datetime64[us]").astype(np.int64)
