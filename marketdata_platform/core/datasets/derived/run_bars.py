"""Run bars. Definition: docs/definitions.md "Imbalance bars"; kernel: core/bars/runs.py."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from marketdata_platform.core.datasets.derived.bar_family import (
    BAR_KINDS,
    ONE_TRADE,
    SUM_TYPE,
    BarKind,
    bars,
)
from marketdata_platform.core.datasets.derived.imbalance_bars import (
    ImbalanceChoices,
    imbalance_params,
)
from marketdata_platform.core.datasets.derived.model import Derived, Fold
from marketdata_platform.core.datasets.model import FLOAT, TEXT, Column

if TYPE_CHECKING:
    import polars as pl

    from marketdata_platform.core.bars import ImbalanceParams
    from marketdata_platform.core.bars.day_input import DayInput


def _step(
    day: DayInput, params: ImbalanceParams, state: bytes | None
) -> tuple[pl.DataFrame, bytes]:
    from marketdata_platform.core.bars import RunState, run_bars

    before = RunState.from_bytes(state) if state else None
    rows, after = run_bars(day.columns, params, before)
    return rows, after.to_bytes()


def _held_volume(state: bytes) -> Decimal:
    from marketdata_platform.core.bars import RunState

    return RunState.from_bytes(state).open_volume


def _run(kind: BarKind) -> Derived:
    return bars(
        f"bar__{kind}_run",
        f"{kind.capitalize()} run bars (AFML 2.3.2.2): closes when the larger one-sided sum is as "
        "large as expected.",
        Column(
            "run",
            SUM_TYPE[kind],
            "θ at the close: the larger of the buys' and the sells' sum of |x|.",
        ),
        Column(
            "threshold",
            FLOAT,
            "Expectation that θ was held against; null in the first bar.",
            nullable=True,
        ),
        Column("expected_ticks", FLOAT, "E[T] after the close."),
        Column(
            "expected_run",
            FLOAT,
            "max(E[buy part of |x|], E[sell part of |x|]) per trade, after the close.",
        ),
        Column("closed_by", TEXT, "What closed the bar.", allowed=("run", "max_ticks", "warmup")),
        formula=f"θ = max(Σ|x| of buys, Σ|x| of sells), x = {ONE_TRADE[kind]};  "
        "a bar closes when θ ≥ E[T]·max(E[buy |x|], E[sell |x|])",
        fold=Fold(
            choices=ImbalanceChoices,
            params=partial(imbalance_params, kind),
            step=_step,
            sees_gaps=False,
            held_volume=_held_volume,
        ),
    )


RUN_BARS = tuple(_run(kind) for kind in BAR_KINDS)
