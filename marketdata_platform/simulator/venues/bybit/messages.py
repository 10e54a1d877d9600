"""Pieces of Bybit's messages.

Belongs here: levels, trades, liquidations, tickers. Does not: topics (gateway), routes (rest).
"""

from __future__ import annotations

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import Liquidated, Traded
from marketdata_platform.simulator.markets.matching_book import Side


def levels(market: ListedMarket, side: Side) -> bytes:
    """Levels of a book; what is gone has the size 0."""
    price, size = market.price, market.size
    return b",".join([b'["%s","%s"]' % (price(p), size(q) if q else b"0") for p, q in side.items()])


def trade(market: ListedMarket, e: Traded) -> bytes:
    """An entry of `publicTrade`."""
    template = (
        b'{"T":%d,"s":"%s","S":"%s","v":"%s","p":"%s","L":"%s","i":"%s","BT":false,'
        b'"RPI":false,"seq":%d}'
    )
    return template % (
        e.time_us // 1000,
        market.symbol.encode(),
        b"Buy" if e.buy else b"Sell",
        market.size(e.lots),
        market.price(e.price),
        b"PlusTick" if e.buy else b"MinusTick",
        market.numbering.name(e.trade_id).encode(),
        e.trade_id,
    )


def rest_trade(market: ListedMarket, e: Traded) -> bytes:
    """An entry of the route `recent-trade`."""
    template = (
        b'{"execId":"%s","symbol":"%s","price":"%s","size":"%s","side":"%s","time":"%d",'
        b'"isBlockTrade":false}'
    )
    return template % (
        market.numbering.name(e.trade_id).encode(),
        market.symbol.encode(),
        market.price(e.price),
        market.size(e.lots),
        b"Buy" if e.buy else b"Sell",
        e.time_us // 1000,
    )


def liquidation(market: ListedMarket, e: Liquidated) -> bytes:
    """An entry of `allLiquidation`; its side is of the position: a short is closed by buying."""
    side = b"Sell" if e.buy else b"Buy"
    sized = market.size(e.lots), market.price(e.price)
    template = b'{"T":%d,"s":"%s","S":"%s","v":"%s","p":"%s"}'
    return template % (e.time_us // 1000, market.symbol.encode(), side, *sized)


def ticker(market: ListedMarket, time_us: int, kind: str, *, spot: bool, whole: bool) -> bytes:
    """The topic's message: all that is known, or the top of the book alone. Spot gives neither a
    top nor `cs`.
    """
    data = ticker_fields(market, spot=spot, whole=whole)
    ms, symbol = time_us // 1000, market.symbol.encode()
    if spot:
        return b'{"topic":"tickers.%s","ts":%d,"type":"%s","data":%s}' % (
            symbol,
            ms,
            kind.encode(),
            data,
        )
    head = b'{"topic":"tickers.%s","type":"%s","data":%s,"cs":%d,"ts":%d}'
    return head % (symbol, kind.encode(), data, market.live.book.last_id, ms)


def ticker_fields(market: ListedMarket, *, spot: bool, whole: bool) -> bytes:  # noqa: PLR0914 - a field per line
    """The `data` of a ticker, and an entry of the REST answer."""
    live, price, size = market.live, market.price, market.size
    mark = live.last_mark
    bid, bid_lots, ask, ask_lots = live.book.top()
    middle = mark.mark if mark else (bid + ask) // 2
    fields = [b'"symbol":"%s"' % market.symbol.encode()]
    if whole:
        last, lots = mark.last if mark else middle, mark.volume_lots if mark else 0
        turnover = f"{lots * live.model.lot * middle * live.model.tick:.4f}".encode()
        fields.append(b'"lastPrice":"%s","highPrice24h":"%s"' % (price(last), price(middle + 40)))
        fields.append(
            b'"lowPrice24h":"%s","prevPrice24h":"%s"' % (price(max(middle - 40, 1)), price(middle))
        )
        fields.append(b'"volume24h":"%s","turnover24h":"%s"' % (size(lots), turnover))
        fields.append(b'"price24hPcnt":"0.001624"')
    if whole and not spot and mark is not None:
        interest = mark.open_interest_lots
        value = f"{interest * live.model.lot * mark.mark * live.model.tick:.2f}".encode()
        fields.append(b'"markPrice":"%s","indexPrice":"%s"' % (price(mark.mark), price(mark.index)))
        fields.append(b'"openInterest":"%s","openInterestValue":"%s"' % (size(interest), value))
        rate = f"{mark.rate_e8 / 1e8:.8f}".encode()
        fields.append(
            b'"fundingRate":"%s","nextFundingTime":"%d"' % (rate, mark.next_funding_us // 1000)
        )
    if not spot:
        top = price(bid), size(bid_lots), price(ask), size(ask_lots)
        fields.append(b'"bid1Price":"%s","bid1Size":"%s","ask1Price":"%s","ask1Size":"%s"' % top)
    return b"{%s}" % b",".join(fields)
