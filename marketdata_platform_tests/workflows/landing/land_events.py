"""Small seeded streams of every venue for landing's proofs: an event's content follows from its
number alone.
"""

from __future__ import annotations

import json
import random

from marketdata_platform_tests.workflows.landing.land_journals import (
    START_MS,
    Frame,
    depth,
    ticker,
    trade,
)

Streams = dict[str, list[Frame]]


def _levels(rng: random.Random, most: int = 6) -> list[list[str]]:
    """Different prices; many of them are gone (quantity 0), so that rows are alike but for the
    price.
    """
    prices = rng.sample(range(100, 160), rng.randrange(0, most))
    return [[f"{price}.5", rng.choice(("0", "0", "0.00000000", "1.5", "2"))] for price in prices]


def _spot_depth(number: int) -> bytes:
    rng = random.Random(f"depth {number}")
    levels = [("b", *one) for one in _levels(rng)] + [("a", *one) for one in _levels(rng)]
    return depth(number * 3 + 1, number * 3 + 3, *levels)


def _of_bybit(number: int, when: int) -> bytes:
    rng = random.Random(f"bybit {number}")
    if number % 3 == 0:
        told = [
            {
                "T": when,
                "s": "BTCUSDT",
                "S": "Sell",
                "v": "2",
                "p": "1.5",
                "i": f"uuid-{number}",
                "BT": False,
            }
        ]
        return _json({"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": when, "data": told})
    book = {
        "s": "BTCUSDT",
        "b": _levels(rng),
        "a": _levels(rng),
        "u": number + 2,
        "seq": 7_000 + number,
    }
    kind = "snapshot" if number % 20 == 1 else "delta"
    return _json({"topic": "orderbook.200.BTCUSDT", "type": kind, "ts": when, "data": book})


def _of_deribit(number: int, when: int) -> bytes:
    rng = random.Random(f"deribit {number}")
    name = "BTC-PERPETUAL"
    if number % 3 == 0:
        told: object = [
            {
                "timestamp": when,
                "price": 1.5,
                "amount": 10.0 + part,
                "direction": "sell",
                "instrument_name": name,
                "trade_seq": number * 9 + part,
                "trade_id": f"{number * 9 + part}",
            }
            for part in range(number % 4 + 1)
        ]
        channel = f"trades.{name}.100ms"
    else:
        sides = [
            [["change" if q == "2" else "delete", float(p), float(q)] for p, q in _levels(rng)]
            for _ in "ba"
        ]
        told = {
            "timestamp": when,
            "type": "change",
            "instrument_name": name,
            "change_id": number + 5,
            "prev_change_id": number + 4,
            "bids": sides[0],
            "asks": sides[1],
        }
        channel = f"book.{name}.100ms"
    return _json(
        {"jsonrpc": "2.0", "method": "subscription", "params": {"channel": channel, "data": told}}
    )


def _of_kalshi(number: int, when: int) -> bytes:
    """Among the changes are equal ones of one moment: only their count tells them apart."""
    rng = random.Random(f"kalshi {number // 3}")
    market = f"KX-{number // 3 % 2}"
    if number % 7 == 0:
        told = {
            "trade_id": f"t{number}",
            "yes_price_dollars": "0.5",
            "count_fp": "2.00",
            "taker_side": "no",
            "ts_ms": when,
        }
        return _json(
            {"type": "trade", "sid": 1, "seq": number, "msg": {"market_ticker": market, **told}}
        )
    told = {
        "price_dollars": f"0.{rng.randrange(40, 44)}",
        "delta_fp": rng.choice(("-3.00", "1.00")),
        "side": "no",
        "ts": f"2026-08-05T04:{number // 180 % 60:02}:{number // 3 % 60:02}.1Z",
    }
    return _json(
        {
            "type": "orderbook_delta",
            "sid": 1,
            "seq": number,
            "msg": {"market_ticker": market, **told},
        }
    )


def _json(message: object) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def events(first: int, count: int) -> Streams:
    """What happened: frames by connection, in their order."""
    numbers, found = range(first, first + count), {}
    found["binance:spot/ws/c"] = [
        ("binance:spot/ws/c", make(n), START_MS + n * 90)
        for n in numbers
        for make in (trade, ticker, _spot_depth, lambda n: trade(n, "ETHUSDT"))
        if (n + len(make.__name__)) % 3
    ]
    for name, make in (
        ("bybit:linear/ws/c", _of_bybit),
        ("deribit:any/ws/c", _of_deribit),
        ("kalshi:event/ws/c", _of_kalshi),
    ):
        found[name] = [(name, make(n, START_MS + n * 90), START_MS + n * 90) for n in numbers]
    return found


def heard(streams: Streams, rng: random.Random) -> list[Frame]:
    """One gatherer's recording: it begins later, misses frames, hears some twice or out of order,
    on two connections.

    Kalshi's are left in order and whole behind the beginning: their numbers are a connection's own.
    """
    frames: list[Frame] = []
    for name, told in streams.items():
        if rng.random() < 0.25:
            continue
        told = told[rng.randrange(len(told)) if rng.random() < 0.4 else 0 :]
        late = rng.randrange(0, 40)
        exact = name.startswith("kalshi")
        share = 0.0 if exact else rng.choice((0.0, 0.1, 0.5))
        for stream, frame, when in told:
            if rng.random() < share:
                continue
            frames.append((f"{stream}1", frame, when + late))
            if not exact and rng.random() < 0.05:
                frames.append(
                    (f"{stream}{rng.randrange(1, 3)}", frame, when + late + rng.randrange(900))
                )
    return sorted(frames, key=lambda one: one[2])
