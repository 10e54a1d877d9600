"""Binance's REST answers while a recording is played: the book as it is by now, and the trades that
were sent.

Belongs here: what follows from the frames so far. Does not: sending frames (replay). A recorded
snapshot may be older or newer than the frames around it: changes are kept until one joins them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from marketdata_platform.simulator.server.http_messages import Response

_KEPT_CHANGES = 2_000
_MOST_TRADES = 2_000_000


class _Depth(msgspec.Struct, gc=False):
    s: str
    u: int
    b: list[tuple[str, str]]
    a: list[tuple[str, str]]


class _DepthFrame(msgspec.Struct, gc=False):
    data: _Depth


class _Trade(msgspec.Struct, gc=False, tag_field="e", tag="trade"):
    s: str
    t: int
    p: str
    q: str
    T: int
    m: bool


class _TradeFrame(msgspec.Struct, gc=False):
    data: _Trade


class _Snapshot(msgspec.Struct, gc=False):
    lastUpdateId: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


_depth, _trade = msgspec.json.Decoder(_DepthFrame), msgspec.json.Decoder(_TradeFrame)
_snapshot = msgspec.json.Decoder(_Snapshot)


class _Book:
    """Levels as text, exactly as they were recorded."""

    def __init__(self) -> None:
        self.last_id = 0
        self.sides: tuple[dict[str, str], dict[str, str]] = ({}, {})
        self.changes: deque[_Depth] = deque(maxlen=_KEPT_CHANGES)

    def begin(self, snapshot: _Snapshot) -> None:
        self.last_id = snapshot.lastUpdateId
        self.sides = dict(snapshot.bids), dict(snapshot.asks)
        for change in self.changes:
            self._apply(change)

    def change(self, change: _Depth) -> None:
        self.changes.append(change)
        if self.last_id:
            self._apply(change)

    def _apply(self, change: _Depth) -> None:
        if change.u <= self.last_id:
            return
        self.last_id = change.u
        for side, levels in zip(self.sides, (change.b, change.a), strict=True):
            for price, quantity in levels:
                if float(quantity):
                    side[price] = quantity
                else:
                    side.pop(price, None)


class ReplayedHistory:
    """What the played frames show of books and trades, by symbol."""

    def __init__(self) -> None:
        self._books: dict[str, _Book] = {}
        self._trades: dict[str, tuple[list[int], list[_Trade]]] = {}
        self._symbol = ""

    def take(self, channel: str, payload: bytes) -> None:
        """A frame that is played now."""
        symbol, _, kind = channel.partition("@")
        self._symbol = symbol.upper() or self._symbol
        try:
            if kind == "depth":
                change = _depth.decode(payload).data
                self._books.setdefault(change.s, _Book()).change(change)
            elif kind == "trade":
                trade = _trade.decode(payload).data
                ids, trades = self._trades.setdefault(trade.s, ([], []))
                if len(ids) < _MOST_TRADES and (not ids or trade.t > ids[-1]):
                    ids.append(trade.t)
                    trades.append(trade)
        except msgspec.DecodeError:
            return  # a damaged frame was recorded: it is played, and shows nothing

    def snapshot(self, payload: bytes, url: str) -> None:
        """A recorded answer, if it is one of `/depth`. Without an address its symbol is that of the
        frames around.
        """
        try:
            whole = _snapshot.decode(payload)
        except msgspec.DecodeError:
            return
        symbol = parse_qs(urlsplit(url).query).get("symbol", [self._symbol])[0]
        self._books.setdefault(symbol.upper(), _Book()).begin(whole)

    def answer(self, name: str, query: dict[str, str]) -> Response | None:
        """An answer to `depth`, `trades` or `historicalTrades`; None for others, and for what was
        never recorded.
        """
        symbol, limit = query.get("symbol", ""), query.get("limit", "500")
        most = int(limit) if limit.isdecimal() else 500
        if name == "depth" and symbol in self._books and self._books[symbol].last_id:
            return Response.json(_depth_answer(self._books[symbol], most))
        if name not in ("trades", "historicalTrades") or symbol not in self._trades:
            return None
        ids, trades = self._trades[symbol]
        first = query.get("fromId", "")
        begin = bisect_left(ids, int(first)) if first.isdecimal() else max(len(ids) - most, 0)
        return Response.json([_rest(trade) for trade in trades[begin : begin + min(most, 1_000)]])


def _depth_answer(book: _Book, most: int) -> dict[str, Any]:
    bids, asks = (sorted(side.items(), key=lambda level: float(level[0])) for side in book.sides)
    return {"lastUpdateId": book.last_id, "bids": bids[::-1][:most], "asks": asks[:most]}


def _rest(trade: _Trade) -> dict[str, Any]:
    return {
        "id": trade.t,
        "price": trade.p,
        "qty": trade.q,
        "time": trade.T,
        "isBuyerMaker": trade.m,
    }
