"""Trades cut at windows and at days: the skeleton that every fold over trades in this package
shares.

Belongs here: which trades lie in which window. Does not: what an interval is (core/bars), what is
summed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.bars.intervals import interval_us, window_starts
from marketdata_platform.core.trades.trade_columns import TradeColumns
from marketdata_platform.core.window import US_PER_DAY, Window

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Trades `[offsets[k], offsets[k+1])` lie in the window that starts at `window_us[k]` and in
    one UTC day, `day[k]`.

    Windows up to a day are one piece each; longer ones have one per day. `counts`: trades in each
    row, empty where each row is one trade.
    """

    offsets: Ints
    window_us: Ints
    day: Ints
    counts: Ints

    def opens_window(self, before_us: int | None) -> Flags:
        """True for each piece that begins a window; `before_us`: start of the window before."""
        return _changes(self.window_us, before_us)

    def opens_day(self, before_us: int | None) -> Flags:
        """Which pieces begin a UTC day, when the last trade before was at `before_us`."""
        return _changes(self.day, None if before_us is None else before_us // US_PER_DAY)

    def windows(self) -> Pieces:
        """One piece per window, its days joined."""
        opens = self.opens_window(None)
        offsets = np.concatenate([self.offsets[:-1][opens], self.offsets[-1:]])
        return replace(self, offsets=offsets, window_us=self.window_us[opens], day=self.day[opens])


def pieces_of(columns: TradeColumns, session: str | Window) -> Pieces:
    """Cut trades at the windows of an interval, or keep one explicit window of them.

    Raises:
        InvalidInput: an unknown interval.
    """
    counts = np.empty(0, np.int64) if columns.count is None else columns.count
    if isinstance(session, Window):
        return _one_window(columns.ts, session, counts)
    step_us = interval_us(session)
    if 0 < step_us <= US_PER_DAY:
        offsets, window_us = _cut(columns.ts, step_us)
        return Pieces(offsets, window_us, window_us // US_PER_DAY, counts)
    offsets, day_us = _cut(columns.ts, US_PER_DAY)
    return Pieces(offsets, window_starts(session, day_us), day_us // US_PER_DAY, counts)


def _changes(values: Ints, before: int | None) -> Flags:
    flags = np.ones(len(values), np.bool_)
    flags[1:] = values[1:] != values[:-1]
    if before is not None:
        flags[:1] = values[:1] != before
    return flags


def _one_window(ts: Ints, window: Window, counts: Ints) -> Pieces:
    offsets = np.searchsorted(ts, [window.start_us, window.end_us])
    starts = np.array([window.start_us] if offsets[0] < offsets[1] else [], np.int64)
    return Pieces(offsets[: len(starts) + 1], starts, starts // US_PER_DAY, counts)


def _cut(ts: Ints, step_us: int) -> tuple[Ints, Ints]:
    from marketdata_platform.core.order_flow.kernels.flow import cut

    most = min(len(ts), int(ts[-1] - ts[0]) // step_us + 2) if len(ts) else 0
    offsets, starts = np.empty(most + 1, np.int64), np.empty(most, np.int64)
    pieces = cut(ts, step_us, offsets, starts)
    return offsets[: pieces + 1], starts[:pieces]
