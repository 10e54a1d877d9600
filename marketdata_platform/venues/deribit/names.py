"""Deribit: its markets, by the names of its instruments.

Belongs here: what Deribit calls things. Does not: messages (streams), limits (endpoints).
"""

from __future__ import annotations

import re

_FUTURE = re.compile(r".+-\d{1,2}[A-Z]{3}\d{2}")
_INDEX = re.compile(r"[a-z0-9]+_[a-z0-9]+")


def market_of(symbol: str) -> str:
    """`option`, `perpetual`, `future`, `combo`, `index` or `spot`, as the name says.

    BTC-25DEC26-100000-C is an option, BTC-PERPETUAL a perpetual, BTC-25DEC26 a future,
    BTC-CS-19MAY26-70000_75000 a combo, btc_usd an index and BTC_USDC a pair of the spot market.
    """
    if symbol.endswith(("-C", "-P")) and symbol.count("-") >= 3:
        return "option"
    if symbol.endswith("-PERPETUAL"):
        return "perpetual"
    if _FUTURE.fullmatch(symbol) and symbol.count("-") == 1:
        return "future"
    if "-" in symbol:
        return "combo"
    return "index" if _INDEX.fullmatch(symbol) else "spot"
