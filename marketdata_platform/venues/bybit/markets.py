"""Bybit: its markets.

Belongs here: what a quantity is worth, which trades are in candles. Does not: topics and routes.
"""

from __future__ import annotations

from decimal import Decimal

from marketdata_platform.venues.market import UNITS, Contract, ContractKind, Market

# Today's rule: a trade with any condition (`block_trade`) is in no bar.
_CANDLES: frozenset[str] = frozenset()
_INVERSE = Contract(kind=ContractKind.INVERSE, size=Decimal(1))  # `size` counts US dollars

MARKETS = {
    "spot": Market(contract=UNITS, candle_conditions=_CANDLES, market_wide=frozenset()),
    "linear": Market(contract=UNITS, candle_conditions=_CANDLES, market_wide=frozenset()),
    "inverse": Market(contract=_INVERSE, candle_conditions=_CANDLES, market_wide=frozenset()),
}
