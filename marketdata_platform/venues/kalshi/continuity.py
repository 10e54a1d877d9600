"""Kalshi: how missing trades and missing changes of books are seen.

Belongs here: the statement. Does not: finding holes (workflows.gaps).
"""

from __future__ import annotations

from marketdata_platform.venues.continuity import BookIds, Continuity, TradeIds
from marketdata_platform.venues.kit.book_rules import always_follows

CONTINUITY = Continuity(
    trade_ids=TradeIds.SILENCE,  # UUIDs
    book_ids=BookIds.SUBSCRIPTION,  # `seq` counts the messages of a `sid`, over all its markets
    book_rules={"event": always_follows},
    restarts=False,
    dated_snapshots=False,
)
