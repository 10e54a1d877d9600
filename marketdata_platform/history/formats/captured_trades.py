"""The trades of one block of a capture, collected as plain lists.

Belongs here: reading a trade's fields exactly, and the table of them. Does not: separating trades
from other frames (venues), lines (captures).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from marketdata_platform.history.trade_table import SIDES, ParsedTrades
from marketdata_platform.venues.kit.exact import (
    INT64_LIMIT,
    DoesNotFit,
    price_from_text,
    quantity_from_text,
    us_from_epoch_count,
)
from marketdata_platform.venues.kit.file_formats import CapturedTrade

_BUY, _SELL = SIDES.index("buy"), SIDES.index("sell")


@dataclass(slots=True)
class CapturedTrades:
    """Equally long columns: times in µs since 1970, prices and quantities times 1e8."""

    event: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    price: list[int] = field(default_factory=list)
    quantity: list[int] = field(default_factory=list)
    side: list[int] = field(default_factory=list)
    condition: list[str | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def add(self, trade: CapturedTrade, received_us: int, line: int) -> None:
        """One more.

        Raises:
            DoesNotFit: a value cannot be stored exactly; nothing was added.
        """
        price, quantity = price_from_text(trade.price), quantity_from_text(trade.quantity)
        event = us_from_epoch_count("trade time", trade.time)
        if not 0 <= trade.number < INT64_LIMIT:
            raise DoesNotFit(f"trade id {trade.number} is not a whole number below 2^63")
        self.event.append(event)
        self.received.append(received_us)
        self.ids.append(trade.number)
        self.price.append(price)
        self.quantity.append(quantity)
        self.side.append(_SELL if trade.sold else _BUY)
        self.condition.append(trade.condition)
        self.lines.append(line)

    def table(self) -> pa.Table:
        """The trades in the schema of `trades`."""
        ids = np.array(self.ids, np.int64)
        return ParsedTrades(
            event=np.array(self.event, np.int64),
            trade_id=pa.array(ids, pa.int64()).cast(pa.string()),
            price=np.array(self.price, np.int64),
            quantity=np.array(self.quantity, np.int64),
            side=np.array(self.side, np.int8),
            received=np.array(self.received, np.int64),
            sequence=ids,
            condition=pa.array(self.condition, pa.string()),
        ).table()
