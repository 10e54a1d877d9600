"""Binance: its markets.

Belongs here: what a quantity is worth, which trades are in candles, which streams report more than
was asked for. Does not: streams and routes themselves.
"""

from __future__ import annotations

from marketdata_platform.venues.binance.names import COIN_FUTURES, FUTURES, OPTIONS, SPOT
from marketdata_platform.venues.market import UNITS, Contract, ContractKind, Market

# Today's rule: a trade with any condition is in no bar. Binance's klines hold no trade whose `X` is
# not MARKET (INSURANCE_FUND and the like).
_CANDLES: frozenset[str] = frozenset()

MARKETS = {
    SPOT: Market(contract=UNITS, candle_conditions=_CANDLES, market_wide=frozenset()),
    FUTURES: Market(contract=UNITS, candle_conditions=_CANDLES, market_wide=frozenset()),
    COIN_FUTURES: Market(
        contract=Contract(kind=ContractKind.INVERSE, size=None),  # 100 USD, or 10
        candle_conditions=_CANDLES,
        market_wide=frozenset(),
    ),
    OPTIONS: Market(
        contract=UNITS,
        candle_conditions=_CANDLES,
        # The marks of all options of an underlying, and the open interest of all of an expiry.
        market_wide=frozenset({"options_tickers", "index_prices", "open_interest"}),
    ),
}
