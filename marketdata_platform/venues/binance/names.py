"""Binance: what it calls its markets.

Belongs here: names. Does not: messages (streams), dumps (files).
"""

from __future__ import annotations

SPOT, FUTURES, COIN_FUTURES, OPTIONS = "spot", "futures", "coin_futures", "options"
