"""Pieces of Deribit's messages.

Belongs here: the `data` of notifications, names of indices. Does not: channels (gateway), routes
(rest). Deribit writes numbers as JSON numbers, and calls a level new, changed or deleted.
"""

from __future__ import annotations

from marketdata_platform.simulator.markets.flow_blocks import LIQUIDATION
from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import (
    BookChanged,
    Marked,
    Topped,
    Traded,
)
from marketdata_platform.simulator.markets.matching_book import ASK, BID, Side


def index_name(symbol: str) -> str:
    """The index that an instrument follows: `btc_usd`."""
    return symbol.partition("-")[0].partition("_")[0].lower() + "_usd"


def levels(market: ListedMarket, side: Side, was: Side) -> bytes:
    """Levels of a book, or with `was` what changed of them; those that came and went between are
    not shown.
    """
    price, size = market.price, market.size
    return b",".join(
        b'["%s",%s,%s]' % (_action(was.get(p, 0), lots), price(p), size(lots))
        for p, lots in side.items()
        if lots or was.get(p, 0)
    )


def _action(before: int, lots: int) -> bytes:
    return b"delete" if not lots else b"change" if before else b"new"


def trade(market: ListedMarket, e: Traded) -> bytes:
    """One trade."""
    name = market.numbering.name(e.trade_id)
    template = (
        b'{"trade_seq":%d,"trade_id":"%s","timestamp":%d,"tick_direction":%d,"price":%s,'
        b'"mark_price":%s,'
    )
    template += b'"instrument_name":"%s","index_price":%s,"direction":"%s","amount":%s%s}'
    mark = market.live.last_mark
    return template % (
        e.trade_id,
        name.encode(),
        e.time_us // 1000,
        0 if e.buy else 2,
        market.price(e.price),
        market.price(mark.mark if mark else e.price),
        market.symbol.encode(),
        market.price(mark.index if mark else e.price),
        b"buy" if e.buy else b"sell",
        market.size(e.lots),
        b',"liquidation":"T"' if e.mark == LIQUIDATION else b"",
    )


def snapshot(market: ListedMarket) -> bytes:
    """The `data` of `book`: the whole, as last published."""
    now_us, change_id = market.live.publications[-1]
    bids, asks = market.live.published
    template = (
        b'{"type":"snapshot","timestamp":%d,"instrument_name":"%s","change_id":%d,'
        b'"bids":[%s],"asks":[%s]}'
    )
    sides = levels(market, bids, {}), levels(market, asks, {})
    return template % (now_us // 1000, market.symbol.encode(), change_id, *sides)


def quote(market: ListedMarket, e: Topped) -> bytes:
    """The `data` of `quote`."""
    template = b'{"timestamp":%d,"instrument_name":"%s",'
    template += (
        b'"best_bid_price":%s,"best_bid_amount":%s,"best_ask_price":%s,"best_ask_amount":%s}'
    )
    price, size = market.price, market.size
    numbers = price(e.bid), size(e.bid_lots), price(e.ask), size(e.ask_lots)
    return template % (e.time_us // 1000, market.symbol.encode(), *numbers)


def change(market: ListedMarket, e: BookChanged) -> bytes:
    """The `data` of `book`: what changed."""
    template = (
        b'{"type":"change","timestamp":%d,"prev_change_id":%d,"instrument_name":"%s",'
        b'"change_id":%d,'
    )
    template += b'"bids":[%s],"asks":[%s]}'
    sides: tuple[Side, Side] = e.changed
    texts = levels(market, sides[BID], e.was[BID]), levels(market, sides[ASK], e.was[ASK])
    return template % (e.time_us // 1000, e.previous_id, market.symbol.encode(), e.last_id, *texts)


def index_price(market: ListedMarket, e: Marked) -> bytes:
    """The `data` of `deribit_price_index`, of the index that the instrument follows."""
    template = b'{"timestamp":%d,"price":%s,"index_name":"%s"}'
    name = index_name(market.symbol).encode()
    return template % (e.time_us // 1000, market.price(e.index), name)


def ticker(market: ListedMarket, time_us: int) -> bytes:
    """State of an instrument; options have volatilities and greeks, perpetuals funding."""
    bid, bid_lots, ask, ask_lots = market.live.book.top()
    mark, price, size = market.live.last_mark, market.price, market.size
    middle = mark.mark if mark else (bid + ask) // 2
    index = mark.index if mark else middle
    head = (
        b'{"timestamp":%d,"instrument_name":"%s","state":"open","stats":{"volume":%s,"low":%s,'
        b'"high":%s,'
    )
    head += (
        b'"price_change":null},"open_interest":%s,"mark_price":%s,"index_price":%s,"last_price":%s,'
    )
    head += b'"settlement_price":%s,"estimated_delivery_price":%s,'
    head += b'"best_bid_price":%s,"best_bid_amount":%s,"best_ask_price":%s,"best_ask_amount":%s%s}'
    return head % (
        time_us // 1000,
        market.symbol.encode(),
        size(mark.volume_lots if mark else 0),
        price(max(middle - 40, 1)),
        price(middle + 40),
        size(mark.open_interest_lots if mark else 1_000_000),
        price(middle),
        price(index),
        price(mark.last if mark else middle),
        price(middle),
        price(index),
        price(bid),
        size(bid_lots),
        price(ask),
        size(ask_lots),
        _special(market, mark.rate_e8 if mark else 10_000),
    )


def _special(market: ListedMarket, rate_e8: int) -> bytes:
    kind = market.instrument.market
    if kind == "perpetual":
        rate = f"{rate_e8 / 1e8:.8f}".encode()
        return b',"current_funding":%s,"funding_8h":%s' % (rate, rate)
    if kind != "option":
        return b""
    spread = rate_e8 % 700 / 100
    template = (
        f',"underlying_price":64000.5,"underlying_index":"{market.symbol.rsplit("-", 2)[0]}",'
        '"interest_rate":0.0'
    )
    template += (
        f',"mark_iv":{55 + spread:.2f},"bid_iv":{54 + spread:.2f},"ask_iv":{56 + spread:.2f}'
    )
    return (
        template + ',"greeks":{"vega":12.5,"theta":-30.1,"rho":4.2,"gamma":0.00002,"delta":0.41}'
    ).encode()
