"""The compiled loops of footprint.py and profile.py: volume per price level, and the value area
over levels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.compiled import inner, njit
from marketdata_platform.core.numbers.int128 import add128, less128, mul128

Ints = npt.NDArray[np.int64]
Signs = npt.NDArray[np.int8]

# Columns of a level's row, one cache line; 128-bit sums take two, low word first.
LEVEL, BUY, SELL, OTHER, TRADES = 0, 1, 3, 5, 7
ROW_WORDS = 8
_SPREAD = (
    -7046029254386353131
)  # 2^64 over the golden ratio, as int64: multiplying by it spreads neighbours (Knuth 6.4)


@inner
def _place(table: Ints, rows: Ints, first: int, level: int) -> int:
    """Where in the hash table the level is, or may go. Rows before `first` are of past windows:
    free places.
    """
    mask = table.size - 1
    place = ((level * _SPREAD) >> 32) & mask
    while table[place] >= first and rows[table[place], LEVEL] != level:
        place = (place + 1) & mask
    return place


@inner
def _table_for(rows: Ints, first: int, used: int, size: int) -> Ints:
    """A hash table of at least `size` (a power of two) places, a quarter full at most, of rows
    `first` to `used`.
    """
    while size < 4 * (used - first):
        size *= 2
    table = np.empty(size, np.int64)
    for place in range(size):
        table[place] = -1
    for row in range(first, used):
        table[_place(table, rows, first, rows[row, LEVEL])] = row
    return table


@inner
def _widest_gap(n: int) -> int:
    gap = 1
    while gap * 9 // 4 < n:
        gap = gap * 9 // 4 if gap > 1 else 4
    return gap


@inner
def _sort_by_level(rows: Ints, first: int, used: int) -> None:
    """Shell sort (gaps of Ciura 2001, then times 2.25) of keys and places, then one move of the
    rows.
    """
    n = used - first
    keys, places = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        keys[i], places[i] = rows[first + i, LEVEL], i
    gap = _widest_gap(n)
    while gap > 0:
        for i in range(gap, n):
            key, place, j = keys[i], places[i], i
            while j >= gap and keys[j - gap] > key:
                keys[j], places[j] = keys[j - gap], places[j - gap]
                j -= gap
            keys[j], places[j] = key, place
        gap = 0 if gap == 1 else max(gap * 4 // 9, 1)
    before = _copied(rows, first, used, n)
    for i in range(n):
        for word in range(ROW_WORDS):
            rows[first + i, word] = before[places[i], word]


@inner
def _copied(rows: Ints, first: int, used: int, room: int) -> Ints:
    """Rows `first` to `used` in an array of `room` rows."""
    copy = np.empty((room, ROW_WORDS), np.int64)
    for i in range(first, used):
        for word in range(ROW_WORDS):
            copy[i - first, word] = rows[i, word]
    return copy


@inner
def _add_trades(
    trades: tuple[Ints, Ints, Signs, Ints],
    start: int,
    end: int,
    tick: int,
    rows: Ints,
    table: Ints,
    first: int,
    used: int,
) -> tuple[int, int]:
    """Add trades from `start` on to the window's rows; (first trade not added, rows in use).

    Stops early when `rows` is full or `table` half full: the caller makes room and comes back. No
    array is replaced inside the loop, for Numba would then count references at every trade (20 ns
    each).
    """
    price, quantity, sign, count = trades
    room = min(rows.shape[0], first + table.size // 2)
    single = count.size == 0
    here, level = -1, 0
    for i in range(start, end):
        if here < 0 or price[i] < level or price[i] - level >= tick:
            level = price[i] - price[i] % tick
            place = _place(table, rows, first, level)
            here = table[place]
            if here < first:
                if used == room:
                    return i, used
                for word in range(ROW_WORDS):
                    rows[used, word] = 0
                rows[used, LEVEL] = level
                here, table[place] = used, used
                used += 1
        side = np.int64(sign[i])
        column = (
            OTHER - 3 * side * side - side
        )  # BUY, SELL or OTHER without a branch: sides cannot be predicted
        rows[here, column + 1], rows[here, column] = add128(
            rows[here, column + 1], rows[here, column], 0, quantity[i]
        )
        rows[here, TRADES] += 1 if single else count[i]
    return end, used


@njit(cache=True, nogil=True)
def level_rows(
    price: Ints, quantity: Ints, sign: Signs, count: Ints, offsets: Ints, tick: int, carried: Ints
) -> tuple[Ints, Ints]:
    """One row per traded level of each window, sorted by level, and where each window's rows end.

    Trades `offsets[w]` to `offsets[w+1]` are window w's; `count` is empty where each row is one
    trade; `carried` are rows that the first window has already.
    """
    none = int(
        np.int64(0)
    )  # a literal 0 is a type of its own: what takes it would be compiled twice
    used, first = carried.shape[0], none
    rows = _copied(carried, none, used, max(1024, 2 * used))
    table = _table_for(rows, first, used, 1024)
    ends = np.empty(offsets.size - 1, np.int64)
    for window in range(offsets.size - 1):
        i, end = offsets[window], offsets[window + 1]
        while i < end:
            if used == rows.shape[0]:
                rows = _copied(rows, none, used, 2 * used)
            if 2 * (used - first) >= table.size:
                table = _table_for(rows, first, used, table.size)
            i, used = _add_trades(
                (price, quantity, sign, count), i, end, tick, rows, table, first, used
            )
        _sort_by_level(rows, first, used)
        ends[window] = first = used
    return rows[:used], ends


@inner
def _point_of_control(level: Ints, volume: Ints) -> int:
    """The row with the most volume; of equals the nearest to the middle, then the lower."""
    best, twice_middle = 0, level[0] + level[-1]
    for i in range(1, level.size):
        more = less128(volume[best, 1], volume[best, 0], volume[i, 1], volume[i, 0])
        equal = volume[best, 1] == volume[i, 1] and volume[best, 0] == volume[i, 0]
        if more or (
            equal and abs(2 * level[i] - twice_middle) < abs(2 * level[best] - twice_middle)
        ):
            best = i
    return best


@inner
def _next_is_upper(level: Ints, volume: Ints, below: int, above: int, tick: int) -> bool:
    """Which traded level comes next into a value area between rows `below` and `above`, both
    outside of it.

    The rule goes level by level, and a level without trades counts as zero. Zero against volume:
    the side with volume. Zero against zero is a tie, so the upper side is walked until it reaches a
    traded level, without a change below: the same as one jump. At an end of the traded range the
    other side is all there is.
    """
    if above == level.size or below < 0:
        return bool(above < level.size)
    beside_above, beside_below = (
        level[above] - level[above - 1] == tick,
        level[below + 1] - level[below] == tick,
    )
    if not beside_above:
        return bool(not beside_below or (volume[below, 0] == 0 and volume[below, 1] == 0))
    less = less128(volume[above, 1], volume[above, 0], volume[below, 1], volume[below, 0])
    return bool(not beside_below or not less)


@njit(cache=True, nogil=True)
def value_area(
    level: Ints, volume: Ints, tick: int, share: int, whole: int
) -> tuple[int, int, int]:
    """Rows of the point of control, value area low and high of one session, to cover share/whole of
    its volume.

    `level` is ascending, `volume` int64 words of shape (n, 2), low word first.
    """
    poc = _point_of_control(level, volume)
    total_high, total_low = 0, 0
    for i in range(level.size):
        total_high, total_low = add128(total_high, total_low, volume[i, 1], volume[i, 0])
    need_high, need_low = mul128(total_high, total_low, 0, share)
    high, low = volume[poc, 1], volume[poc, 0]
    below, above = poc - 1, poc + 1
    while True:
        have_high, have_low = mul128(high, low, 0, whole)
        if not less128(have_high, have_low, need_high, need_low):
            return poc, below + 1, above - 1
        if _next_is_upper(level, volume, below, above, tick):
            high, low = add128(high, low, volume[above, 1], volume[above, 0])
            above += 1
        else:
            high, low = add128(high, low, volume[below, 1], volume[below, 0])
            below -= 1


@njit(cache=True, nogil=True)
def value_areas(level: Ints, volume: Ints, ends: Ints, tick: int, share: int, whole: int) -> Ints:
    """`value_area` of every session: rows (poc, low, high) as places in `level`; session k ends at
    `ends[k]`.
    """
    areas = np.empty((ends.size, 3), np.int64)
    first = 0
    for session in range(ends.size):
        end = ends[session]
        poc, low, high = value_area(level[first:end], volume[first:end], tick, share, whole)
        areas[session, 0], areas[session, 1], areas[session, 2] = (
            first + poc,
            first + low,
            first + high,
        )
        first = end
    return areas
