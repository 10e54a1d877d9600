"""Tick, volume and dollar run bars (López de Prado, Advances in Financial Machine Learning, 2018,
2.3.2.2).

Belongs here: state and the fold's Python side. Does not: parameters (imbalance.py), the loop
(kernels/runs.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

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
from marketdata_platform.core.bars.imbalance import ImbalanceParams
from marketdata_platform.core.numbers.decimal_words import integers, words_of_integers


@dataclass(frozen=True, slots=True)
class RunState(StoredState):
    """All that later bars depend on. Two equal states go on to equal bars."""

    params: ImbalanceParams
    bars: int = 0  # closed since the series' start
    seen: Seen = NOTHING_SEEN
    bar: OpenBar = EMPTY_BAR
    buy_sum: int = 0  # Σ|x| of the open bar's buys in trades, or volume ×10⁸, or dollars ×10¹⁶
    sell_sum: int = 0
    expected_ticks: float = 0.0
    expected_buy: float = 0.0  # a trade
    expected_sell: float = 0.0
    threshold: float | None = None  # None until the first bar has closed

    @property
    def open_volume(self) -> Decimal:
        """Volume of the trades after the last closed bar: Σ bar volume + this = Σ trade volume."""
        return decimal_of(self.bar.volume)


def run_bars(
    trades: Trades, params: ImbalanceParams, state: RunState | None = None
) -> tuple[pl.DataFrame, RunState]:
    """Bars closed by `trades` (columns of `bar__{kind}_run`), and the state to go on from.

    By analogy with imbalance bars, with |x| = 1, q or p·q:
    1. The first bar is the first T0 trades. Then `E[buy]` = Σ|x| of its buys / T0, `E[sell]`
       likewise, `E[T] = T0`.
    2. For every later trade, in this order: its |x| is added to the sum of its side; `T += 1`;
       `E[buy] = α(span_ticks)·|x|·1[b = +1] + (1-α)·E[buy]`, `E[sell]` with `1[b = -1]`; `θ` = the
       larger sum; the bar closes when `T >= min_ticks and θ >= threshold` (`run`), or when `T >=
       max_ticks`.
    3. On every close, the first included: `E[T]` as for imbalance bars; `threshold =
       E[T]·max(E[buy], E[sell])`, fixed for the whole next bar; both sums and T start from 0.
    E[T]·max(E[buy], E[sell]) is the book's E[T]·max(P[buy]·E[v|buy], (1-P[buy])·E[v|sell]). A trade
    without a sign (b = 0) adds to neither sum. Sums are exact, floats as in `imbalance_bars`.
    `expected_run` = max(E[buy], E[sell]).

    Raises:
        TradesOutOfOrder: trades come before those that `state` has seen.
        InvalidInput: trades cannot be read, the state has other params, or Σp·q of a bar leaves
            DECIMAL(38, 16).
    """
    state = state or RunState(params)
    require_same_params(state, params)
    return _fold(fold_input(trades, state.seen), state)


def _fold(given: FoldInput, state: RunState) -> tuple[pl.DataFrame, RunState]:
    from marketdata_platform.core.bars.kernels import runs as kernel

    bar, sums = (
        words_from(state.bar),
        words_of_integers([state.buy_sum, state.sell_sum]).reshape(-1),
    )
    threshold = np.nan if state.threshold is None else state.threshold
    floats = np.array([state.expected_ticks, state.expected_buy, threshold, state.expected_sell])
    settings = state.params.settings

    def step(i: int, rows: Ints, f_rows: Floats) -> tuple[int, int]:
        done: tuple[int, int] = kernel.fold(
            settings, *given.arrays, i, (bar, sums, floats), (rows, f_rows)
        )
        return done

    rows, f_rows = run_in_chunks(step, len(given.columns), kernel.ROW_WORDS, 3)
    buy_sum, sell_sum = integers(sums.reshape(2, 2))
    after = RunState(
        state.params,
        state.bars + len(rows),
        given.seen,
        open_bar(bar),
        buy_sum,
        sell_sum,
        float(floats[kernel.EXPECTED_TICKS]),
        float(floats[kernel.EXPECTED_BUY]),
        float(floats[kernel.EXPECTED_SELL]),
        None if np.isnan(floats[kernel.THRESHOLD]) else float(floats[kernel.THRESHOLD]),
    )
    columns = [
        *head_columns(rows, state.bars),
        theta_series("run", state.params.kind, rows, kernel.RUN),
        *path_columns(f_rows, "expected_run"),
        closed_by(rows[:, kernel.CLOSED_BY], ("run", "max_ticks", "warmup")),
    ]
    return pl.DataFrame(columns), after
