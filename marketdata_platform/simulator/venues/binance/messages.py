"""Binance's messages of one market, without the envelope of combined streams.

Belongs here: events as JSON. Does not: stream names, commands (gateway), REST (rest).
"""

from __future__ import annotations

from collections.abc import Mapping

from marketdata_platform.simulator.markets.flow_blocks import INSURANCE_FUND
from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import (
    Aggregated,
    BookChanged,
    Liquidated,
    Marked,
    Topped,
    Traded,
)
from marketdata_platform.simulator.markets.matching_book import ASK, BID, Side
from marketdata_platform.simulator.markets.number_texts import NumberText

_NO, _YES = b"false", b"true"


class BinanceMessages:
    """Events of spot or of a futures market as Binance writes them."""

    def __init__(self, *, spot: bool, markets: Mapping[str, ListedMarket]) -> None:
        self._spot = spot
        self._long = {name: NumberText(one.live.model.tick, 8) for name, one in markets.items()}

    def trade(self, market: ListedMarket, e: Traded) -> bytes:
        """One trade."""
        ms = e.time_us // 1000
        symbol, price, size = market.symbol.encode(), market.price(e.price), market.size(e.lots)
        maker = _NO if e.buy else _YES
        if self._spot:
            head = b'{"e":"trade","E":%d,"s":"%s","t":%d,"p":"%s","q":"%s","T":%d,"m":%s,"M":true}'
            return head % (ms, symbol, e.trade_id, price, size, ms, maker)
        kind = b"INSURANCE_FUND" if e.mark == INSURANCE_FUND else b"MARKET"
        head = b'{"e":"trade","E":%d,"T":%d,"s":"%s","t":%d,"p":"%s","q":"%s","X":"%s","m":%s}'
        return head % (ms, ms, symbol, e.trade_id, price, size, kind, maker)

    def aggregate(self, market: ListedMarket, e: Aggregated) -> bytes:
        """One aggregate trade."""
        ms = e.time_us // 1000
        head = (
            b'{"e":"aggTrade","E":%d,"s":"%s","a":%d,"p":"%s","q":"%s","f":%d,"l":%d,"T":%d,'
            b'"m":%s%s}'
        )
        numbers = market.price(e.price), market.size(e.lots), e.first_id, e.last_id, ms
        more = b',"M":true' if self._spot else b""
        return head % (
            ms,
            market.symbol.encode(),
            e.aggregate_id,
            *numbers,
            _NO if e.buy else _YES,
            more,
        )

    def top(self, market: ListedMarket, e: Topped) -> bytes:
        """The best bid and ask."""
        price, size = market.price, market.size
        numbers = price(e.bid), size(e.bid_lots), price(e.ask), size(e.ask_lots)
        if self._spot:
            head = b'{"u":%d,"s":"%s","b":"%s","B":"%s","a":"%s","A":"%s"}'
            return head % (e.update_id, market.symbol.encode(), *numbers)
        ms = e.time_us // 1000
        head = (
            b'{"e":"bookTicker","u":%d,"s":"%s","b":"%s","B":"%s","a":"%s","A":"%s","T":%d,"E":%d}'
        )
        return head % (e.update_id, market.symbol.encode(), *numbers, ms, ms)

    def depth(self, market: ListedMarket, e: BookChanged) -> bytes:
        """What changed of the book."""
        ms = e.time_us // 1000
        sides = _levels(market, e.changed[BID]), _levels(market, e.changed[ASK])
        symbol = market.symbol.encode()
        if self._spot:
            head = b'{"e":"depthUpdate","E":%d,"s":"%s","U":%d,"u":%d,"b":[%s],"a":[%s]}'
            return head % (ms, symbol, e.first_id, e.last_id, *sides)
        head = b'{"e":"depthUpdate","E":%d,"T":%d,"s":"%s","U":%d,"u":%d,"pu":%d,"b":[%s],"a":[%s]}'
        return head % (ms, ms, symbol, e.first_id, e.last_id, e.previous_id, *sides)

    def mark(self, market: ListedMarket, e: Marked) -> bytes:
        """Mark and index price, and the funding rate."""
        long = self._long[market.symbol]
        sign, rate = ("-", -e.rate_e8) if e.rate_e8 < 0 else ("", e.rate_e8)
        template = (
            b'{"e":"markPriceUpdate","E":%d,"s":"%s","p":"%s","i":"%s","P":"%s","r":"%s","T":%d}'
        )
        prices = long(e.mark), long(e.index), long(e.index)
        return template % (
            e.time_us // 1000,
            market.symbol.encode(),
            *prices,
            f"{sign}0.{rate:08d}".encode(),
            e.next_funding_us // 1000,
        )

    def liquidation(self, market: ListedMarket, e: Liquidated) -> bytes:
        """A liquidation."""
        ms, size, price = e.time_us // 1000, market.size(e.lots), market.price(e.price)
        order = b'{"s":"%s","S":"%s","o":"LIMIT","f":"IOC","q":"%s","p":"%s",'
        order += b'"ap":"%s","X":"FILLED","l":"%s","z":"%s","T":%d}'
        side = b"BUY" if e.buy else b"SELL"
        filled = order % (market.symbol.encode(), side, size, price, price, size, size, ms)
        return b'{"e":"forceOrder","E":%d,"o":%s}' % (ms, filled)


def _levels(market: ListedMarket, side: Side) -> bytes:
    price, size = market.price, market.size
    return b",".join([b'["%s","%s"]' % (price(p), size(q)) for p, q in side.items()])
