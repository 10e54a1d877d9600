"""Fair value gaps on closed candles, as a fold.

Belongs here: what a gap is and how it ends. Does not: making candles (core/bars/klines.py), days
and storage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from marketdata_platform.core.bars.fold_state import StoredState, require_same_params
from marketdata_platform.core.errors import InvalidInput
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
Unit = Literal["ticks", "bps", "price"]

_BPS = 10_000
_DIRECTIONS = ("bearish", "bullish")  # in the order of the rows: the dataset's key sorts so


@dataclass(frozen=True, slots=True)
class FairValueGapParams:
    """What counts as a gap.

    `min_size` is in `unit`: `price` (quote currency), `ticks` (of `tick`, which must then be given)
    or `bps` of the price that was jumped from: the edge that candle i−1 gives (lower of a bullish
    gap, upper of a bearish one).

    Raises:
        InvalidInput: when a value makes no sense.
    """

    interval: str = "1m"
    min_size: Decimal = Decimal(0)
    unit: Unit = "price"
    tick: Decimal | None = None
    expires_after: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        if self.unit not in ("ticks", "bps", "price"):
            raise InvalidInput(f"unit {self.unit!r} of min_size must be ticks, bps or price")
        if self.unit == "ticks" and (
            self.tick is None or not self.tick.is_finite() or self.tick <= 0
        ):
            raise InvalidInput(
                "min_size in ticks needs tick, the instrument's price step, above zero"
            )
        if not self.min_size.is_finite() or self.min_size < 0 or self.expires_after <= timedelta(0):
            raise InvalidInput(
                "min_size must be a number and not negative, and expires_after must be positive"
            )

    @property
    def life_us(self) -> int:
        """`expires_after` in microseconds."""
        return self.expires_after // timedelta(microseconds=1)

    def wide_enough(self, size: Ints, reference: Ints) -> npt.NDArray[np.bool_]:
        """Which gaps to keep; sizes and reference prices are integers times 1e8."""
        least = Fraction(self.min_size)
        if self.unit == "bps":
            up, down = least.numerator, least.denominator * _BPS
            pairs = zip(size.tolist(), reference.tolist(), strict=True)
            return np.fromiter((s * down >= up * r for s, r in pairs), np.bool_, len(size))
        least *= UNIT * (Fraction(self.tick) if self.unit == "ticks" and self.tick else 1)
        wide: npt.NDArray[np.bool_] = size >= min(
            -(-least.numerator // least.denominator), np.iinfo(np.int64).max
        )
        return wide


@dataclass(frozen=True, slots=True)
class LiveGap:
    """A gap that still lives: prices ×1e8, times in microseconds; `deepest` is how far price came
    back.
    """

    direction: str
    detected_us: int
    lower: int
    upper: int
    deepest: int
    touched_us: int | None


@dataclass(frozen=True, slots=True)
class FairValueGapState(StoredState):
    """Where the fold stands: the last open time, the last two candles as (high, low), and the live
    gaps in order.
    """

    params: FairValueGapParams
    last_open_us: int | None
    candles: tuple[tuple[int, int], ...]
    gaps: tuple[LiveGap, ...]


def fair_value_gaps(
    candles: Frame, params: FairValueGapParams | None = None, state: FairValueGapState | None = None
) -> tuple[pl.DataFrame, FairValueGapState]:
    """Gaps live at the start of the call and those found in it, as they stand after its last
    candle; and the state.

    Args:
        candles: closed candles (`open_time`, `open`, `high`, `low`, `close`), ascending, none given
            twice. Neighbours are neighbours in the frame: where windows without trades are left
            out, the next with trades follows.
        params: None means the defaults, on 1m candles.
        state: what the call on the candles before gave.

    Returns:
        Columns of dataset `fair_value_gaps` but `session_start`, in the order of its key. A gap
        that ends is in the
        frame of the call in which it ends and in no later one: over any cuts, the last row of each
        (`detected_at`, `direction`) equals that of one pass.

    Bullish: low[i+1] > high[i−1]; bearish: high[i+1] < low[i−1]; found when candle i+1 closes.
    Every later candle that closes at or before `expires_at` fills it from the near side; the one
    that reaches the far edge makes it `filled`. What is not filled by the first close at or after
    `expires_at` is `expired`.

    Raises:
        InvalidInput: candles that are malformed, or a state made with other parameters.
        TradesOutOfOrder: candles that are not in order or come before those of the state.
    """
    params = params or FairValueGapParams()
    before = state or FairValueGapState(params, None, (), ())
    require_same_params(before, params)
    columns = candle_columns(candles, params.interval, before.last_open_us)
    followed = [_follow(columns, params, before, direction) for direction in _DIRECTIONS]
    table = {name: np.concatenate([part[name] for part in followed]) for name in followed[0]}
    order = np.lexsort((table["bullish"], table["detected"]))
    table = {name: values[order] for name, values in table.items()}
    return _frame(table, params), _state_after(columns, before, table)


def _follow(  # noqa: PLR0914 - one fold over candles
    columns: CandleColumns, params: FairValueGapParams, before: FairValueGapState, direction: str
) -> dict[str, Ints]:
    """Rows of one direction. Bearish gaps are bullish ones with every price negated."""
    from marketdata_platform.core.order_flow.kernels.gap import follow_gaps

    bullish = direction == "bullish"
    high, low = (columns.high, columns.low) if bullish else (-columns.low, -columns.high)
    old = [g for g in before.gaps if g.direction == direction]
    carried = np.array([(g.lower, g.upper, g.deepest) for g in old], np.int64).reshape(-1, 3)
    earlier = np.array(before.candles, np.int64).reshape(-1, 2)
    earlier = earlier[:, 0] if bullish else -earlier[:, 1]
    if not bullish:
        carried = -carried[:, [1, 0, 2]]
    found_at, edges = _detect(high, low, earlier, params)
    lower, upper, deepest = np.concatenate([carried, edges]).T.copy()
    since = np.array([g.detected_us for g in old], np.int64)
    detected = np.concatenate([since, columns.close_us[found_at]])
    touched = np.full(len(lower), NEVER)
    touched[: len(old)] = [NEVER if g.touched_us is None else g.touched_us for g in old]
    ended = np.full(len(lower), NEVER)
    expires = detected + params.life_us
    fate = follow_gaps(low, columns.close_us, found_at, lower, expires, deepest, touched, ended)
    if not bullish:
        lower, upper, deepest = -upper, -lower, -deepest
    return {
        "bullish": np.full(len(lower), int(bullish)),
        "detected": detected,
        "lower": lower,
        "upper": upper,
        "deepest": deepest,
        "touched": touched,
        "filled": ended,
        "fate": fate,
    }


def _detect(high: Ints, low: Ints, earlier: Ints, params: FairValueGapParams) -> tuple[Ints, Ints]:
    """Candles at whose close a (bullish) gap is found, and its lower and upper edge and deepest
    price.

    `earlier` are the highs of the state's last candles, two at most.
    """
    missing = 2 - len(earlier)
    high_before = np.concatenate([earlier, high])[: max(len(low) - missing, 0)]
    upper = low[missing:]
    found = np.flatnonzero(upper > high_before)
    lower, upper = high_before[found], upper[found]
    kept = params.wide_enough(upper - lower, np.abs(lower))
    edges = np.stack([lower, upper, upper], axis=1)[kept]
    return found[kept] + missing, edges


def _frame(table: dict[str, Ints], params: FairValueGapParams) -> pl.DataFrame:
    from marketdata_platform.core.order_flow.kernels.gap import EXPIRED, FILLED

    size = table["upper"] - table["lower"]
    edge = np.where(table["bullish"] == 1, table["upper"], table["lower"])
    came_back = np.minimum(np.abs(edge - table["deepest"]), size)
    fate, touched = table["fate"], table["touched"] != NEVER
    status = np.select(
        [fate == FILLED, fate == EXPIRED, touched], ["filled", "expired", "partial"], "open"
    )
    return pl.DataFrame(
        {
            "interval": same_text(params.interval, len(size)),
            "detected_at": times(table["detected"]),
            "direction": texts(np.array(_DIRECTIONS)[table["bullish"]]),
            "lower": price_levels(table["lower"]),
            "upper": price_levels(table["upper"]),
            "size": price_levels(size),
            "filled_fraction": came_back.astype(np.float64) / size.astype(np.float64),
            "status": texts(status),
            "touched_at": times_or_null(table["touched"]),
            "filled_at": times_or_null(table["filled"]),
            "expires_at": times(table["detected"] + params.life_us),
        },
    )


def _state_after(
    columns: CandleColumns, before: FairValueGapState, table: dict[str, Ints]
) -> FairValueGapState:
    from marketdata_platform.core.order_flow.kernels.gap import LIVE

    live = table["fate"] == LIVE
    names = ("bullish", "detected", "lower", "upper", "deepest", "touched")
    rows = zip(*(table[name][live].tolist() for name in names), strict=True)
    gaps = tuple(
        LiveGap(_DIRECTIONS[b], at, lo, up, dp, None if t == NEVER else t)
        for b, at, lo, up, dp, t in rows
    )
    last = tuple(zip(columns.high[-2:].tolist(), columns.low[-2:].tolist(), strict=True))
    last_open_us = int(columns.open_us[-1]) if len(columns.open_us) else before.last_open_us
    return FairValueGapState(before.params, last_open_us, (before.candles + last)[-2:], gaps)
