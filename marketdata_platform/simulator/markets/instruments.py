"""Which instruments the simulated exchange can list, and what each is like.

Belongs here: models by venue and market, and how venues write their numbers. Does not: messages.
Any symbol of a known market can be listed: what has no preset takes its market's usual model,
seeded by its name.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from decimal import Decimal

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.market import PRESETS, MarketModel


@dataclass(frozen=True, slots=True)
class Style:
    """A market's usual model. `decimals`: places that its numbers have at least (0: those of tick
    and lot); None: as few as they need.

    `most_ticks`: prices end there (a Kalshi market is worth 99 cents at most).
    """

    start: str
    tick: str
    lot: str
    median_lots: int
    level_gap: float = 2.0
    volatility: float = 0.03
    decimals: int | None = None
    most_ticks: int = 0
    insurance: bool = False
    liquidations: bool = False


_STYLES: dict[tuple[str, str], Style] = {
    ("binance", "spot"): Style("64250", "0.01", "0.00001", 320, 60.0, decimals=8),
    ("binance", "futures"): Style(
        "64180", "0.10", "0.001", 20, 4.0, insurance=True, liquidations=True, decimals=0
    ),
    ("binance", "coin_futures"): Style(
        "64200", "0.1", "1", 3, 3.0, insurance=True, liquidations=True, decimals=0
    ),
    ("deribit", "perpetual"): Style("64210", "0.5", "10", 12, 2.0, liquidations=True),
    ("deribit", "future"): Style("64900", "2.5", "10", 8, 2.0, liquidations=True),
    ("deribit", "option"): Style("0.052", "0.0005", "0.1", 8, 1.5, 0.15),
    ("deribit", "spot"): Style("64230", "1", "0.0001", 40),
    ("bybit", "spot"): Style("64240", "0.01", "0.000001", 900, 60.0, decimals=0),
    ("bybit", "linear"): Style("64190", "0.10", "0.001", 20, 4.0, liquidations=True, decimals=0),
    ("bybit", "inverse"): Style("64205", "0.50", "1", 300, 2.0, liquidations=True, decimals=0),
    ("kalshi", "event"): Style("0.47", "0.01", "0.01", 1_500, 1.2, 0.12, decimals=2, most_ticks=99),
}
DEFAULTS = (
    "binance:spot:BTCUSDT",
    "binance:futures:ETHUSDT",
    "binance:coin_futures:BTCUSD_PERP",
    "deribit:perpetual:BTC-PERPETUAL",
    "deribit:option:BTC-25DEC26-100000-C",
    "bybit:linear:BTCUSDT",
    "kalshi:event:KXSIM-26DEC31-T100",
)


def style_of(instrument: Instrument) -> Style:
    """The market's style.

    Raises:
        ConfigurationError: the exchange does not simulate this market; the message lists those that
            it does.
    """
    style = _STYLES.get((instrument.venue, instrument.market))
    if style is None:
        known = ", ".join(f"{venue}:{market}" for venue, market in _STYLES)
        raise ConfigurationError(
            f"the simulated exchange has no market of {instrument}; it has {known}"
        )
    return style


def model_of(instrument: Instrument, seed: int | None = None) -> MarketModel:
    """The instrument's model: its preset, or its market's usual one; `seed` makes another market of
    it.
    """
    style = style_of(instrument)
    own = zlib.crc32(str(instrument).encode())
    model = PRESETS.get(str(instrument)) or MarketModel(
        instrument,
        start_price=Decimal(style.start),
        tick=Decimal(style.tick),
        lot=Decimal(style.lot),
        trades_per_day=1,
        volatility=style.volatility,
        seed=own % 10_000 + 1,
        first_trade_id=1_000_000_000 + own % 1_000_000_000,
        median_lots=style.median_lots,
        level_gap=style.level_gap,
    )
    return model if seed is None else replace(model, seed=seed)
