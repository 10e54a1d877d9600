"""What the exchange's history answers about past trades.

Belongs here: trades by id, without those that are lost. Does not: messages, the ledger (which has
all of them).
"""

from __future__ import annotations

from bisect import bisect_right

import polars as pl

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import Aggregated, Traded


def trades_between(market: ListedMarket, first: int, last: int) -> pl.DataFrame:
    """Trades `first..last` that have happened and are not lost; schema `trades`, `mark` and their
    `number`s.
    """
    found = market.live.blocks.trades(first, min(last, market.next_id - 1))
    for hole in market.holes:
        if hole.lost and hole.last >= first and hole.first <= last:
            found = found.filter(~pl.col("sequence").is_between(hole.first, hole.last))
    return market.identified(found.with_columns(pl.col("sequence").alias("number")))


def trades_in(market: ListedMarket, start_us: int, end_us: int) -> pl.DataFrame:
    """Trades with a time in `[start_us, end_us]` that have happened and are not lost, as
    `trades_between`.
    """
    blocks = market.live.blocks
    last = blocks.number_of(market.next_id - 1)
    numbers = [
        max((moment - blocks.options.start_us) // blocks.block_us, 0)
        for moment in (start_us, end_us)
    ]
    first_id = blocks.first_id_of(min(numbers[0], last + 1))
    found = trades_between(market, first_id, blocks.first_id_of(min(numbers[1], last) + 1) - 1)
    return found.filter(pl.col("ts_event").cast(pl.Int64).is_between(start_us, end_us))


def events_of(trades: pl.DataFrame, market: ListedMarket) -> list[Traded]:
    """The events that the rows of `trades_between` were."""
    model = market.live.model
    numbers = trades["number"].to_list()
    return [
        Traded(
            time_us, number, int(price / model.tick), int(quantity / model.lot), side == "buy", mark
        )
        for number, time_us, price, quantity, side, mark in zip(
            numbers,
            trades["ts_event"].cast(pl.Int64).to_list(),
            trades["price"].to_list(),
            trades["quantity"].to_list(),
            trades["side"].to_list(),
            trades["mark"].to_list(),
            strict=True,
        )
    ]


def aggregates_from(market: ListedMarket, first: int | None, limit: int) -> list[Aggregated]:
    """At most `limit` aggregate trades from id `first` on, or the latest; those with a lost trade
    are left out.
    """
    blocks = market.live.blocks
    newest = max(blocks.number_of(market.next_id - 1), 0)
    blocks.aggregates_before(newest)
    if first is None:
        first = blocks.aggregates_before(newest) + 1
        found = _aggregates(market, newest, first)
        return (
            found
            if len(found) >= limit or not newest
            else _aggregates(market, newest - 1, 1) + found
        )[-limit:]
    counts = [blocks.aggregates_before(number) for number in range(newest + 1)]
    number = bisect_right(counts, max(first - 1, 0)) - 1
    out: list[Aggregated] = []
    while number <= newest and len(out) < limit:
        out += _aggregates(market, number, first)
        number += 1
    return out[:limit]


def _aggregates(market: ListedMarket, number: int, first: int) -> list[Aggregated]:
    """The aggregates of one block that have happened, from id `first` on."""
    blocks = market.live.blocks
    block = blocks.block(number)
    base = blocks.aggregates_before(number) + 1
    out: list[Aggregated] = []
    aggregate, lots = block.aggregate.tolist(), block.lots.tolist()
    happened = min(market.next_id - block.first_id, len(lots))
    begin = 0
    while begin < happened:
        end = begin + 1
        while end < len(lots) and aggregate[end] == aggregate[begin]:
            end += 1
        ids = block.first_id + begin, block.first_id + end - 1
        lost = any(h.lost and h.last >= ids[0] and h.first <= ids[1] for h in market.holes)
        if base + aggregate[begin] >= first and not lost:
            time_us, price = int(block.times_us[begin]), int(block.ticks[begin])
            lot = (
                base + aggregate[begin],
                price,
                sum(lots[begin:end]),
                bool(block.signs[begin] > 0),
            )
            out.append(Aggregated(time_us, *lot, *ids))
        begin = end
    return out
