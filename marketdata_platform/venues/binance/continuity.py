"""Binance: how missing trades and missing changes of books are seen.

Belongs here: the statement and the rules. Does not: finding holes (workflows.gaps).
"""

from __future__ import annotations

from marketdata_platform.core.books.book import BookEvent, Verdict
from marketdata_platform.venues.binance.names import COIN_FUTURES, FUTURES, OPTIONS, SPOT
from marketdata_platform.venues.continuity import BookIds, Continuity, TradeIds


def spot_rule(last_id: int | None, event: BookEvent, fresh: bool) -> Verdict:
    """`U` is the previous `u` + 1; the first event after a snapshot has `U ≤ lastUpdateId + 1 ≤
    u`.
    """
    if last_id is None or event.first_id is None or event.last_id is None:
        return Verdict.GAP
    if event.last_id <= last_id:
        return Verdict.STALE
    joins = event.first_id <= last_id + 1 if fresh else event.first_id == last_id + 1
    return Verdict.APPLY if joins else Verdict.GAP


def futures_rule(last_id: int | None, event: BookEvent, fresh: bool) -> Verdict:
    """`pu` is the previous `u`; the first event after a snapshot has `U ≤ lastUpdateId ≤ u`."""
    if last_id is None or event.first_id is None or event.last_id is None:
        return Verdict.GAP
    if event.last_id < last_id or (event.last_id == last_id and not fresh):
        return Verdict.STALE
    if event.previous_id == last_id or (fresh and event.first_id <= last_id):
        return Verdict.APPLY
    return Verdict.GAP


# Ids of single and of aggregate trades are contiguous per symbol. Futures trades that are not at
# the market, such as INSURANCE_FUND, use up an id too, which is why they are stored.
CONTINUITY = Continuity(
    trade_ids=TradeIds.CONTIGUOUS,
    book_ids=BookIds.CHAIN,
    book_rules={
        SPOT: spot_rule,
        FUTURES: futures_rule,
        COIN_FUTURES: futures_rule,
        OPTIONS: futures_rule,
    },
    restarts=False,
    # Spot's REST books have no time: they carry that of their receipt.
    dated_snapshots=False,
)
