"""One instrument of the simulated exchange, live: takers trade against a book that makers keep
around them.

Belongs here: what happens next, and what was published of the book. Does not: the takers' flow
(flow_blocks), messages. Before each taker order the makers move to where it will trade: levels in
its way are cancelled, those it takes are filled up. So every trade takes lots that the book had,
and diffs, tops and trades agree.
"""

from __future__ import annotations

import random
from collections import Counter
from operator import mul

from marketdata_platform.simulator.markets.flow_blocks import LIQUIDATION, FlowBlocks, TradeBlock
from marketdata_platform.simulator.markets.market_events import (
    Aggregated,
    BookChanged,
    Event,
    Liquidated,
    Marked,
    Topped,
    Traded,
)
from marketdata_platform.simulator.markets.matching_book import ASK, BID, MatchingBook, Side

DEPTH_US, MARK_US = 100_000, 1_000_000
FUNDING_US = 8 * 3_600 * 1_000_000
_LEVELS, _THIN = 120, 30  # a side keeps no more, and is filled up when it has less


class LiveMarket:
    """The events of one instrument in the order of their times; `advance` takes it along."""

    def __init__(self, blocks: FlowBlocks, *, first_update_id: int, remember: bool = True) -> None:
        self.blocks = blocks
        self.model = blocks.model
        self.book = MatchingBook(first_update_id, remember=remember)
        self.published: tuple[Side, Side] = ({}, {})
        start_us = blocks.options.start_us
        self.publications = [(start_us, first_update_id)]  # time, update id
        self.publication_count = 1
        self.next_trade_id = self.model.first_trade_id
        self.last_mark: Marked | None = None
        self._remember = remember
        self._random = random.Random(f"{self.model.seed}:{self.model.instrument}")
        self._reach = max(int(self.model.level_gap * 60), 40)
        self._most = blocks.options.most_ticks
        self._lots = max(self.model.median_lots * 8, 8)
        self._next_depth_us = (start_us // DEPTH_US + 1) * DEPTH_US
        self._volume = 0
        self._last_price = 0
        self._load(0)
        self._open_book()

    def _load(self, number: int) -> None:
        block: TradeBlock = self.blocks.block(number)
        self._number = number
        self._aggregate_base = self.blocks.aggregates_before(number) + 1
        self._first_id = block.first_id
        self._times, self._ticks, self._fill_lots = (
            block.times_us.tolist(),
            block.ticks.tolist(),
            block.lots.tolist(),
        )
        self._signs, self._marks = block.signs.tolist(), block.marks.tolist()
        self._starts, self._aggregates = block.starts.tolist(), block.aggregate.tolist()
        self._order = 0

    def _open_book(self) -> None:
        """A first book of some depth, there before anybody connects."""
        middle = self._ticks[0]
        for _ in range(80):
            offset = 1 + int(self._random.random() ** 2 * self._reach)
            side = BID if self._random.random() < 0.5 else ASK
            price = middle - offset if side == BID else middle + offset
            self._place(side, price, self._some_lots())
        self.book.take_changes()
        self.published = (dict(self.book.sides[BID]), dict(self.book.sides[ASK]))
        self.publications[0] = (self.publications[0][0], self.book.last_id)
        self._last_price = middle

    def advance(self, until_us: int) -> list[Event]:
        """All that happens up to and at `until_us`."""
        out: list[Event] = []
        while True:
            if self._order == len(self._starts) - 1:
                self._load(self._number + 1)
            due = self._times[self._starts[self._order]]
            if self._next_depth_us <= due:
                if self._next_depth_us > until_us:
                    return out
                self._publish(out)
                continue
            if due > until_us:
                return out
            self._take_order(out)

    def _publish(self, out: list[Event]) -> None:
        """The book's diff of the last 100 ms, and each second the mark price."""
        now = self._next_depth_us
        self._next_depth_us += DEPTH_US
        changed = self.book.take_changes()
        previous = self.publications[-1][1]
        if changed[BID] or changed[ASK]:
            out.append(self._diff(now, previous, changed))
        if now % MARK_US == 0:
            out.append(self._mark(now))

    def _diff(self, now: int, previous: int, changed: tuple[Side, Side]) -> BookChanged:
        was: tuple[Side, Side] = ({}, {})
        for side in (BID, ASK):
            published = self.published[side]
            for price, lots in changed[side].items():
                was[side][price] = published.get(price, 0)
                if lots:
                    published[price] = lots
                else:
                    published.pop(price, None)
        self.publication_count += 1
        if not self._remember:
            self.publications.clear()
        self.publications.append((now, self.book.last_id))
        number = self.publication_count
        return BookChanged(now, number, previous + 1, self.book.last_id, previous, changed, was)

    def _mark(self, now: int) -> Marked:
        bid, _, ask, _ = self.book.top()
        middle = (bid + ask) // 2 if bid and ask else self._last_price
        swing = self._random.random()
        self.last_mark = Marked(
            time_us=now,
            mark=middle,
            index=max(middle + int((swing - 0.5) * 4), 1),
            rate_e8=int((swing - 0.3) * 20_000),
            next_funding_us=(now // FUNDING_US + 1) * FUNDING_US,
            open_interest_lots=1_000_000 + self._volume % 100_000,
            last=self._last_price,
            volume_lots=self._volume,
        )
        return self.last_mark

    def _take_order(self, out: list[Event]) -> None:
        begin, end = self._starts[self._order], self._starts[self._order + 1]
        self._order += 1
        time_us, buy = self._times[begin], self._signs[begin] > 0
        top = self.book.top()
        self._prepare(begin, end, buy)
        top = self._tell_top(out, time_us, top)
        self._fill(out, begin, end, buy)
        self._refill(self._ticks[end - 1], buy)
        self._tell_top(out, time_us, top)

    def _tell_top(
        self, out: list[Event], time_us: int, before: tuple[int, int, int, int]
    ) -> tuple[int, int, int, int]:
        top = self.book.top()
        if top != before:
            out.append(Topped(time_us, self.book.last_id, *top))
        return top

    def _prepare(self, begin: int, end: int, buy: bool) -> None:
        """Makers make room: what the order will take is there, and nothing else is in its way."""
        needed: Counter[int] = Counter()
        for ticks, lots in zip(self._ticks[begin:end], self._fill_lots[begin:end], strict=True):
            needed[ticks] += lots
        first, last = self._ticks[begin], self._ticks[end - 1]
        taken, other = (ASK, BID) if buy else (BID, ASK)
        self._clear(taken, last, needed, buy)
        self._uncross(other, first, buy)
        for price, lots in needed.items():
            rest = int(self._random.random() * self._lots) if price == last else 0
            self.book.set(taken, price, lots + rest)
        if not self.book.prices[other]:
            self._place(other, first - 1 if buy else first + 1, self._some_lots())

    def _clear(self, side: int, last: int, needed: Side, buy: bool) -> None:
        """Take away the levels up to the order's last price that it does not take."""
        levels = self.book.prices[side]
        for price in levels[:_LEVELS] if buy else levels[-_LEVELS:]:
            if (price < last) == buy and price not in needed:
                self.book.set(side, price, 0)

    def _uncross(self, side: int, first: int, buy: bool) -> None:
        """Take away the levels of the other side that the order's first price would cross."""
        levels, best = self.book.prices[side], -1 if buy else 0
        while levels and (levels[best] >= first if buy else levels[best] <= first):
            self.book.set(side, levels[best], 0)

    def _fill(self, out: list[Event], begin: int, end: int, buy: bool) -> None:
        book, taken = self.book, ASK if buy else BID
        time_us = self._times[begin]
        lots_of = book.sides[taken]
        since, gathered = begin, 0
        for at in range(begin, end):
            price, lots = self._ticks[at], self._fill_lots[at]
            book.set(taken, price, lots_of[price] - lots)
            out.append(Traded(time_us, self._first_id + at, price, lots, buy, self._marks[at]))
            gathered += lots
            if at + 1 == end or self._aggregates[at + 1] != self._aggregates[at]:
                number = self._aggregate_base + self._aggregates[at]
                ids = self._first_id + since, self._first_id + at
                out.append(Aggregated(time_us, number, price, gathered, buy, *ids))
                self._volume += gathered
                since, gathered = at + 1, 0
        self._last_price = self._ticks[end - 1]
        self.next_trade_id = self._first_id + end
        if LIQUIDATION in self._marks[begin:end]:
            lots = sum(self._fill_lots[begin:end])
            paid = sum(map(mul, self._ticks[begin:end], self._fill_lots[begin:end]))
            out.append(Liquidated(time_us, paid // lots, lots, buy))

    def _refill(self, price: int, buy: bool) -> None:
        """Makers come back: a best price on either side, some change elsewhere, and nothing far
        away for ever.
        """
        book, draw = self.book, self._random.random
        gap = max(int(self.model.level_gap * draw()), 1)
        if not book.prices[BID] or (buy and draw() < 0.4):
            self._place(BID, price - gap, self._some_lots())
        if not book.prices[ASK] or (not buy and draw() < 0.4):
            self._place(ASK, price + gap, self._some_lots())
        self._change_depth(BID if draw() < 0.5 else ASK, price)
        for side, worst in ((BID, 0), (ASK, -1)):
            if len(book.prices[side]) > _LEVELS:
                book.set(side, book.prices[side][worst], 0)

    def _change_depth(self, side: int, price: int) -> None:
        """Place or cancel orders away from the price; on a thin side place three."""
        draw = self._random.random
        thin = len(self.book.prices[side]) < _THIN
        for _ in range(3 if thin else 1):
            offset = 1 + int(draw() ** 2 * self._reach)
            away = price - offset if side == BID else price + offset
            cancelled = not thin and away in self.book.sides[side] and draw() < 0.5
            self._place(side, away, 0 if cancelled else self._some_lots())

    def _place(self, side: int, price: int, lots: int) -> None:
        """An order that rests: never across the other side, never off the scale."""
        book = self.book
        others = book.prices[1 - side]
        if others:
            price = min(price, others[0] - 1) if side == BID else max(price, others[-1] + 1)
        if price >= 1 and not (self._most and price > self._most):
            book.set(side, price, lots)

    def _some_lots(self) -> int:
        return 1 + int(self._random.random() ** 3 * self._lots)


__all__ = ["DEPTH_US", "MARK_US", "LiveMarket"]
