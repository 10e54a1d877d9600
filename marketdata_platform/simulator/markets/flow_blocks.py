"""An endless order flow, block by block: each block is one of the market's model days, squeezed
into a short time.

Belongs here: trades by id, before and after they happened. Does not: the book (live_market), what
venues call them. A block is a function of the model, the start and its number alone, so history and
ledger are computed again, not kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from marketdata_platform.simulator.markets.market import (
    DayFlow,
    MarketModel,
    day_flow,
    trades_frame,
)
from marketdata_platform.simulator.markets.prices import Ints

_BLOCK_SECONDS = 60
_LEAST, _MOST = 2_000, 50_000  # trades of a block
_KNUTH = 2_654_435_761
_WORD = 2**32
INSURANCE_FUND, LIQUIDATION = 1, 2


@dataclass(frozen=True, slots=True)
class TradeBlock:
    """Trades `first_id …` in order, shape (fills,), and where taker orders begin, shape (orders +
    1,).

    `times_us` are the exchange's, whole milliseconds as live streams give them; `marks` says
    special trades. `aggregate` numbers the trade's aggregate (one order at one price) within the
    block.
    """

    first_id: int
    times_us: Ints
    ticks: Ints
    lots: Ints
    signs: Ints
    marks: Ints
    starts: Ints
    aggregate: Ints


@dataclass(frozen=True, slots=True)
class FlowOptions:
    """How a market's flow is laid over time, and how often trades are special.

    `insurance_every`, `liquidation_every`: one trade, one order in so many; 0: none. `most_ticks`:
    prices end there. `steady`: orders come evenly, for measuring; else in sessions and bursts, as
    in real markets.
    """

    start_us: int
    trades_per_second: float
    insurance_every: int = 0
    liquidation_every: int = 0
    most_ticks: int = 0
    steady: bool = False


class FlowBlocks:
    """The blocks of one market."""

    def __init__(self, model: MarketModel, options: FlowOptions) -> None:
        size = min(max(int(options.trades_per_second * _BLOCK_SECONDS), _LEAST), _MOST)
        self.model = replace(model, trades_per_day=size)
        self.options = options
        self.size = size
        self.block_us = int(size / options.trades_per_second * 1_000_000)
        self.block = lru_cache(maxsize=4)(self._block)
        self._aggregates = [0]  # aggregates before block n

    def _block(self, number: int) -> TradeBlock:
        """Block `number`, from 0."""
        flow = day_flow(self.model, self.model.origin + timedelta(days=number))
        options = self.options
        begins = options.start_us + number * self.block_us
        times = begins + self._laid_out(flow.times_us)
        times = times // 1_000 * 1_000
        ticks = np.clip(flow.ticks, 1, options.most_ticks) if options.most_ticks else flow.ticks
        ids = self.first_id_of(number) + np.arange(self.size, dtype=np.int64)
        starts = np.concatenate((np.flatnonzero(np.diff(flow.order, prepend=-1)), [self.size]))
        return TradeBlock(
            first_id=int(ids[0]),
            times_us=times[flow.order],
            ticks=ticks,
            lots=flow.lots,
            signs=flow.signs[flow.order],
            marks=self._marks(ids, flow),
            starts=starts,
            aggregate=np.cumsum(
                (np.diff(flow.order, prepend=-1) != 0) | (np.diff(ticks, prepend=0) != 0)
            )
            - 1,
        )

    def _laid_out(self, model_us: Ints) -> Ints:
        """Times of a model day's orders as µs within a block: bursts stay, hours do not.

        A block of a minute is no day with sessions: each of its stretches has as many orders as any
        other, so that the rate is the one asked for, also over a few seconds.
        """
        orders = len(model_us)
        if self.options.steady:
            return np.arange(orders, dtype=np.int64) * self.block_us // orders
        cells = min(_BLOCK_SECONDS, orders)
        edges = np.append(model_us[np.arange(cells) * orders // cells], model_us[-1] + 1)
        laid = np.interp(model_us, edges, np.arange(cells + 1) * (self.block_us / cells))
        return np.asarray(np.maximum.accumulate(laid.astype(np.int64)), dtype=np.int64)

    def _marks(self, ids: Ints, flow: DayFlow) -> Ints:
        """A hash of the id decides, so that the mark of a trade is known without its block."""
        marks = np.zeros(self.size, np.int64)
        options = self.options
        if options.insurance_every:
            marks[ids * _KNUTH % _WORD < _WORD // options.insurance_every] = INSURANCE_FUND
        if options.liquidation_every:
            orders = ids[np.flatnonzero(np.diff(flow.order, prepend=-1))]
            chosen = (orders + 7) * _KNUTH % _WORD < _WORD // options.liquidation_every
            marks[chosen[flow.order] & (marks == 0)] = LIQUIDATION
        return marks

    def first_id_of(self, number: int) -> int:
        """Id of the first trade of block `number`."""
        return self.model.first_trade_id + number * self.size

    def number_of(self, trade_id: int) -> int:
        """The block that holds a trade."""
        return (trade_id - self.model.first_trade_id) // self.size

    def aggregates_before(self, number: int) -> int:
        """How many aggregate trades came before block `number`; those of the blocks between are
        counted once.
        """
        while len(self._aggregates) <= number:
            block = self.block(len(self._aggregates) - 1)
            self._aggregates.append(self._aggregates[-1] + int(block.aggregate[-1]) + 1)
        return self._aggregates[number]

    def trades(self, first_id: int, last_id: int) -> pl.DataFrame:
        """Trades `first_id..last_id` (both included) in the schema of `trades`, and their marks as
        `mark`.
        """
        first_id = max(first_id, self.model.first_trade_id)
        frames = [
            self._slice(number, first_id, last_id)
            for number in range(self.number_of(first_id), self.number_of(last_id) + 1)
        ]
        return pl.concat(frames) if frames and first_id <= last_id else self._slice(0, 1, 0)

    def _slice(self, number: int, first_id: int, last_id: int) -> pl.DataFrame:
        block = self.block(number)
        begin = max(first_id - block.first_id, 0)
        end = max(min(last_id - block.first_id + 1, self.size), begin)
        part = slice(begin, end)
        frame = trades_frame(
            self.model,
            self.model.origin + timedelta(days=number),
            block.times_us[part],
            block.ticks[part],
            block.lots[part],
            block.signs[part],
        )
        ids = np.arange(block.first_id + begin, block.first_id + end, dtype=np.int64)
        columns = {"sequence": ids, "mark": block.marks[part]}
        return frame.with_columns(
            **{name: pl.Series(values) for name, values in columns.items()}
        ).with_columns(
            pl.col("sequence").cast(pl.String).alias("trade_id"),
            pl.when(pl.col("mark") == INSURANCE_FUND)
            .then(pl.lit("insurance_fund"))
            .alias("condition"),
        )
