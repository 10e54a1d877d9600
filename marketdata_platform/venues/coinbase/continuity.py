"""Coinbase Exchange: how missing trades and missing changes of books are seen.

Belongs here: the statement. Does not: finding holes (workflows.gaps).
"""

from __future__ import annotations

from marketdata_platform.venues.continuity import BookIds, Continuity, TradeIds
from marketdata_platform.venues.kit.book_rules import always_follows

CONTINUITY = Continuity(
    trade_ids=TradeIds.CONTIGUOUS,  # `trade_id` counts the trades of a product
    book_ids=BookIds.SILENCE,  # `l2update` has no number
    book_rules={"spot": always_follows},
    restarts=False,
    # Snapshots have had no `time` for years. Those that have one are dated by their receipt too:
    # only it says which changes follow.
    dated_snapshots=False,
)
