"""Plain tick, volume and dollar bars. Kernel: core/bars/fixed.py."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from marketdata_platform.core.datasets.derived.bar_family import BarKind, bars
from marketdata_platform.core.datasets.derived.choices import AmountOrAuto, Choices, Count
from marketdata_platform.core.datasets.derived.model import Fold

if TYPE_CHECKING:
    import polars as pl

    from marketdata_platform.core.bars import FixedParams
    from marketdata_platform.core.bars.day_input import DayInput
    from marketdata_platform.core.series_start import SeriesStart


@dataclass(frozen=True)
class PlainBarChoices(Choices, section="bars", per_instrument=True):
    """Plain bars: trades, volume and Σp·q of a bar; `auto` is a 50th of the series' first UTC
    day.
    """

    ticks: Count = 1_000
    volume: AmountOrAuto = "auto"
    dollars: AmountOrAuto = "auto"

    def size(self, kind: BarKind, start: SeriesStart) -> Decimal:
        """The amount that closes a bar of `kind`."""
        if kind == "tick":
            return Decimal(self.ticks)
        if kind == "volume":
            return start.volume_per_bar if self.volume == "auto" else self.volume
        return start.dollars_per_bar if self.dollars == "auto" else self.dollars


def _params(kind: BarKind, choices: PlainBarChoices, start: SeriesStart) -> FixedParams:
    from marketdata_platform.core.bars import FixedParams

    return FixedParams(kind=kind, size=choices.size(kind, start))


def _step(day: DayInput, params: FixedParams, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
    from marketdata_platform.core.bars import FixedState, fixed_bars

    before = FixedState.from_bytes(state) if state else None
    rows, after = fixed_bars(day.columns, params, before)
    return rows, after.to_bytes()


def _held_volume(state: bytes) -> Decimal:
    from marketdata_platform.core.bars import FixedState

    return FixedState.from_bytes(state).open_volume


def _fold(kind: BarKind) -> Fold[PlainBarChoices, FixedParams]:
    return Fold(
        choices=PlainBarChoices,
        params=partial(_params, kind),
        step=_step,
        sees_gaps=False,
        held_volume=_held_volume,
    )


PLAIN_BARS = (
    bars(
        "bar__tick",
        "Plain tick bars: a bar closes after a constant number of trades.",
        formula="a bar closes after N trades",
        fold=_fold("tick"),
    ),
    bars(
        "bar__volume",
        "Plain volume bars: a bar closes when its volume reaches a constant; trades are not split.",
        formula="a bar closes when Σq ≥ V",
        fold=_fold("volume"),
    ),
    bars(
        "bar__dollar",
        "Plain dollar bars: a bar closes when Σp·q reaches a constant; trades are not split.",
        formula="a bar closes when Σp·q ≥ D",
        fold=_fold("dollar"),
    ),
)
