"""An order book of whole ticks and lots that numbers each of its changes, and remembers them.

Belongs here: levels, changes since the last publication, any earlier state. Does not: who changes
it (live_market).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from typing import TypeAlias

from marketdata_platform.core.errors import InvalidInput

Side: TypeAlias = dict[int, int]  # price in ticks → lots
BID, ASK = 0, 1
_CHECKPOINT = 2_000  # changes between two remembered states: a look back replays no more than these


class MatchingBook:
    """Levels of one instrument. Change number n leads to the state that `at(n)` gives back.

    `remember`: false keeps no past, for soaks that run for hours.
    """

    def __init__(self, first_id: int, *, remember: bool = True) -> None:
        self.last_id = first_id
        self.sides: tuple[Side, Side] = ({}, {})
        self.prices: tuple[list[int], list[int]] = ([], [])  # ascending
        self.changed: tuple[Side, Side] = ({}, {})  # since `take_changes`
        self._first_id = first_id
        self._remember = remember
        self._log_prices, self._log_lots = array("q"), array("q")
        self._checkpoints: list[tuple[Side, Side]] = [({}, {})]

    def set(self, side: int, price: int, lots: int) -> None:
        """Put `lots` at a price, 0 for none."""
        levels = self.sides[side]
        before = levels.get(price, 0)
        if before == lots:
            return
        if not lots:
            del levels[price]
            prices = self.prices[side]
            del prices[bisect_left(prices, price)]
        else:
            if not before:
                insort(self.prices[side], price)
            levels[price] = lots
        self.last_id += 1
        self.changed[side][price] = lots
        if self._remember:
            self._log_prices.append(price * 2 + side)
            self._log_lots.append(lots)
            if len(self._log_lots) % _CHECKPOINT == 0:
                self._checkpoints.append((dict(self.sides[BID]), dict(self.sides[ASK])))

    def top(self) -> tuple[int, int, int, int]:
        """Best bid, its lots, best ask, its lots; 0 for a side without orders."""
        (bids, asks), (bid_prices, ask_prices) = self.sides, self.prices
        bid = bid_prices[-1] if bid_prices else 0
        ask = ask_prices[0] if ask_prices else 0
        return bid, bids.get(bid, 0), ask, asks.get(ask, 0)

    def take_changes(self) -> tuple[Side, Side]:
        """Bid and ask levels that changed since the last call, with what is there now."""
        changed, self.changed = self.changed, ({}, {})
        return changed

    def at(self, update_id: int) -> tuple[Side, Side]:
        """Bids and asks after change number `update_id`.

        Raises:
            InvalidInput: the book was never there, or keeps no past.
        """
        count = update_id - self._first_id
        if not self._remember or not 0 <= count <= len(self._log_lots):
            known = (
                f"{self._first_id} to {self.last_id}"
                if self._remember
                else "none: it keeps no past"
            )
            raise InvalidInput(f"the simulated book has no state {update_id}; it has {known}")
        checkpoint = count // _CHECKPOINT
        sides = tuple(dict(side) for side in self._checkpoints[checkpoint])
        for number in range(checkpoint * _CHECKPOINT, count):
            coded, lots = self._log_prices[number], self._log_lots[number]
            if lots:
                sides[coded & 1][coded >> 1] = lots
            else:
                sides[coded & 1].pop(coded >> 1, None)
        return sides[BID], sides[ASK]
