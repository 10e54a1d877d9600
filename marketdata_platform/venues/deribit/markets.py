"""Deribit: its markets, which its instruments' names distinguish (names.market_of).

Belongs here: what a quantity is worth, which trades are in candles. Does not: channels and routes.
"""

from __future__ import annotations

from marketdata_platform.venues.market import UNITS, Contract, ContractKind, Market

# US dollars of an inverse future, units of the base of a linear one.
_AS_LISTED = Contract(kind=ContractKind.FROM_INSTRUMENT, size=None)


def _market(contract: Contract | None) -> Market:
    # Today's rule: no trade of Deribit's carries a condition, so all are in bars.
    return Market(contract=contract, candle_conditions=frozenset(), market_wide=frozenset())


MARKETS = {
    "option": _market(UNITS),
    "perpetual": _market(_AS_LISTED),
    "future": _market(_AS_LISTED),
    "combo": _market(_AS_LISTED),
    "spot": _market(UNITS),
    "index": _market(None),
}
