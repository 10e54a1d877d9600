"""Frames of every venue by kind, made here, and the typed shape of each for bare decoding.

Belongs here: making frames in the venues' shapes. Does not: timing. Bybit's, Deribit's and Kalshi's
numbers of levels and events a frame are those of recorded ones.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import msgspec

from marketdata_platform.venues.bybit import streams as bybit
from marketdata_platform.venues.deribit import streams as deribit
from marketdata_platform.venues.kalshi import streams as kalshi

NOW_MS = 1_786_310_820_000
_LEVELS = {(bybit.Book, "b"), (bybit.Book, "a")}
_NUMBERED_LEVELS = {(deribit.Book, "bids"), (deribit.Book, "asks")}


def written(message: object) -> bytes:
    """A message as venues write it."""
    return json.dumps(message, separators=(",", ":")).encode()


def price(rng: random.Random) -> str:
    """A price as text."""
    return f"{rng.randint(639_000, 640_000) / 10:.2f}"


def size(rng: random.Random) -> str:
    """A quantity as text."""
    return f"{rng.randint(1, 20_000) / 1000:.3f}"


def _bybit(topic: str, data: object, n: int, kind: str = "delta") -> bytes:
    return written({"topic": topic, "type": kind, "ts": NOW_MS + n, "data": data, "cs": 1000 + n})


def _bybit_trades(rng: random.Random, n: int) -> bytes:
    told = {"T": NOW_MS + n, "s": "BTCUSDT", "S": "Sell", "L": "PlusTick", "BT": False, "seq": n}
    events = [
        {**told, "v": size(rng), "p": price(rng), "i": f"0f2a-{n}-{i}"}
        for i in range(rng.randint(1, 5))
    ]
    return _bybit("publicTrade.BTCUSDT", events, n, "snapshot")


def _side(rng: random.Random, levels: int) -> list[list[str]]:
    return [[price(rng), size(rng)] for _ in range(levels)]


def _bybit_book(rng: random.Random, n: int) -> bytes:
    sides = {"b": _side(rng, 10), "a": _side(rng, 10)}
    return _bybit("orderbook.200.BTCUSDT", {"s": "BTCUSDT", **sides, "u": n, "seq": n}, n)


def _bybit_ticker(rng: random.Random, n: int) -> bytes:
    told = {"symbol": rng.choice(["BTCUSDT", "ETHUSDT"]), "markPrice": price(rng)}
    told |= {"bid1Price": price(rng), "bid1Size": size(rng)} if n % 2 else {}
    told |= {"ask1Price": price(rng), "ask1Size": size(rng)} if n % 2 else {}
    told |= {"turnover24h": "12345678901.2345", "volume24h": "98765.4"} if n % 4 == 0 else {}
    return _bybit(f"tickers.{told['symbol']}", told, n)


def _deribit(channel: str, data: object) -> bytes:
    params = {"channel": channel, "data": data}
    return written({"jsonrpc": "2.0", "method": "subscription", "params": params})


def _top(rng: random.Random) -> dict[str, float]:
    bid = rng.randint(120_000, 140_000) / 2
    sizes = {f"best_{side}_amount": rng.randint(1, 9_999) * 10.0 for side in ("bid", "ask")}
    return {"best_bid_price": bid, "best_ask_price": bid + 0.5, **sizes}


def _deribit_trades(rng: random.Random, n: int) -> bytes:
    told = {"timestamp": NOW_MS + n, "instrument_name": "BTC-PERPETUAL", "direction": "sell"}
    events = [
        {
            **told,
            "trade_seq": 3 * n + i,
            "trade_id": str(3 * n + i),
            "price": 64000.5,
            "amount": 10.0,
        }
        for i in range(rng.choice([1, 1, 1, 2, 3]))
    ]
    return _deribit("trades.BTC-PERPETUAL.100ms", events)


def _deribit_book(rng: random.Random, n: int) -> bytes:
    def side() -> list[list[object]]:
        return [["change", rng.randint(120_000, 140_000) / 2, 50.0] for _ in range(6)]

    told = {"type": "change", "timestamp": NOW_MS + n, "instrument_name": "BTC-PERPETUAL"}
    told |= {"prev_change_id": n, "change_id": n + 1, "bids": side(), "asks": side()}
    return _deribit("book.BTC-PERPETUAL.100ms", told)


def _deribit_quote(rng: random.Random, n: int) -> bytes:
    name = rng.choice(["BTC-PERPETUAL", "ETH-PERPETUAL"])
    return _deribit(
        f"quote.{name}", {"timestamp": NOW_MS + n, "instrument_name": name, **_top(rng)}
    )


def _deribit_ticker(rng: random.Random, n: int) -> bytes:
    told = {"timestamp": NOW_MS + n, "instrument_name": "BTC-PERPETUAL", **_top(rng)}
    told |= {
        "stats": {"volume": 7871.02 + n, "low": 66000.5, "high": 70000.0},
        "last_price": 64000.5,
    }
    told |= {"open_interest": 100_000_000 + n, "mark_price": 64000.13, "index_price": 63999.4}
    told |= {"funding_8h": 3.31e-6, "current_funding": 0.00001234}
    return _deribit("ticker.BTC-PERPETUAL.100ms", told)


def _kalshi(kind: str, n: int, told: dict[str, object]) -> bytes:
    message = {"market_ticker": f"KXGOLD-{n % 2}", **told}
    return written({"type": kind, "sid": 3, "seq": n, "msg": message})


def _cents(rng: random.Random) -> str:
    return f"0.{rng.randint(2, 97):02d}00"


def _kalshi_trade(rng: random.Random, n: int) -> bytes:
    told = {"trade_id": f"5b0e-{n}", "yes_price_dollars": _cents(rng), "count_fp": "12.00"}
    return _kalshi("trade", n, told | {"taker_side": "yes", "ts_ms": NOW_MS + n})


def _kalshi_delta(rng: random.Random, n: int) -> bytes:
    when = f"2026-08-05T04:{n // 60_000 % 60:02d}:{n // 1000 % 60:02d}.{n % 1000:03d}123Z"
    told = {"price_dollars": _cents(rng), "delta_fp": f"{rng.randint(-500, 500)}.00", "side": "yes"}
    return _kalshi("orderbook_delta", n, told | {"ts": when})


def _kalshi_ticker(rng: random.Random, n: int) -> bytes:
    told = {"price_dollars": _cents(rng), "yes_bid_dollars": "0.4400", "yes_ask_dollars": "0.4600"}
    told |= {"volume_fp": f"{100_000 + n}.00", "open_interest_fp": "5000.00", "dollar_volume": n}
    return _kalshi("ticker", n, told | {"ts": NOW_MS // 1000 + n // 9, "ts_ms": NOW_MS + n})


def _plain(shape: type) -> type:
    """The shape with everything typed that ours leaves as JSON."""
    fields = []
    for one in msgspec.structs.fields(shape):  # type: ignore[arg-type]
        kind = one.type
        if (shape, one.name) in _LEVELS:
            kind = list[tuple[str, str]]
        elif (shape, one.name) in _NUMBERED_LEVELS:
            kind = list[tuple[str, float, float]]
        elif kind is msgspec.Raw:
            kind = float | None
        elif kind == deribit.Stats | None:
            kind = _plain(deribit.Stats) | None
        fields.append((one.name, kind) if one.required else (one.name, kind, None))
    return msgspec.defstruct(f"Plain{shape.__name__}", fields, gc=False)


def _within(name: str, data: Any, **more: Any) -> Any:
    fields = [(name, data), *more.items()]
    return msgspec.defstruct("Envelope", fields, gc=False)


_MAKERS: dict[tuple[str, str], tuple[Callable[[random.Random, int], bytes], Any]] = {
    ("bybit", "publicTrade"): (_bybit_trades, list[_plain(bybit.Trade)]),  # type: ignore[misc]
    ("bybit", "orderbook"): (_bybit_book, _plain(bybit.Book)),
    ("bybit", "tickers"): (_bybit_ticker, _plain(bybit.Ticker)),
    ("deribit", "trades"): (_deribit_trades, list[_plain(deribit.Trade)]),  # type: ignore[misc]
    ("deribit", "book"): (_deribit_book, _plain(deribit.Book)),
    ("deribit", "quote"): (_deribit_quote, _plain(deribit.Quote)),
    ("deribit", "ticker"): (_deribit_ticker, _plain(deribit.Ticker)),
    ("kalshi", "trade"): (_kalshi_trade, kalshi.Trade),
    ("kalshi", "orderbook_delta"): (_kalshi_delta, kalshi.Delta),
    ("kalshi", "ticker"): (_kalshi_ticker, _plain(kalshi.Ticker)),
}
MARKETS = {"bybit": "linear", "deribit": "any", "kalshi": "event"}


def frames(count: int, seed: int = 1) -> dict[tuple[str, str], list[bytes]]:
    """`count` frames of each venue and kind."""
    return {
        where: [make(rng, n) for n in range(count)]
        for where, (make, _) in _MAKERS.items()
        for rng in [random.Random(seed)]
    }


def bare(venue: str, kind: str) -> msgspec.json.Decoder[Any]:
    """msgspec's decoder of a kind whose frames are known to be of it: objects, no columns."""
    data = _MAKERS[venue, kind][1]
    whole = {
        "bybit": lambda: _within("data", data, ts=int, type=str, cs=int),
        "deribit": lambda: _within("params", _within("data", data)),
        "kalshi": lambda: _within("msg", data, sid=int, seq=int),
    }[venue]()
    return msgspec.json.Decoder(whole)
