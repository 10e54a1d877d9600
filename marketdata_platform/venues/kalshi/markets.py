"""Kalshi: its one market, of event contracts.

Belongs here: what a quantity is worth, which trades are in candles. Does not: channels and routes.
"""

from __future__ import annotations

from marketdata_platform.venues.market import UNITS, Market

MARKETS = {
    # Today's rule: no trade of Kalshi's carries a condition, so all are in bars.
    "event": Market(contract=UNITS, candle_conditions=frozenset(), market_wide=frozenset()),
}
