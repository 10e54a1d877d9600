"""Rows of `book_snapshots` and `book_deltas` back to the events that they came from.

Belongs here: grouping rows. Does not: reading them from a store, or applying them (book.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import polars as pl

from marketdata_platform.core.books.book import BookEvent, Level


def book_events(rows: pl.DataFrame, *, snapshot: bool) -> Iterator[BookEvent]:
    """Events in the order of their rows: rows of one `event_id` that follow one another are one
    event.

    `rows`: the columns of `book_snapshots` (`snapshot=True`) or `book_deltas`.
    """
    for _, group in groupby(rows.iter_rows(named=True), key=lambda row: row["event_id"]):
        levels = list(group)
        yield _event(levels[0], levels, snapshot)


def _event(head: dict[str, Any], rows: list[dict[str, Any]], snapshot: bool) -> BookEvent:
    signed = not snapshot and head["quantity"] is None
    name = "change" if signed else "quantity"
    return BookEvent(
        bids=_levels(rows, "bid", name),
        asks=_levels(rows, "ask", name),
        snapshot=snapshot,
        first_id=head.get("first_update_id"),
        last_id=head["update_id"],
        previous_id=head.get("previous_update_id"),
        signed=signed,
    )


def _levels(rows: list[dict[str, Any]], side: str, name: str) -> tuple[Level, ...]:
    return tuple((row["price"], row[name]) for row in rows if row["side"] == side)
