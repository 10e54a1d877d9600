"""Rules of books that several venues have.

Belongs here: what a change of a book may follow. Does not: books (core.books), a rule that one
venue has alone (its folder).
"""

from __future__ import annotations

from marketdata_platform.core.books.book import BookEvent, Verdict


def always_follows(last_id: int | None, event: BookEvent, fresh: bool) -> Verdict:
    """Changes have no number that all listeners see alike: what is missing is seen elsewhere
    (`BookIds.SUBSCRIPTION`, `BookIds.SILENCE`).
    """
    return Verdict.APPLY


def by_previous_id(last_id: int | None, event: BookEvent, fresh: bool) -> Verdict:
    """Each change names the id of the change before it."""
    if last_id is None or event.last_id is None:
        return Verdict.GAP
    if event.last_id <= last_id:
        return Verdict.STALE
    return Verdict.APPLY if event.previous_id == last_id else Verdict.GAP


def by_one_more(last_id: int | None, event: BookEvent, fresh: bool) -> Verdict:
    """Each change's id is one more than the id of the change before it."""
    if last_id is None or event.last_id is None:
        return Verdict.GAP
    if event.last_id <= last_id:
        return Verdict.STALE
    return Verdict.APPLY if event.last_id == last_id + 1 else Verdict.GAP
