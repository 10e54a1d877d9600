"""Rows of every raw dataset, as the decoders make them, heard by two recorders: stored once, first
receipt kept.
"""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from marketdata_platform.core.datasets import RAW
from marketdata_platform.core.datasets.raw_market import PUBLISHED
from marketdata_platform.venues.binance.rest import decode_rest
from marketdata_platform_tests.venues.small_frames import DECODERS

MIDNIGHT = 1_786_320_000_000_000  # 2026-08-10 00:00 UTC
MS = MIDNIGHT // 1000
LATE = 50_000  # µs between the two recorders


def binance(stream, **data):
    return {"stream": f"btcusdt@{stream}", "data": {"s": "BTCUSDT", **data}}


MARK = binance(
    "markPrice", e="markPriceUpdate", E=MS, p="101.5", i="101.25", r="0.0001", T=MS + 1000
)
ORDER = {"s": "BTCUSDT", "S": "SELL", "q": "2", "p": "1.5", "X": "FILLED", "T": MS}
TICKER = {"symbol": "BTCUSDT", "lastPrice": "5", "openInterest": "7", "openInterestValue": "35"}
OPTION = {
    "timestamp": MS,
    "instrument_name": "BTC-25DEC26-100000-C",
    "mark_iv": 65.5,
    "greeks": {"delta": 0.5},
}
DELTA = {
    "market_ticker": "KX-1",
    "price_dollars": "0.32",
    "delta_fp": "-46.02",
    "side": "no",
    "ts_ms": MS,
}
MESSAGES = {
    "trades": ("BINANCE", binance("trade", e="trade", T=MS, t=7, p="1.5", q="2", m=True)),
    "quotes": ("BINANCE", binance("bookTicker", u=5, b="1.1", B="3", a="1.2", A="1")),
    "book_deltas": (
        "BINANCE",
        binance(
            "depth@100ms",
            e="depthUpdate",
            E=MS,
            U=3,
            u=4,
            b=[["1.5", "2"], ["1.4", "0"]],
            a=[["1.5", "7"]],
        ),
    ),
    "funding_rates": ("BINANCE_FUTURES", MARK),
    "index_prices": ("BINANCE_FUTURES", MARK),
    "liquidations": (
        "BINANCE_FUTURES",
        {"stream": "x", "data": {"e": "forceOrder", "E": MS, "o": ORDER}},
    ),
    "open_interest": (
        "BYBIT",
        {"topic": "tickers.BTCUSDT", "type": "delta", "ts": MS, "cs": 9, "data": TICKER},
    ),
    "tickers": (
        "BYBIT",
        {"topic": "tickers.BTCUSDT", "type": "delta", "ts": MS, "cs": 9, "data": TICKER},
    ),
    "options_tickers": (
        "DERIBIT",
        {"method": "subscription", "params": {"channel": "ticker.X.raw", "data": OPTION}},
    ),
    "kalshi deltas": ("KALSHI", {"type": "orderbook_delta", "sid": 1, "seq": 2, "msg": DELTA}),
}


def heard(name, received_us):
    """The rows of one message, as a recorder that heard it then has them."""
    times = np.array([received_us], np.int64)
    dataset = "book_deltas" if name == "kalshi deltas" else name
    if name == "book_snapshots":
        out = decode_rest(
            "spot",
            "depth",
            [b'{"lastUpdateId":7,"bids":[["1.5","2"]],"asks":[]}'],
            times,
            symbol="X",
        )
    elif name == "instruments":
        out = decode_rest(
            "spot", "exchangeInfo", [b'{"symbols":[{"symbol":"X","status":"TRADING"}]}'], times
        )
    else:
        key, message = MESSAGES[name]
        decode, market = DECODERS[key]
        out = decode(market, [json.dumps(message).encode()], times)
    (rows,) = out.of(dataset)
    return rows


def test_every_raw_dataset_that_is_heard_is_looked_at_here():
    published = {d.name for d in PUBLISHED}  # these come in files: history/test_loads.py
    assert {d.name for d in RAW} <= {*MESSAGES, *published, "book_snapshots", "instruments"}


@pytest.mark.parametrize("name", [*MESSAGES, "book_snapshots", "instruments"])
@pytest.mark.parametrize(
    "first", [MIDNIGHT + 1_000, MIDNIGHT - 20_000], ids=["within a day", "over midnight"]
)
@pytest.mark.parametrize("turned", [False, True], ids=["in order", "late one first"])
def test_what_two_recorders_heard_is_stored_once_with_its_first_receipt(store, name, first, turned):
    if name == "instruments" and first < MIDNIGHT:
        pytest.skip(
            "an instrument's state is written again every hour: over midnight these are two rows"
        )
    received = [first + LATE, first] if turned else [first, first + LATE]
    parts = [heard(name, moment) for moment in received]
    dataset, instrument = parts[0].dataset.name, parts[0].instrument
    done = [store.append(dataset, instrument, part.table, source="x") for part in parts]
    assert [(d.inserted, d.duplicates, d.conflicts) for d in done] == [
        (len(parts[0].table), 0, 0),
        (0, len(parts[0].table), 0),
    ]
    stored = [row for batch in store.read(dataset, instrument, None) for row in batch.to_pylist()]
    assert {row["ts_recv"] for row in stored} == {datetime.fromtimestamp(first / 1e6, UTC)}
    covered = store.coverage(dataset, instrument)
    assert [(c.day, c.rows) for c in covered] == [(stored[0]["ts_event"].date(), len(stored))]
