"""Streams that tell of a whole market: only what was asked for is stored, the rest is counted."""

from __future__ import annotations

import json

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.landing.land import land
from marketdata_platform.workflows.landing.rounds import LandOptions
from marketdata_platform_tests.workflows.landing.land_journals import (
    NOW,
    START_MS,
    content,
    sources,
    write,
)

STRIKES = [
    Instrument("binance", "options", f"BTC-261225-{strike}-C")
    for strike in range(80_000, 120_000, 1_000)
]
MINE, ANOTHER = STRIKES[20], STRIKES[3]
STREAM, NOTES = "binance:options/ws/c1", "binance:options/note/c1"


def marks(second):
    """What `btcusdt@optionMarkPrice` sends each second: every strike."""
    when = START_MS + 1_000 * second
    told = [
        {
            "e": "markPrice",
            "E": when,
            "s": one.symbol,
            "mp": "1010.5",
            "i": "99000.5",
            "vo": "0.63",
            "d": "0.5",
            "t": "-8.25",
            "g": "0.0001",
            "v": "12.5",
            "b": "0.61",
            "a": "0.65",
            "bo": "1000",
            "ao": "1020",
            "bq": "1",
            "aq": "2",
            "rf": "0.01",
        }
        for one in STRIKES
    ]
    return STREAM, json.dumps({"stream": "btcusdt@optionMarkPrice", "data": told}).encode(), when


def interest(second):
    when = START_MS + 1_000 * second
    told = [
        {"e": "openInterest", "E": when, "s": one.symbol, "o": "5.5", "h": "9.1"} for one in STRIKES
    ]
    return (
        STREAM,
        json.dumps({"stream": "btcusdt@openInterest@261225", "data": told}).encode(),
        when,
    )


def trade(one, number):
    told = {
        "e": "trade",
        "E": START_MS,
        "T": START_MS,
        "s": one.symbol,
        "t": number,
        "p": "990",
        "q": "0.1",
        "S": "BUY",
        "m": False,
        "X": "MARKET",
    }
    return (
        STREAM,
        json.dumps({"stream": f"{one.symbol.lower()}@optionTrade", "data": told}).encode(),
        START_MS,
    )


def subscribed(*instruments):
    told = {str(one): ["options_tickers"] for one in instruments}
    return (
        NOTES,
        json.dumps({"event": "subscribed", "connection": "c1", "instruments": told}).encode(),
        START_MS,
    )


def landed(store, folder, configured=()):
    options = LandOptions(configured=frozenset(configured))
    return land(store, sources(folder, "g1"), options, now=lambda: NOW)


def held(store, *datasets):
    return {
        str(one) for one in store.instruments() for name in datasets if content(store, name, one)
    }


def test_of_every_strike_only_those_that_are_configured_are_stored_and_the_rest_is_counted(
    tmp_path,
):
    write(tmp_path, "g1", [marks(1), interest(1), marks(2), trade(ANOTHER, 7)])
    store = DuckDBStore(tmp_path / "store", clock=lambda: NOW)
    result = landed(store, tmp_path, [MINE])
    assert (
        held(store, "options_tickers")
        == held(store, "index_prices")
        == held(store, "open_interest")
        == {str(MINE)}
    )
    assert len(content(store, "options_tickers", MINE)) == 2
    others = len(STRIKES) - 1
    assert result.counts["options_tickers of instruments that are not configured"] == 2 * others
    assert result.counts["open_interest of instruments that are not configured"] == others
    assert held(store, "trades") == {str(ANOTHER)}, "a stream of one instrument is always stored"
    assert len(list((tmp_path / "store").rglob("*.duckdb"))) == 4, (
        "the two, the gatherer's and landing's own"
    )
    assert (result.inserted, result.by_gatherer["g1"].rows, result.quarantined) == (6, 6, 0)


def test_what_a_gatherer_subscribed_to_is_stored_though_it_is_configured_no_more(tmp_path):
    write(tmp_path, "g1", [subscribed(MINE), marks(1)])
    store = MemoryStore(clock=lambda: NOW)
    landed(store, tmp_path, [ANOTHER])
    write(tmp_path, "g1", [marks(2)])  # a later landing remembers it, too
    landed(store, tmp_path, [ANOTHER])
    assert held(store, "options_tickers") == {str(MINE), str(ANOTHER)}
    assert len(content(store, "options_tickers", MINE)) == 2


def test_where_nothing_of_the_market_is_configured_everything_is_stored(tmp_path):
    write(tmp_path, "g1", [marks(1)])
    store = MemoryStore(clock=lambda: NOW)
    landed(store, tmp_path, [Instrument("binance", "spot", "BTCUSDT")])
    assert held(store, "options_tickers") == set(map(str, STRIKES))


def test_open_interest_that_was_asked_for_by_name_is_stored(tmp_path):
    told = [
        {
            "symbol": one.symbol,
            "sumOpenInterest": "4",
            "sumOpenInterestUsd": "9",
            "timestamp": str(START_MS),
        }
        for one in STRIKES
    ]
    stream = f"binance:options/rest/openInterest?symbol={MINE.symbol}"
    write(tmp_path, "g1", [(stream, json.dumps(told).encode(), START_MS)])
    store = MemoryStore(clock=lambda: NOW)
    landed(store, tmp_path, [ANOTHER])
    assert held(store, "open_interest") == {str(MINE)}
