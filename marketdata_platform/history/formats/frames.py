"""Frame captures: lines of `<receive time> <frame>`, as recorders write them; the frames are
Binance's.

Belongs here: lines to trades and counts. Does not: message shapes (venues). Each line stands for
itself. Receive times are ms, µs or ns since 1970, told apart by size, and cut to µs. They are never
used to order or to date a trade: recorders' clocks were found more than a second behind the
exchange's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from marketdata_platform.core.window import from_us
from marketdata_platform.history.formats.trade_table import SIDES, TradeColumns
from marketdata_platform.venues.binance.streams import (
    NAMES,
    AggregateTrade,
    DepthSnapshot,
    Kline,
    Trade,
    Unknown,
    decode,
)
from marketdata_platform.venues.kit.exact import (
    INT64_LIMIT,
    DoesNotFit,
    price_from_text,
    quantity_from_text,
    us_from_epoch_count,
    whole_from_text,
)
from marketdata_platform.venues.kit.rows import MalformedFrame
from marketdata_platform.workflows.files.import_files import Rejected

PAYLOAD_LIMIT = 4096
_BUY, _SELL = SIDES.index("buy"), SIDES.index("sell")
_DISTINCT_COUNTS = 100  # a hostile capture could name as many types as it has lines
_NOT_STORED = (
    Unknown,
    AggregateTrade,
    Kline,
)  # an aggregate beside its trades would count them twice
_ORDINARY = (None, "", "MARKET")


class Frames(NamedTuple):
    """Frames, when they were received, µs, and their lines."""

    frames: list[bytes]
    received_us: list[int]
    lines: list[int]

    def add(self, frame: bytes, received_us: int, line: int) -> None:
        """One more."""
        self.frames.append(frame)
        self.received_us.append(received_us)
        self.lines.append(line)


@dataclass(slots=True)
class FrameBlock:
    """What the frames of one block gave; collects rows as plain lists."""

    symbol: str
    event: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    price: list[int] = field(default_factory=list)
    quantity: list[int] = field(default_factory=list)
    side: list[int] = field(default_factory=list)
    condition: list[str | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    not_stored: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)  # frames of other datasets
    others: Frames = field(default_factory=lambda: Frames([], [], []))  # these frames, and
    books: Frames = field(default_factory=lambda: Frames([], [], []))  # whole books among them
    line_count: int = 0

    def read(self, line: bytes, number: int) -> None:
        """Decode one line; what is wrong with it goes into `rejected`."""
        received, _, frame = line.partition(b" ")
        event = None
        try:
            recv = us_from_epoch_count(
                "receive time", whole_from_text("receive time", received.decode("ascii", "replace"))
            )
            event = decode(frame)
            if isinstance(event, Trade) and event.s == self.symbol:
                self._add(event, recv, number)
                return
        except (MalformedFrame, DoesNotFit) as error:
            self.rejected.append(
                Rejected(
                    number,
                    str(error),
                    line.decode("utf-8", "replace")[:PAYLOAD_LIMIT],
                    _time(event),
                )
            )
            return
        name = f"unknown type {event.kind}" if isinstance(event, Unknown) else NAMES[type(event)]
        symbol = (
            getattr(event, "s", None)
            or getattr(getattr(event, "o", None), "s", None)
            or self.symbol
        )
        if symbol == self.symbol and not isinstance(event, _NOT_STORED):
            self.kept[name] += 1
            (self.books if isinstance(event, DepthSnapshot) else self.others).add(
                frame, recv, number
            )
        else:
            self._count(name if symbol == self.symbol else f"other symbol {symbol[:40]}")

    def table(self) -> pa.Table:
        """The trades in the schema of `trades`."""
        ids = np.array(self.ids, np.int64)
        return TradeColumns(
            event=np.array(self.event, np.int64),
            trade_id=pa.array(ids, pa.int64()).cast(pa.string()),
            price=np.array(self.price, np.int64),
            quantity=np.array(self.quantity, np.int64),
            side=np.array(self.side, np.int8),
            received=np.array(self.received, np.int64),
            sequence=ids,
            condition=pa.array(self.condition, pa.string()),
        ).table()

    def _add(self, trade: Trade, received: int, number: int) -> None:
        price, quantity = price_from_text(trade.p), quantity_from_text(trade.q)
        event = us_from_epoch_count("trade time", trade.T)
        if not 0 <= trade.t < INT64_LIMIT:
            raise DoesNotFit(f"trade id {trade.t} is not a whole number below 2^63")
        self.event.append(event)
        self.received.append(received)
        self.ids.append(trade.t)
        self.price.append(price)
        self.quantity.append(quantity)
        self.side.append(_SELL if trade.m else _BUY)
        self.condition.append(None if trade.X in _ORDINARY else str(trade.X).lower()[:40])
        self.lines.append(number)

    def _count(self, name: str) -> None:
        known = name in self.not_stored or len(self.not_stored) < _DISTINCT_COUNTS
        self.not_stored[name if known else "other"] += 1


def parse_frames(block: bytes, symbol: str, first_line: int) -> FrameBlock:
    """Decode the lines of `block`, the first of which is line `first_line`; trades of `symbol` are
    kept.
    """
    parsed = FrameBlock(symbol)
    for number, line in enumerate(block.split(b"\n")[:-1], first_line):
        plain = line.strip()
        if plain:
            parsed.read(plain, number)
        parsed.line_count += 1
    return parsed


def _time(event: object) -> datetime | None:
    try:
        return from_us(us_from_epoch_count("time", event.T)) if isinstance(event, Trade) else None
    except DoesNotFit:
        return None
