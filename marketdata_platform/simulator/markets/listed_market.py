"""A market as one venue lists it: the live market with the venue's texts, and which of its trades
reached anybody.

Belongs here: what is common to all venues' listings. Does not: messages (each venue's own), the
market (live_market).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.live_market import LiveMarket
from marketdata_platform.simulator.markets.market_events import Traded
from marketdata_platform.simulator.markets.number_texts import NumberText
from marketdata_platform.simulator.server.stream_faults import StreamFaults


@dataclass(frozen=True, slots=True)
class UnsentTrades:
    """Trades `first..last` that were sent to no connection; `lost`: the exchange's history lacks
    them, too.
    """

    first: int
    last: int
    lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """How a venue names its trades and books.

    `name_of`: a trade's id by its number; None: the number itself. `numbered`: streams give the
    number, too. `counts_publications`: book ids count publications, instead of giving the last
    change in them.
    """

    name_of: Callable[[int], str] | None
    numbered: bool
    counts_publications: bool

    def name(self, number: int) -> str:
        """A trade's id."""
        return str(number) if self.name_of is None else self.name_of(number)


class ListedMarket:
    """One instrument of the exchange."""

    def __init__(
        self,
        index: int,
        live: LiveMarket,
        price: NumberText,
        size: NumberText,
        numbering: Numbering,
    ) -> None:
        self.index = index
        self.numbering = numbering
        self.live = live
        self.price, self.size = price, size
        self.instrument: Instrument = live.model.instrument
        self.symbol = self.instrument.symbol
        self.first_id = live.model.first_trade_id
        self.next_id = self.first_id  # the next trade that will be streamed
        self.delisted = False  # from then on nothing happens on it, and nobody can subscribe to it
        self.holes: list[UnsentTrades] = []
        self._deliveries = bytearray()
        self._hide_until = 0
        self._hides_for_ever = False
        self._random = random.Random(f"holes:{live.model.seed}:{self.instrument}")

    def announce(self, trade: Traded, faults: StreamFaults) -> bool:
        """Note that a trade happened; false when it is to be sent to nobody."""
        self._deliveries.append(0)
        self.next_id = trade.trade_id + 1
        if trade.trade_id >= self._hide_until:
            if not faults.drop_everywhere or self._random.random() >= faults.drop_everywhere:
                return True
            self._hide_until = trade.trade_id + self._random.randint(1, 5)
            self._hides_for_ever = faults.irreparable
        self._hide(trade.trade_id)
        return False

    def _hide(self, trade_id: int) -> None:
        last = self.holes[-1] if self.holes else None
        if last and last.last == trade_id - 1 and last.lost == self._hides_for_ever:
            self.holes[-1] = UnsentTrades(last.first, trade_id, last.lost)
        else:
            self.holes.append(UnsentTrades(trade_id, trade_id, self._hides_for_ever))

    def hides(self, first_id: int, last_id: int) -> bool:
        """True if one of these trades, the latest ones, was sent to nobody."""
        return (
            bool(self.holes) and self.holes[-1].last >= first_id and self.holes[-1].first <= last_id
        )

    def count_delivery(self, first_id: int, last_id: int, change: int) -> None:
        """Trades `first_id..last_id` went to one connection (+1), or perhaps not after all (-1)."""
        for at in range(first_id - self.first_id, last_id - self.first_id + 1):
            self._deliveries[at] += change

    def identified(self, trades: pl.DataFrame) -> pl.DataFrame:
        """Trades with the venue's own ids; `sequence` is null where the venue does not number its
        trades.
        """
        if self.numbering.name_of is None:
            return trades
        name = self.numbering.name_of
        ids = pl.Series(
            "trade_id", [name(number) for number in trades["sequence"].to_list()], pl.String
        )
        named = trades.with_columns(ids)
        return (
            named
            if self.numbering.numbered
            else named.with_columns(pl.lit(None, pl.Int64).alias("sequence"))
        )

    def deliveries(self) -> bytes:
        """For each trade so far, to how many connections it surely went, whole."""
        return bytes(self._deliveries)
