"""Bodies of Kalshi's messages for one market.

Belongs here: dollars and contracts as text, sides. Does not: envelopes with `sid` and `seq`
(gateway).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.market_events import BookChanged, Marked, Traded
from marketdata_platform.simulator.markets.matching_book import ASK, BID, Side
from marketdata_platform.simulator.markets.number_texts import NumberText


class KalshiMessages:
    """One market's messages. Prices are of YES; an offer of YES is sent as a bid for NO."""

    def __init__(self, market: ListedMarket) -> None:
        self._market = market
        self._dollars = NumberText(market.live.model.tick, 4)
        self._whole = int(1 / market.live.model.tick)
        self._id = str(uuid.uuid5(uuid.NAMESPACE_URL, market.symbol)).encode()
        self._ticker = market.symbol.encode()

    def side(self, side: int) -> bytes:
        """The published bids for YES (`BID`) or for NO (`ASK`) as JSON."""
        levels: Side = self._market.live.published[side]
        size = self._market.size
        shown = {p if side == BID else self._whole - p: q for p, q in levels.items()}
        return b"[%s]" % b",".join(
            b'["%s","%s"]' % (self._dollars(p), size(shown[p])) for p in sorted(shown)
        )

    def snapshot(self) -> bytes:
        """The whole book; an empty side is left out."""
        parts = [b'"market_ticker":"%s","market_id":"%s"' % (self._ticker, self._id)]
        for name, side in ((b"yes_dollars_fp", BID), (b"no_dollars_fp", ASK)):
            if self._market.live.published[side]:
                parts.append(b'"%s":%s' % (name, self.side(side)))
        return b"{%s}" % b",".join(parts)

    def deltas(self, e: BookChanged) -> Iterator[bytes]:
        """What changed of the book, one level each."""
        moment = rfc3339(e.time_us)
        for side in (BID, ASK):
            for price, lots in e.changed[side].items():
                change = lots - e.was[side][price]
                if change:
                    yield self._delta(side == BID, price, change, moment, e.time_us // 1000)

    def _delta(self, yes: bool, price: int, change: int, moment: bytes, ms: int) -> bytes:
        template = (
            b'{"market_ticker":"%s","market_id":"%s","price_dollars":"%s","delta_fp":"%s",'
            b'"side":"%s",'
        )
        template += b'"ts":"%s","ts_ms":%d}'
        dollars = self._dollars(price if yes else self._whole - price)
        side = b"yes" if yes else b"no"
        return template % (
            self._ticker,
            self._id,
            dollars,
            self._market.size(change),
            side,
            moment,
            ms,
        )

    def trade(self, e: Traded) -> bytes:
        """One trade."""
        template = (
            b'{"trade_id":"%s","market_ticker":"%s","yes_price_dollars":"%s",'
            b'"no_price_dollars":"%s",'
        )
        template += b'"count_fp":"%s","taker_side":"%s","ts":%d,"ts_ms":%d}'
        prices = self._dollars(e.price), self._dollars(self._whole - e.price)
        side = b"yes" if e.buy else b"no"
        ms, size = e.time_us // 1000, self._market.size(e.lots)
        return template % (
            self._market.numbering.name(e.trade_id).encode(),
            self._ticker,
            *prices,
            size,
            side,
            ms // 1000,
            ms,
        )

    def rest_trade(self, e: Traded, moment: bytes) -> bytes:
        """One trade as `/markets/trades` has it."""
        template = (
            b'{"trade_id":"%s","ticker":"%s","yes_price_dollars":"%s","no_price_dollars":"%s",'
        )
        template += b'"count_fp":"%s","taker_side":"%s","created_time":"%s"}'
        prices = self._dollars(e.price), self._dollars(self._whole - e.price)
        side = b"yes" if e.buy else b"no"
        return template % (
            self._market.numbering.name(e.trade_id).encode(),
            self._ticker,
            *prices,
            self._market.size(e.lots),
            side,
            moment,
        )

    def ticker(self, e: Marked) -> bytes:
        """Summary of the market."""
        bid, bid_lots, ask, ask_lots = self._market.live.book.top()
        size = self._market.size
        template = (
            b'{"market_ticker":"%s","market_id":"%s","price_dollars":"%s","yes_bid_dollars":"%s",'
        )
        template += (
            b'"yes_ask_dollars":"%s","yes_bid_size_fp":"%s","yes_ask_size_fp":"%s",'
            b'"volume_fp":"%s",'
        )
        template += b'"open_interest_fp":"%s","dollar_volume":%d,"ts":%d,"ts_ms":%d}'
        prices = self._dollars(e.last), self._dollars(bid), self._dollars(ask)
        sizes = size(bid_lots), size(ask_lots), size(e.volume_lots), size(e.open_interest_lots)
        ms = e.time_us // 1000
        return template % (
            self._ticker,
            self._id,
            *prices,
            *sizes,
            e.volume_lots // 200,
            ms // 1000,
            ms,
        )


def rfc3339(time_us: int) -> bytes:
    """A moment as text, with microseconds."""
    moment = datetime.fromtimestamp(time_us // 1_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_us % 1_000_000:06d}Z".encode()
