"""What a venue states of each of its markets.

Belongs here: the statement. Does not: any market (the venue's folder), streams, REST.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class ContractKind(Enum):
    """How a quantity becomes amounts of currencies."""

    LINEAR = "linear"  # base = quantity · size, quote = price · quantity · size
    INVERSE = "inverse"  # quote = quantity · size, base = quote / price
    FROM_INSTRUMENT = "from the instrument"  # linear or inverse, as the instrument's row says


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one unit of quantity is worth. `size` None: the instrument's row says it."""

    kind: ContractKind
    size: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One market of a venue. Nothing has a default.

    Args:
        contract: what a trade's quantity is worth; None: the market has no trades.
        candle_conditions: conditions of trades that the venue's own candles hold, besides trades
            without a condition.
        market_wide: datasets that the venue streams for many instruments at once, whichever of
            them one asked for. Landing keeps of them what was asked for: thousands of strikes that
            nobody wanted would be thousands of DuckDB files. Answers to REST are read for the
            symbol that was asked for.
    """

    contract: Contract | None
    candle_conditions: frozenset[str]
    market_wide: frozenset[str]


UNITS = Contract(kind=ContractKind.LINEAR, size=Decimal(1))
"""A quantity is in units of the base: spot, and derivatives whose trades are counted so."""
