"""What happens in a simulated market, before a venue publishes it.

Belongs here: the events. Prices are whole ticks, sizes whole lots, times µs since 1970 by the
exchange's clock. Does not: text (each venue's own).
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from marketdata_platform.simulator.markets.matching_book import Side


class Traded(msgspec.Struct, gc=False):
    """One fill. `mark`: 0, or as in `flow_blocks`."""

    time_us: int
    trade_id: int
    price: int
    lots: int
    buy: bool
    mark: int


class Aggregated(msgspec.Struct, gc=False):
    """Fills of one taker order at one price."""

    time_us: int
    aggregate_id: int
    price: int
    lots: int
    buy: bool
    first_id: int
    last_id: int


class Topped(msgspec.Struct, gc=False):
    """The top of the book is another; a side without orders is 0."""

    time_us: int
    update_id: int
    bid: int
    bid_lots: int
    ask: int
    ask_lots: int


class BookChanged(msgspec.Struct):
    """Levels that changed since the last such event, book changes `first_id..last_id`; `number`
    counts these events.

    `was` is what the last publication had at the changed levels.
    """

    time_us: int
    number: int
    first_id: int
    last_id: int
    previous_id: int
    changed: tuple[Side, Side]
    was: tuple[Side, Side]


class Liquidated(msgspec.Struct, gc=False):
    """A position was closed by force: `buy` is the closing order's side, `price` the average in
    ticks, rounded.
    """

    time_us: int
    price: int
    lots: int
    buy: bool


class Marked(msgspec.Struct, gc=False):
    """Once a second: mark and index price, and the book's top. `rate_e8`: funding rate times
    1e8.
    """

    time_us: int
    mark: int
    index: int
    rate_e8: int
    next_funding_us: int
    open_interest_lots: int
    last: int
    volume_lots: int


Event: TypeAlias = Traded | Aggregated | Topped | BookChanged | Liquidated | Marked
