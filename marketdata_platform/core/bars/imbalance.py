"""Tick, volume and dollar imbalance bars (López de Prado, Advances in Financial Machine Learning,
2018, 2.3.2.1).

Belongs here: parameters, state and the fold's Python side. Does not: the compiled loop
(kernels/imbalance.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
import polars as pl

from marketdata_platform.core.bars.bar_frame import (
    Floats,
    Ints,
    closed_by,
    head_columns,
    open_bar,
    path_columns,
    run_in_chunks,
    theta_series,
    words_from,
)
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
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.numbers.decimal_words import integers, words_of_integers

Kind = Literal["tick", "volume", "dollar"]
KINDS: tuple[Kind, ...] = ("tick", "volume", "dollar")
MAX_TICKS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ImbalanceParams:
    """How imbalance and run bars are cut.

    `expected_ticks`: trades in the first bar (T0). `span_bars`, `span_ticks`: spans of the moving
    averages of bar length and of x, α = 2/(span+1). `min_ticks`, `max_ticks`: the shortest and
    longest later bar, which keep thresholds from collapsing to one-trade bars or exploding.

    Raises:
        InvalidInput: when a value is not allowed; the message says what is.
    """

    kind: Kind
    expected_ticks: int = 1000
    span_bars: int = 20
    span_ticks: int = 1000
    min_ticks: int = 100
    max_ticks: int = 10_000

    def __post_init__(self) -> None:
        require_kind(self.kind)
        for name in ("expected_ticks", "span_bars", "span_ticks", "min_ticks", "max_ticks"):
            value = getattr(self, name)
            if type(value) is not int or not 1 <= value <= MAX_TICKS:
                raise InvalidInput(
                    f"{name} is {value!r}: it must be a whole number from 1 to {MAX_TICKS}"
                )
        if self.min_ticks > self.max_ticks:
            raise InvalidInput(f"min_ticks {self.min_ticks} is above max_ticks {self.max_ticks}")

    @property
    def settings(self) -> tuple[int, int, int, int, int, float, float]:
        """For the kernels: kind, units in 1, T0, min and max ticks, α of trades, α of bars."""
        weights = 2.0 / (self.span_ticks + 1.0), 2.0 / (self.span_bars + 1.0)
        kind = KINDS.index(self.kind)
        return kind, 10 ** (8 * kind), self.expected_ticks, self.min_ticks, self.max_ticks, *weights


@dataclass(frozen=True, slots=True)
class ImbalanceState(StoredState):
    """All that later bars depend on. Two equal states go on to equal bars."""

    params: ImbalanceParams
    bars: int = 0  # closed since the series' start
    seen: Seen = NOTHING_SEEN
    bar: OpenBar = EMPTY_BAR
    theta: int = 0  # θ in trades, or volume ×10⁸, or dollars ×10¹⁶
    expected_ticks: float = 0.0
    expected_imbalance: float = 0.0
    threshold: float | None = None  # None until the first bar has closed

    @property
    def open_volume(self) -> Decimal:
        """Volume of the trades after the last closed bar: Σ bar volume + this = Σ trade volume."""
        return decimal_of(self.bar.volume)


def imbalance_bars(
    trades: Trades, params: ImbalanceParams, state: ImbalanceState | None = None
) -> tuple[pl.DataFrame, ImbalanceState]:
    """Bars closed by `trades` (columns of `bar__{kind}_imbalance`), and the state to go on from.

    x is b, b·q or b·p·q. θ is summed exactly; for the comparison with the float64 threshold, and
    for E[x], exact values are rounded once to the nearest float64 (E[x] of the first bar: θ so
    rounded, / T0). E[x] and E[T] are evaluated as α·x + (1-α)·E, each operation rounded.
    DEFINITIONS "Imbalance bars". When |θ| reaches the threshold on the very trade that is the bar's
    `max_ticks`-th, it was closed by `imbalance`. Each row counts as one trade, aggregates too.

    Raises:
        TradesOutOfOrder: trades come before those that `state` has seen.
        InvalidInput: trades cannot be read, the state has other params, or Σp·q of a bar leaves
            DECIMAL(38, 16).
    """
    state = state or ImbalanceState(params)
    require_same_params(state, params)
    return _fold(fold_input(trades, state.seen), state)


def require_kind(kind: str) -> None:
    """Refuse what is not one of `KINDS` with InvalidInput."""
    if kind not in KINDS:
        raise InvalidInput(f"kind is {kind!r}: it must be one of {', '.join(KINDS)}")


def _fold(given: FoldInput, state: ImbalanceState) -> tuple[pl.DataFrame, ImbalanceState]:
    from marketdata_platform.core.bars.kernels import imbalance as kernel

    bar, theta = words_from(state.bar), words_of_integers([state.theta])[0]
    threshold = np.nan if state.threshold is None else state.threshold
    floats = np.array([state.expected_ticks, state.expected_imbalance, threshold])
    settings = state.params.settings

    def step(i: int, rows: Ints, f_rows: Floats) -> tuple[int, int]:
        done: tuple[int, int] = kernel.fold(
            settings, *given.arrays, i, (bar, theta, floats), (rows, f_rows)
        )
        return done

    rows, f_rows = run_in_chunks(step, len(given.columns), kernel.ROW_WORDS, 3)
    after = ImbalanceState(
        state.params,
        state.bars + len(rows),
        given.seen,
        open_bar(bar),
        integers(theta[None, :])[0],
        float(floats[kernel.EXPECTED_TICKS]),
        float(floats[kernel.EXPECTED_X]),
        None if np.isnan(floats[kernel.THRESHOLD]) else float(floats[kernel.THRESHOLD]),
    )
    kind = state.params.kind
    frame = pl.DataFrame(
        [
            *head_columns(rows, state.bars),
            theta_series("imbalance", kind, rows, kernel.THETA),
            *path_columns(f_rows, "expected_imbalance"),
            closed_by(rows[:, kernel.CLOSED_BY], ("imbalance", "max_ticks", "warmup")),
        ]
    )
    return frame, after
