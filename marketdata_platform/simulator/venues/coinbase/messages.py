"""Coinbase Exchange's messages for one product.

Belongs here: times and levels as text, one message each. Does not: channels (gateway), routes
(rest).
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import BookChanged, Topped, Traded
from marketdata_platform.simulator.markets.matching_book import ASK, BID, Side

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIDES = {BID: b"buy", ASK: b"sell"}


def written(time_us: int) -> bytes:
    """A time as Coinbase writes it, with six decimals."""
    moment = _EPOCH + timedelta(microseconds=time_us)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()


def maker_side(e: Traded) -> bytes:
    """The side that Coinbase tells: that of the order which rested."""
    return b"sell" if e.buy else b"buy"


def match(market: ListedMarket, e: Traded, kind: bytes) -> bytes:
    """`match`, or `last_match`."""
    told = (
        b'{"type":"%s","trade_id":%d,"maker_order_id":"%s","taker_order_id":"%s","side":"%s",'
        b'"size":"%s","price":"%s","product_id":"%s","sequence":%d,"time":"%s"}'
    )
    return told % (
        kind,
        e.trade_id,
        _order(market, e.trade_id, "maker"),
        _order(market, e.trade_id, "taker"),
        maker_side(e),
        market.size(e.lots),
        market.price(e.price),
        market.symbol.encode(),
        _sequence(e.trade_id),
        written(e.time_us),
    )


def ticker(market: ListedMarket, e: Traded, top: Topped | None) -> bytes:
    """`ticker`: the trade, and the book's top as it was then; what is not there is 0."""
    price, size = market.price, market.size
    bid, bid_lots, ask, ask_lots = (
        market.live.book.top() if top is None else (top.bid, top.bid_lots, top.ask, top.ask_lots)
    )
    told = (
        b'{"type":"ticker","sequence":%d,"product_id":"%s","price":"%s","open_24h":"%s",'
        b'"volume_24h":"%s","low_24h":"%s","high_24h":"%s","volume_30d":"%s","best_bid":"%s",'
        b'"best_bid_size":"%s","best_ask":"%s","best_ask_size":"%s","side":"%s","time":"%s",'
        b'"trade_id":%d,"last_size":"%s"}'
    )
    volume = size(e.lots * 1_000)
    return told % (
        _sequence(e.trade_id),
        market.symbol.encode(),
        *(price(e.price), price(e.price), volume),
        *(price(max(e.price - 40, 1)), price(e.price + 40), volume),
        *(price(bid), size(bid_lots), price(ask), size(ask_lots)),
        maker_side(e),
        written(e.time_us),
        e.trade_id,
        size(e.lots),
    )


def snapshot(market: ListedMarket) -> bytes:
    """`snapshot`: the whole book as it was last published, with no time."""
    bids, asks = market.live.published
    told = b'{"type":"snapshot","product_id":"%s","asks":[%s],"bids":[%s]}'
    sides = _levels(market, asks, sorted(asks)), _levels(market, bids, sorted(bids, reverse=True))
    return told % (market.symbol.encode(), *sides)


def update(market: ListedMarket, e: BookChanged) -> bytes:
    """`l2update`: the levels that changed, as they are now."""
    price, size = market.price, market.size
    changes = [
        b'["%s","%s","%s"]' % (_SIDES[side], price(p), size(lots))
        for side in (BID, ASK)
        for p, lots in e.changed[side].items()
    ]
    told = b'{"type":"l2update","product_id":"%s","changes":[%s],"time":"%s"}'
    return told % (market.symbol.encode(), b",".join(changes), written(e.time_us))


def _levels(market: ListedMarket, side: Side, prices: list[int]) -> bytes:
    return b",".join(b'["%s","%s"]' % (market.price(p), market.size(side[p])) for p in prices)


def _sequence(trade_id: int) -> int:
    return trade_id * 7  # of the full channel: it counts orders, too


def _order(market: ListedMarket, trade_id: int, whose: str) -> bytes:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{market.symbol}:{trade_id}:{whose}")).encode()
