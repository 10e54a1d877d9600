"""Book events, one event per message, as one row per level.

Belongs here: laying events out as `book_snapshots` and `book_deltas`. Does not: reading levels
(core.book_levels). An event that names no level is one row of side `none`: its ids belong to the
chain. An event with a level that does not fit is refused whole: half an event would make a wrong
book that nobody notices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from marketdata_platform.core.books.book_levels import Levels
from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.numbers.text_numbers import NULL, OK, Numbers
from marketdata_platform.venues.kit.column_arrays import repeated
from marketdata_platform.venues.kit.rows import Decoded

Int64s = npt.NDArray[np.int64]
_SIDES = pa.array(["bid", "ask", "none"])


@dataclass(slots=True, kw_only=True)
class BookEvents:
    """Events of many instruments; every column has one entry per event.

    `ids`: the columns of update ids, none where the venue gives none. `signed`: quantities are
    changes, not what is at the level now.
    """

    symbols: Sequence[str]
    frames: Int64s
    ts_event: Numbers
    event_id: pa.Array
    bids: Levels
    asks: Levels
    ids: Mapping[str, Numbers]
    signed: bool


def add_events(out: Decoded, dataset: Dataset, events: BookEvents) -> None:
    """Add the rows of `events`; within an event bids come first, in the message's order."""
    count = len(events.symbols)
    refused = _refused(out, dataset, events)
    bids, asks = events.bids.count.copy(), events.asks.count.copy()
    empty = (bids + asks == 0).astype(np.int64)
    number = np.arange(count)
    rows = np.concatenate([np.repeat(number, bids), np.repeat(number, asks), np.flatnonzero(empty)])
    side = np.repeat(np.array([0, 1, 2], np.int8), [bids.sum(), asks.sum(), empty.sum()])
    nothing = np.zeros(int(empty.sum()), np.int64)
    price = np.concatenate([events.bids.price, events.asks.price, nothing])
    quantity = np.concatenate([events.bids.quantity, events.asks.quantity, nothing])
    order = np.argsort(rows, kind="stable")
    if refused:
        order = order[~np.isin(rows[order], list(refused))]
    rows = rows[order]
    columns: dict[str, Numbers | pa.Array | Int64s] = {
        name: column for name, column in events.ids.items() if (column.state != NULL).any()
    }
    columns = {
        name: repeated(column, rows)
        for name, column in columns.items()
        if isinstance(column, Numbers)
    }
    columns["ts_event"] = repeated(events.ts_event, rows)
    columns["event_id"] = events.event_id.take(pa.array(rows))
    columns["side"] = _SIDES.take(pa.array(side[order]))
    columns["price"] = price[order]
    columns["change" if events.signed else "quantity"] = quantity[order]
    out.add(dataset, _taken(events.symbols, rows), events.frames[rows], columns)


def _refused(out: Decoded, dataset: Dataset, events: BookEvents) -> set[int]:
    """Events with a bad level, time or id: each is rejected once, not once per level."""
    reasons = {**events.asks.bad, **events.bids.bad}
    for name, column in (("ts_event", events.ts_event), *events.ids.items()):
        for row, reason in column.reasons.items():
            reasons.setdefault(row, f"{name} {reason}")
    for row in np.flatnonzero(events.ts_event.state != OK).tolist():
        reasons.setdefault(row, "ts_event is missing")
    for row, reason in sorted(reasons.items()):
        out.reject(int(events.frames[row]), reason, dataset.name)
    return set(reasons)


def _taken(symbols: Sequence[str], rows: Int64s) -> Sequence[str]:
    first = symbols[0]
    if symbols.count(first) == len(symbols):
        return [first] * len(rows)
    return [symbols[row] for row in rows.tolist()]
