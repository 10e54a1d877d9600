"""Imbalance bars.

Definition: docs/definitions.md "Imbalance bars"; kernel: core/bars/imbalance.py.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
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
from marketdata_platform.core.datasets.derived.choices import Choices, Count
from marketdata_platform.core.datasets.derived.model import Derived, Fold
from marketdata_platform.core.datasets.model import FLOAT, TEXT, Column

if TYPE_CHECKING:
    import polars as pl

    from marketdata_platform.core.bars import ImbalanceParams
    from marketdata_platform.core.bars.day_input import DayInput
    from marketdata_platform.core.series_start import SeriesStart


@dataclass(frozen=True)
class ImbalanceChoices(Choices, section="imbalance", per_instrument=True):
    """Imbalance and run bars: `expected_ticks` is T0 of DEFINITIONS; spans are in bars and in
    trades.
    """

    expected_ticks: Count = 1_000
    span_bars: Count = 20
    span_ticks: Count = 1_000
    min_ticks: Count = 100
    max_ticks: Count = 10_000


def imbalance_params(
    kind: BarKind, choices: ImbalanceChoices, start: SeriesStart
) -> ImbalanceParams:
    """Parameters of imbalance and run bars of one kind.

    Raises:
        InvalidInput: when the choices contradict each other.
    """
    from marketdata_platform.core.bars import ImbalanceParams

    return ImbalanceParams(kind=kind, **asdict(choices))


def _step(
    day: DayInput, params: ImbalanceParams, state: bytes | None
) -> tuple[pl.DataFrame, bytes]:
    from marketdata_platform.core.bars import ImbalanceState, imbalance_bars

    before = ImbalanceState.from_bytes(state) if state else None
    rows, after = imbalance_bars(day.columns, params, before)
    return rows, after.to_bytes()


def _held_volume(state: bytes) -> Decimal:
    from marketdata_platform.core.bars import ImbalanceState

    return ImbalanceState.from_bytes(state).open_volume


def _imbalance(kind: BarKind) -> Derived:
    return bars(
        f"bar__{kind}_imbalance",
        f"{kind.capitalize()} imbalance bars (AFML 2.3.2.1): a bar closes when |θ| reaches "
        "E[T]·|E[x]|.",
        Column("imbalance", SUM_TYPE[kind], "θ at the close."),
        Column(
            "threshold",
            FLOAT,
            "E[T]·|E[x]| that θ was held against; null in the first bar.",
            nullable=True,
        ),
        Column("expected_ticks", FLOAT, "E[T] after the close."),
        Column("expected_imbalance", FLOAT, "E[x] after the close."),
        Column(
            "closed_by", TEXT, "What closed the bar.", allowed=("imbalance", "max_ticks", "warmup")
        ),
        formula=f"θ = Σ {ONE_TRADE[kind]};  "
        "a bar closes when T ≥ min_ticks and |θ| ≥ E[T]·|E[x]|, or T ≥ max_ticks",
        fold=Fold(
            choices=ImbalanceChoices,
            params=partial(imbalance_params, kind),
            step=_step,
            sees_gaps=False,
            held_volume=_held_volume,
        ),
    )


IMBALANCE_BARS = tuple(_imbalance(kind) for kind in BAR_KINDS)
