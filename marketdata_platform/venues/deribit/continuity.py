"""Deribit: how missing trades and missing changes of books are seen.

Belongs here: the statement. Does not: finding holes (workflows.gaps).
"""

from __future__ import annotations

from marketdata_platform.venues.continuity import BookIds, Continuity, TradeIds
from marketdata_platform.venues.kit.book_rules import by_previous_id

CONTINUITY = Continuity(
    trade_ids=TradeIds.SEQUENCE,  # `trade_seq`
    book_ids=BookIds.CHAIN,  # `prev_change_id` is the change id before
    book_rules=dict.fromkeys(("option", "perpetual", "future", "combo", "spot"), by_previous_id),
    restarts=False,
    dated_snapshots=True,
)
