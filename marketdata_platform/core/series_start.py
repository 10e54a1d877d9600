"""What is learnt once from a series' first UTC day, so that `auto` parameters stay constant for its
whole life.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

_SMALLEST = Decimal("0.00000001")
_BARS_PER_DAY = 50


@dataclass(frozen=True, slots=True)
class SeriesStart:
    """Totals of the first UTC day with trades: price and Σp·q in quote currency, Σq as `volume`."""

    first_price: Decimal
    volume: Decimal
    quote_volume: Decimal

    @property
    def volume_per_bar(self) -> Decimal:
        """A 50th of the day's volume, floored to 1e-8."""
        return max((self.volume / _BARS_PER_DAY).quantize(_SMALLEST, ROUND_FLOOR), _SMALLEST)

    @property
    def dollars_per_bar(self) -> Decimal:
        """A 50th of the day's Σp·q, floored to 1e-8."""
        return max((self.quote_volume / _BARS_PER_DAY).quantize(_SMALLEST, ROUND_FLOOR), _SMALLEST)

    @property
    def level_tick(self) -> Decimal:
        """The power of ten at or below one basis point of the first price, at least 1e-8."""
        return max(Decimal(1).scaleb((self.first_price / 10_000).adjusted()), _SMALLEST)
