"""Plain tick, volume and dollar bars: a bar closes with the trade that brings its sum to a
constant; no trade is split.

Belongs here: parameters, state and the fold's Python side. Does not: the compiled loop
(kernels/fixed.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

import polars as pl

from marketdata_platform.core.bars.bar_frame import (
    Floats,
    Ints,
    head_columns,
    open_bar,
    run_in_chunks,
    words_from,
)
from marketdata_platform.core.bars.bar_words import BAR_WORDS
from marketdata_platform.core.bars.fold_input import (
    NOTHING_SEEN,
    FoldInput,
    Seen,
    Trades,
    fold_input,
)
from marketdata_platform.core.bars.fold_state import (
    EMPTY_BAR,
    OpenBar,
    StoredState,
    decimal_of,
    require_same_params,
)
from marketdata_platform.core.bars.imbalance import KINDS, Kind, require_kind
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.numbers.decimal_words import words_of_integers

_LARGEST = Decimal(10**21)  # quote units: what a bar's DECIMAL(38, 16) holds with room to spare


@dataclass(frozen=True, slots=True)
class FixedParams:
    """`size`: trades, Σq or Σp·q at which a bar closes, by `kind`. Above 0, at most 10^21; whole
    for `tick`.

    Raises:
        InvalidInput: when a value is not allowed; the message says what is.
    """

    kind: Kind
    size: Decimal | int

    def __post_init__(self) -> None:
        require_kind(self.kind)
        if not isinstance(self.size, Decimal) and type(self.size) is not int:
            raise InvalidInput(
                f"size is {self.size!r}: it must be a Decimal or an int, floats are not exact"
            )
        size = Decimal(self.size)
        if not size.is_finite() or not 0 < size <= _LARGEST or (self.kind == "tick" and size % 1):
            raise InvalidInput(
                f"size is {self.size}: it must be above 0, at most 10^21, and whole for tick bars"
            )

    @property
    def units(self) -> int:
        """The size in trades, volume ×10⁸ or dollars ×10¹⁶, rounded up: sums are whole, so
        comparing is exact.
        """
        units: int = ceil(Fraction(self.size) * 10 ** (8 * KINDS.index(self.kind)))
        return units


@dataclass(frozen=True, slots=True)
class FixedState(StoredState):
    """All that later bars depend on. Two equal states go on to equal bars."""

    kind: Kind
    units: int  # FixedParams.units
    bars: int = 0  # closed since the series' start
    seen: Seen = NOTHING_SEEN
    bar: OpenBar = EMPTY_BAR

    @property
    def params(self) -> tuple[Kind, int]:
        """What must be the same from call to call."""
        return self.kind, self.units

    @property
    def open_volume(self) -> Decimal:
        """Volume of the trades after the last closed bar: Σ bar volume + this = Σ trade volume."""
        return decimal_of(self.bar.volume)


def fixed_bars(
    trades: Trades, params: FixedParams, state: FixedState | None = None
) -> tuple[pl.DataFrame, FixedState]:
    """Bars closed by `trades` (columns of `bar__tick`, `bar__volume` or `bar__dollar`), and the
    state to go on from.

    The trade that reaches `size` belongs to the bar whole, and the next bar starts from 0 (AFML
    2.3.1).

    Raises:
        TradesOutOfOrder: trades come before those that `state` has seen.
        InvalidInput: trades cannot be read, the state has other params, or Σp·q of a bar leaves
            DECIMAL(38, 16).
    """
    state = state or FixedState(params.kind, params.units)
    require_same_params(state, (params.kind, params.units))
    return _fold(fold_input(trades, state.seen), state)


def _fold(given: FoldInput, state: FixedState) -> tuple[pl.DataFrame, FixedState]:
    from marketdata_platform.core.bars.kernels import fixed as kernel

    bar = words_from(state.bar)
    low, high = words_of_integers([state.units])[0].tolist()
    settings = (KINDS.index(state.kind), high, low)

    def step(i: int, rows: Ints, f_rows: Floats) -> tuple[int, int]:
        done: tuple[int, int] = kernel.fold(settings, *given.arrays, i, bar, rows)
        return done

    rows, _ = run_in_chunks(step, len(given.columns), BAR_WORDS, 0)
    after = FixedState(state.kind, state.units, state.bars + len(rows), given.seen, open_bar(bar))
    return pl.DataFrame(head_columns(rows, state.bars)), after
