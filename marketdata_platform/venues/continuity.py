"""What follows what: which venues number their trades without holes, and each venue's rule for its
book's updates.

Belongs here: the rules, as small pure functions. Does not: finding holes in rows (core.continuity),
books (core.book).
"""

from __future__ import annotations

from dataclasses import dataclass

from marketdata_platform.core.books.book import BookEvent, Rule, Verdict
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument

_CONTIGUOUS = frozenset({"binance"})


def contiguous_trade_ids(instrument: Instrument) -> bool:
    """Whether a gap in the instrument's trade ids is a gap in the record.

    Binance's ids, of single and of aggregate trades, are contiguous per symbol (futures trades that
    are not at the market, such as INSURANCE_FUND, use up an id too, which is why they are stored).
    Bybit's are UUIDs.
    """
    return instrument.venue in _CONTIGUOUS


def numbered_trades(instrument: Instrument) -> bool:
    """Whether `sequence` of the instrument's live trades counts without holes: Binance's ids,
    Deribit's `trade_seq`.
    """
    return instrument.venue in _CONTIGUOUS or instrument.venue == "deribit"


def binance_spot(last_id: int | None, event: BookEvent, fresh: bool) -> Verdict:
    """`U` is the previous `u` + 1; the first event after a snapshot has `U ≤ lastUpdateId + 1 ≤
    u`.
    """
    if last_id is None or event.first_id is None or event.last_id is None:
        return Verdict.GAP
    if event.last_id <= last_id:
        return Verdict.STALE
    joins = event.first_id <= last_id + 1 if fresh else event.first_id == last_id + 1
    return Verdict.APPLY if joins else Verdict.GAP


def binance_futures(last_id: int | None, event: BookEvent, fresh: bool) -> Verdict:
    """`pu` is the previous `u`; the first event after a snapshot has `U ≤ lastUpdateId ≤ u`."""
    if last_id is None or event.first_id is None or event.last_id is None:
        return Verdict.GAP
    if event.last_id < last_id or (event.last_id == last_id and not fresh):
        return Verdict.STALE
    if event.previous_id == last_id or (fresh and event.first_id <= last_id):
        return Verdict.APPLY
    return Verdict.GAP


def deribit(last_id: int | None, event: BookEvent, fresh: bool) -> Verdict:
    """`prev_change_id` is the change id before."""
    if last_id is None or event.last_id is None:
        return Verdict.GAP
    if event.last_id <= last_id:
        return Verdict.STALE
    return Verdict.APPLY if event.previous_id == last_id else Verdict.GAP


def bybit(last_id: int | None, event: BookEvent, fresh: bool) -> Verdict:
    """`u` rises by one; `u` = 1 after a restart comes as a snapshot, which needs no rule."""
    if last_id is None or event.last_id is None:
        return Verdict.GAP
    if event.last_id <= last_id:
        return Verdict.STALE
    return Verdict.APPLY if event.last_id == last_id + 1 else Verdict.GAP


def kalshi(last_id: int | None, event: BookEvent, fresh: bool) -> Verdict:
    """Changes have no id of their own: `Subscriptions` sees what is missing, over all markets of a
    subscription.
    """
    return Verdict.APPLY


_RULES: dict[tuple[str, str], Rule] = {
    ("binance", "spot"): binance_spot,
    ("binance", ""): binance_futures,
    ("deribit", ""): deribit,
    ("bybit", ""): bybit,
    ("kalshi", ""): kalshi,
}


def book_rule(instrument: Instrument) -> Rule:
    """The rule for the instrument's book.

    Raises:
        ConfigurationError: no rule is known for its venue.
    """
    rule = _RULES.get((instrument.venue, instrument.market)) or _RULES.get((instrument.venue, ""))
    if rule is None:
        known = ", ".join(sorted({venue for venue, _ in _RULES}))
        raise ConfigurationError(
            f"no rule is known for books of {instrument}; there are rules for {known}"
        )
    return rule


@dataclass(frozen=True, slots=True)
class Missing:
    """Messages `first..last` of a subscription never came."""

    sid: int
    first: int
    last: int


class Subscriptions:
    """Kalshi: `seq` rises by one a message of a subscription `sid`, over all its markets, for one
    connection.
    """

    def __init__(self) -> None:
        self._last: dict[int, int] = {}

    def take(self, sid: int, seq: int) -> Missing | None:
        """Note a message; what is missing before it, if anything. A repeated or older number is no
        loss.
        """
        last = self._last.get(sid)
        self._last[sid] = seq if last is None else max(last, seq)
        if last is None or seq <= last + 1:
            return None
        return Missing(sid, last + 1, seq - 1)
