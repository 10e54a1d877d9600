"""The section `[order_flow]`, which order flow, footprint, profile, gaps and zones share."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from marketdata_platform.core.datasets.derived.choices import (
    AmountOrAuto,
    AtLeast,
    Choices,
    IntervalWithinADay,
)

if TYPE_CHECKING:
    from marketdata_platform.core.series_start import SeriesStart


@dataclass(frozen=True)
class OrderFlowChoices(Choices, section="order_flow", per_instrument=True):
    """Order flow, profile, gaps and zones. `profile_tick` auto: a power of ten at or below 1 bp of
    the first price.
    """

    interval: IntervalWithinADay = "1m"
    profile_tick: AmountOrAuto = "auto"
    candle_interval: IntervalWithinADay = "5m"
    gap_min_size_bps: Annotated[Decimal, AtLeast(0)] = Decimal(1)

    def level_tick(self, start: SeriesStart) -> Decimal:
        """The width of a price level, in quote currency."""
        return start.level_tick if self.profile_tick == "auto" else self.profile_tick
