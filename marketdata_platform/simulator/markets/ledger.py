"""What really happened on the simulated exchange: the measure of every recording of it.

Belongs here: trades, books, quotes, and what reached whom. Does not: making it happen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import polars as pl

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import to_us
from marketdata_platform.simulator.markets.listed_market import ListedMarket, UnsentTrades
from marketdata_platform.simulator.markets.matching_book import MatchingBook
from marketdata_platform.simulator.server.client_session import Missed, SessionRecord

Levels: TypeAlias = list[tuple[Decimal, Decimal]]
Counts: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True)
class HeardTrades:
    """A connection was sent an instrument's trades from number `first` to before `end` (None: it
    still is).
    """

    instrument: Instrument
    first: int
    end: int | None


@dataclass(frozen=True, slots=True)
class ConnectionLedger:
    """One connection: when it was (µs by the exchange's clock), how it ended, what was done to it.

    `faults` counts messages (and `stalls`, `disconnect`) by fault; `sent` counts frames.
    """

    name: str
    place: str
    opened_us: int
    closed_us: int | None
    ended_by: str
    sent: int
    faults: Counter[str]
    missed: tuple[Missed, ...]
    hearings: tuple[HeardTrades, ...]

    @classmethod
    def of(cls, record: SessionRecord) -> ConnectionLedger:
        """The record as it is now."""
        heard = tuple(HeardTrades(h.market.instrument, h.first, h.end) for h in record.hearings)
        sent = (
            record.name,
            record.place,
            record.opened_us,
            record.closed_us,
            record.ended_by,
            record.sent,
        )
        return cls(*sent, Counter(record.faults), tuple(record.missed), heard)


@dataclass(frozen=True, slots=True)
class MarketLedger:
    """One instrument up to the moment when the ledger was asked for.

    `trades`: all of them, in the schema of `trades` (`ts_recv` null). `first_number`: number of the
    first; the venue's id where it numbers its trades. `holes`: what was sent to no connection.
    `delivered`, one entry a trade: to how many connections it surely went whole; what was under way
    when a connection ended does not count.
    """

    instrument: Instrument
    index: int
    trades: pl.DataFrame
    first_number: int
    holes: tuple[UnsentTrades, ...]
    delivered: Counts
    _book: MatchingBook
    _publications: tuple[tuple[int, int], ...]
    _units: tuple[Decimal, Decimal]
    _counts_publications: bool

    @classmethod
    def of(cls, market: ListedMarket) -> MarketLedger:
        """The market as it is now."""
        live = market.live
        trades = live.blocks.trades(market.first_id, market.next_id - 1).drop("mark")
        return cls(
            instrument=market.instrument,
            index=market.index,
            trades=market.identified(trades),
            first_number=market.first_id,
            holes=tuple(market.holes),
            delivered=np.frombuffer(market.deliveries(), np.uint8),
            _book=live.book,
            _publications=tuple(live.publications),
            _units=(live.model.tick, live.model.lot),
            _counts_publications=market.numbering.counts_publications,
        )

    @property
    def unheard(self) -> list[int]:
        """Numbers, ascending, of trades that surely reached nobody whole."""
        return [self.first_number + int(at) for at in np.flatnonzero(self.delivered == 0)]

    @property
    def lost(self) -> list[int]:
        """Numbers of trades that neither a connection nor the REST history ever had."""
        return [
            number
            for hole in self.holes
            if hole.lost
            for number in range(hole.first, hole.last + 1)
        ]

    def numbered(self, numbers: Sequence[int]) -> pl.DataFrame:
        """The trades with these numbers, in their order."""
        return self.trades[[number - self.first_number for number in numbers]]

    def book_at(self, update_id: int) -> tuple[Levels, Levels]:
        """Bids from the highest and asks from the lowest after this update (`u`, `change_id`) of
        the venue.

        Raises:
            InvalidInput: the book was never there, or the exchange keeps no past.
        """
        if self._counts_publications:
            if not 1 <= update_id <= len(self._publications):
                last = len(self._publications)
                raise InvalidInput(
                    f"{self.instrument} published no book {update_id}, only 1 to {last}"
                )
            update_id = self._publications[update_id - 1][1]
        return self._levels(update_id)

    def book_at_time(self, moment: datetime) -> tuple[Levels, Levels]:
        """The book as last published at or before `moment`, exchange time.

        Raises:
            InvalidInput: nothing was published before.
        """
        at = bisect_right(self._publications, (to_us(moment), 2**62))
        if not at:
            raise InvalidInput(f"the simulated {self.instrument} published no book before {moment}")
        return self._levels(self._publications[at - 1][1])

    def publications(self) -> list[tuple[int, int]]:
        """When books were published (µs since 1970), and the venue's update id of each, oldest
        first.
        """
        if self._counts_publications:
            return [(time_us, number) for number, (time_us, _) in enumerate(self._publications, 1)]
        return list(self._publications)

    def _levels(self, update_id: int) -> tuple[Levels, Levels]:
        tick, lot = self._units
        bids, asks = (
            [(p * tick, q * lot) for p, q in side.items()] for side in self._book.at(update_id)
        )
        return sorted(bids, reverse=True), sorted(asks)


@dataclass(frozen=True, slots=True)
class Ledger:
    """All instruments, and every connection that there was."""

    markets: dict[str, MarketLedger]
    connections: tuple[ConnectionLedger, ...]

    @classmethod
    def of(cls, markets: Sequence[ListedMarket], records: Sequence[SessionRecord]) -> Ledger:
        """The ledger as it is now."""
        ledgers = {str(market.instrument): MarketLedger.of(market) for market in markets}
        return cls(ledgers, tuple(map(ConnectionLedger.of, records)))

    def __getitem__(self, instrument: Instrument | str) -> MarketLedger:
        return self.markets[str(instrument)]

    def __iter__(self) -> Iterator[MarketLedger]:
        return iter(self.markets.values())

    def trades(self, instrument: Instrument | str) -> pl.DataFrame:
        """All trades of an instrument, in the schema of `trades`."""
        return self[instrument].trades

    def missed_by(self, connection: str, instrument: Instrument | str) -> dict[int, str]:
        """Numbers of trades that a connection missed while they were sent to it, and why (`drop`,
        `stall`, `doubt` …).

        Raises:
            InvalidInput: there was no such connection.
        """
        found = next((one for one in self.connections if one.name == connection), None)
        if found is None:
            raise InvalidInput(f"the simulated exchange had no connection {connection[:20]!a}")
        index = self[instrument].index
        return {
            number: missed.why
            for missed in found.missed
            if missed.market == index
            for number in range(missed.first, missed.last + 1)
        }
