"""What an instrument of a market is usually like.

Belongs here: the usual model of a market, and an instrument's model made of it. Does not: which
markets there are (each venue's object says that), messages.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from decimal import Decimal

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.market import MarketModel


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketStyle:
    """A market's usual instrument, and how its numbers are written.

    Args:
        start, tick, lot: first price, smallest step of a price, smallest quantity; decimal texts.
        median_lots: median size of a fill.
        level_gap: mean distance between occupied price levels, in ticks.
        volatility: standard deviation of a day's return, 0.03 = 3 %.
        decimals: places that numbers have at least (0: those of tick and lot); None: as few as each
            needs.
        most_ticks: prices end there; 0: they do not.
        insurance: whether trades of an insurance fund happen.
        liquidations: whether positions are closed by force.
    """

    start: str
    tick: str
    lot: str
    median_lots: int
    level_gap: float
    volatility: float
    decimals: int | None
    most_ticks: int
    insurance: bool
    liquidations: bool

    def model(self, instrument: Instrument) -> MarketModel:
        """An instrument of this market, seeded by its name."""
        own = zlib.crc32(str(instrument).encode())
        return MarketModel(
            instrument,
            start_price=Decimal(self.start),
            tick=Decimal(self.tick),
            lot=Decimal(self.lot),
            trades_per_day=1,
            volatility=self.volatility,
            seed=own % 10_000 + 1,
            first_trade_id=1_000_000_000 + own % 1_000_000_000,
            median_lots=self.median_lots,
            level_gap=self.level_gap,
        )
