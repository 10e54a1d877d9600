"""Supply and demand zones on closed candles, as a fold.

Belongs here: what a base, a departure and a zone are, and how a zone ends. Does not: ATR itself
(atr.py), making candles (core/bars/klines.py), days and storage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.bars.fold_state import StoredState, require_same_params
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.order_flow.atr import AtrState, average_true_range
from marketdata_platform.core.order_flow.candles import CandleColumns, Frame, candle_columns
from marketdata_platform.core.order_flow.rows import (
    NEVER,
    price_levels,
    same_text,
    texts,
    times,
    times_or_null,
)
from marketdata_platform.core.trades.trade_numbers import UNIT

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_STATUS = np.array(["fresh", "tested", "broken", "dropped"])


@dataclass(frozen=True, slots=True)
class ZoneParams:
    """What counts as a zone: `base_max` candles in a base, `base_range` and `departure_body` in
    ATRs, `max_live` zones.

    Raises:
        InvalidInput: when a value makes no sense. `departure_body` must be above `base_range`: no
            candle is both.
    """

    interval: str = "1m"
    atr_period: int = 14
    base_max: int = 6
    base_range: float = 0.8
    departure_body: float = 1.5
    max_live: int = 50

    def __post_init__(self) -> None:
        if min(self.atr_period, self.base_max, self.max_live) < 1:
            raise InvalidInput("atr_period, base_max and max_live must be 1 or more")
        if not 0 <= self.base_range < self.departure_body < float("inf"):
            raise InvalidInput(
                "base_range must be 0 or more and below departure_body, both in ATRs"
            )


@dataclass(frozen=True, slots=True)
class LiveZone:
    """A zone that still lives: prices ×1e8, times in microseconds; `direction` is 1 for demand, -1
    for supply.
    """

    detected_us: int
    direction: int
    lower: int
    upper: int
    base_start_us: int
    base_candles: int
    strength: float
    tested_us: int | None


@dataclass(frozen=True, slots=True)
class ZoneState(StoredState):
    """Where the fold stands: the ATR, the base so far as (open time, high, low), and the live zones
    in order.
    """

    params: ZoneParams
    last_open_us: int | None
    atr: AtrState
    base: tuple[tuple[int, int, int], ...]
    zones: tuple[LiveZone, ...]


def supply_demand_zones(
    candles: Frame, params: ZoneParams | None = None, state: ZoneState | None = None
) -> tuple[pl.DataFrame, ZoneState]:
    """Zones live at the start of the call and those found in it, as they stand after its last
    candle; and the state.

    Args:
        candles: closed candles (`open_time`, `open`, `high`, `low`, `close`), ascending, none given
            twice. Neighbours are neighbours in the frame: where windows without trades are left
            out, the next with trades follows.
        params: None means the defaults, on 1m candles.
        state: what the call on the candles before gave.

    Returns:
        Columns of dataset `supply_demand_zones` but `session_start`, in the order of its key. A
        zone that breaks or is dropped is in the frame of the call in which that happens and in no
        later one: over any cuts, the last row of each (`detected_at`, `kind`) equals that of one
        pass.

    Each candle is held against ATR(14) at its own close, the candle itself included. Base: the
    candles just before the departure with range ≤ 0.8·ATR; of a longer run its last 6. Departure:
    body ≥ 1.5·ATR. The zone is the base's high–low and is found when the departure closes. Later
    candles: one whose range touches the zone, edges included, tests it; one that closes beyond the
    far side (below a demand zone, above a supply zone) breaks it, tested or not. When a new zone
    makes more than `max_live`, the one with the least strength (of equals the oldest) is `dropped`;
    that may be the new one. Source: DEFINITIONS "Supply and demand zones".

    Raises:
        InvalidInput: candles that are malformed, or a state made with other parameters.
        TradesOutOfOrder: candles that are not in order or come before those of the state.
    """
    params = params or ZoneParams()
    before = state or ZoneState(params, None, AtrState(), (), ())
    require_same_params(before, params)
    columns = candle_columns(candles, params.interval, before.last_open_us)
    high, low, close = (values / UNIT for values in (columns.high, columns.low, columns.close))
    averages, atr = average_true_range(high, low, close, params.atr_period, before.atr)
    rows, strength, base = _follow(columns, averages, params, before)
    last_open_us = int(columns.open_us[-1]) if len(columns.open_us) else before.last_open_us
    after = ZoneState(before.params, last_open_us, atr, base, _live(rows, strength))
    return _frame(rows, strength, params), after


def _follow(
    columns: CandleColumns, averages: Floats, params: ZoneParams, before: ZoneState
) -> tuple[Ints, Floats, tuple[tuple[int, int, int], ...]]:
    from marketdata_platform.core.order_flow.kernels.zone import (
        FRESH,
        TESTED,
        ZONE_COLUMNS,
        follow_zones,
    )

    carried = len(before.zones)
    rows = np.zeros((carried + len(columns.open_us), ZONE_COLUMNS), np.int64)
    strength = np.zeros(len(rows))
    for place, z in enumerate(before.zones):
        edges = (z.detected_us, z.direction, z.lower, z.upper, z.base_start_us, z.base_candles)
        rows[place] = (
            (*edges, FRESH, NEVER, NEVER)
            if z.tested_us is None
            else (*edges, TESTED, z.tested_us, NEVER)
        )
        strength[place] = z.strength
    base = np.zeros((params.base_max, 3), np.int64)
    base[: len(before.base)] = np.array(before.base, np.int64).reshape(-1, 3)
    limits = (float(params.base_range), float(params.departure_body), params.max_live)
    used, length = follow_zones(
        columns.stacked(), averages, limits, base, len(before.base), rows, strength, carried
    )
    kept = tuple((open_us, high, low) for open_us, high, low in base[:length].tolist())
    return rows[:used], strength[:used], kept


def _frame(rows: Ints, strength: Floats, params: ZoneParams) -> pl.DataFrame:
    detected, direction, lower, upper, base_start, base_candles, status, tested, broken = rows.T
    return pl.DataFrame(
        {
            "interval": same_text(params.interval, len(rows)),
            "detected_at": times(detected),
            "kind": texts(np.where(direction > 0, "demand", "supply")),
            "lower": price_levels(lower),
            "upper": price_levels(upper),
            "base_start": times(base_start),
            "base_candles": base_candles,
            "strength": strength,
            "status": texts(_STATUS[status]),
            "tested_at": times_or_null(tested),
            "broken_at": times_or_null(broken),
        },
    )


def _live(rows: Ints, strength: Floats) -> tuple[LiveZone, ...]:
    from marketdata_platform.core.order_flow.kernels.zone import FRESH, STATUS, TESTED, TESTED_AT

    zones = []
    for row, size in zip(rows.tolist(), strength.tolist(), strict=True):
        if row[STATUS] in (FRESH, TESTED):
            detected, direction, lower, upper, base_start, base_candles = row[:6]
            tested = row[TESTED_AT] if row[STATUS] == TESTED else None
            zones.append(
                LiveZone(detected, direction, lower, upper, base_start, base_candles, size, tested)
            )
    return tuple(zones)
