"""What really happened on the simulated exchange: the measure of every recording of it.

Belongs here: trades, books, quotes, and what reached whom. Does not: making it happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np
import polars as pl

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import to_us
from marketdata_platform.simulator.line import LineRecord
from marketdata_platform.simulator.listed_market import Hole, ListedMarket
from marketdata_platform.simulator.matching_book import ASK, BID

Levels = list[tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class MarketTruth:
    """One instrument up to the moment when the truth was asked for.

    `trades`: all of them, in the schema of `trades` (`ts_recv` null). `holes`: what no connection was told.
    `unheard`: ids of trades that surely reached no connection whole, holes included; `delivered`, one entry a trade:
    to how many connections it surely went. What was under way when a connection ended counts as not delivered.
    """

    instrument: Instrument
    trades: pl.DataFrame
    holes: tuple[Hole, ...]
    delivered: np.ndarray[tuple[int], np.dtype[np.uint8]]
    _market: ListedMarket

    @property
    def unheard(self) -> list[int]:
        """Numbers (in ascending order of happening) of trades that surely reached nobody whole."""
        first = self._market.first_id
        return [first + int(at) for at in np.flatnonzero(self.delivered == 0)]

    @property
    def lost(self) -> list[int]:
        """Numbers of trades that neither a connection nor the REST history ever had."""
        return [number for hole in self.holes if hole.lost for number in range(hole.first, hole.last + 1)]

    def book_at(self, update_id: int) -> tuple[Levels, Levels]:
        """Bids from the highest and asks from the lowest after this update (`u`, `change_id`) of the venue.

        Raises:
            InvalidInput: the book was never there, or the exchange keeps no past.
        """
        return self._levels(self._market.book_id(update_id))

    def book_at_time(self, moment: datetime) -> tuple[Levels, Levels]:
        """The book as last published at or before `moment`, exchange time.

        Raises:
            InvalidInput: nothing was published before.
        """
        wanted = to_us(moment)
        found = [update_id for time_us, update_id in self._market.live.publications if time_us <= wanted]
        if not found:
            raise InvalidInput(f"the simulated {self.instrument} published no book before {moment}")
        return self._levels(found[-1])

    def publications(self) -> list[tuple[int, int]]:
        """When books were published (µs since 1970), and the update id of each."""
        return [
            (time_us, self._market.told_book_id(n)) for n, (time_us, _) in enumerate(self._market.live.publications)
        ]

    def _levels(self, update_id: int) -> tuple[Levels, Levels]:
        sides = self._market.live.book.at(update_id)
        model = self._market.live.model
        bids, asks = ([(p * model.tick, q * model.lot) for p, q in sides[side].items()] for side in (BID, ASK))
        return sorted(bids, reverse=True), sorted(asks)


@dataclass(frozen=True, slots=True)
class ExchangeTruth:
    """All instruments, and every connection that there was."""

    markets: dict[str, MarketTruth]
    connections: tuple[LineRecord, ...]

    @classmethod
    def of(cls, markets: Sequence[ListedMarket], records: Sequence[LineRecord]) -> ExchangeTruth:
        """The truth as it is now."""
        return cls({str(m.instrument): _market(m) for m in markets}, tuple(records))

    def __getitem__(self, instrument: Instrument | str) -> MarketTruth:
        return self.markets[str(instrument)]

    def __iter__(self) -> Iterator[MarketTruth]:
        return iter(self.markets.values())

    def trades(self, instrument: Instrument | str) -> pl.DataFrame:
        """All trades of an instrument, in the schema of `trades`."""
        return self[instrument].trades

    def missed_by(self, connection: str, instrument: Instrument | str) -> dict[int, str]:
        """Trades that a connection missed while it was subscribed to them, and why (`drop`, `stall`, `doubt` …)."""
        record = next((one for one in self.connections if one.name == connection), None)
        if record is None:
            raise InvalidInput(f"the simulated exchange had no connection {connection[:20]!a}")
        index = self[instrument]._market.index
        return {
            number: missed.why
            for missed in record.missed
            if missed.market == index
            for number in range(missed.first, missed.last + 1)
        }


def _market(market: ListedMarket) -> MarketTruth:
    trades = market.live.blocks.trades(market.first_id, market.told_id - 1).drop("mark")
    delivered = np.frombuffer(market.deliveries(), np.uint8)
    return MarketTruth(market.instrument, market.identified(trades), tuple(market.holes), delivered, market)
