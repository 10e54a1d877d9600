"""Bybit: how missing trades and missing changes of books are seen.

Belongs here: the statement. Does not: finding holes (workflows.gaps).
"""

from __future__ import annotations

from marketdata_platform.venues.continuity import BookIds, Continuity, TradeIds
from marketdata_platform.venues.kit.book_rules import by_one_more

CONTINUITY = Continuity(
    trade_ids=TradeIds.SILENCE,  # UUIDs
    book_ids=BookIds.CHAIN,
    book_rules=dict.fromkeys(("spot", "linear", "inverse"), by_one_more),
    restarts=True,  # `u` = 1 comes as a snapshot
    dated_snapshots=True,
)
