"""The simulated Coinbase behaves as Coinbase does: what it begins with, what it refuses, its books
and its history.
"""

import asyncio
import json

import polars as pl

from marketdata_platform.core.books.book import Book
from marketdata_platform.core.books.book_events import book_events
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.simulator.venues.coinbase import COINBASE
from marketdata_platform.simulator.venues.gateway import Surroundings
from marketdata_platform.venues.lookups import book_rule
from marketdata_platform_tests.simulator.clients import (
    Rest,
    connected,
    decoded,
    listening,
    more_frames,
)

BTC, ETH = "coinbase:spot:BTC-USD", "coinbase:spot:ETH-USD"


def subscribing(*channels, kind="subscribe", products=("BTC-USD",)):
    told = {"type": kind, "product_ids": [*products], "channels": [*channels]}
    return json.dumps(told).encode()


def said(exchange, *messages, frames=1, seconds=0.0):
    """What one connection hears that sends these messages, and whether it was ended."""

    async def run():
        one = await connected(exchange.endpoints()["coinbase:spot"]["websocket"], "", [*messages])
        await more_frames(one, frames)
        await asyncio.sleep(seconds)
        ended = one.closed.is_set()
        one.transport.disconnect()
        return [json.loads(frame) for frame in one.frames], ended

    return asyncio.run(run())


def kinds(told):
    return [one["type"] for one in told]


def test_trades_begin_with_the_latest_and_count_on():
    with SimulatedExchange(ExchangeConfig((BTC,), rate=400, steady=True)) as exchange:
        said(exchange, subscribing("matches"), frames=20)
        told, _ = said(exchange, subscribing("matches"), frames=20)
    assert kinds(told)[:3] == ["subscriptions", "last_match", "match"]
    ids = [one["trade_id"] for one in told[1:]]
    assert ids == list(range(ids[0], ids[0] + len(ids)))


def test_a_connection_has_all_that_it_asked_for_and_ends_it_alone():
    with SimulatedExchange(ExchangeConfig((BTC, ETH), rate=10)) as exchange:
        told, _ = said(
            exchange,
            subscribing("matches"),
            subscribing({"name": "level2_batch", "product_ids": ["ETH-USD"]}, products=()),
            subscribing("matches", kind="unsubscribe"),
            frames=4,
            seconds=0.3,
        )
    listed = [one["channels"] for one in told if one["type"] == "subscriptions"]
    matches = {"name": "matches", "product_ids": ["BTC-USD"]}
    book = {"name": "level2_50", "product_ids": ["ETH-USD"]}
    assert listed == [[matches], [matches, book], [book]]
    assert "snapshot" in kinds(told)


def test_what_it_does_not_know_is_an_error_with_a_reason():
    with SimulatedExchange(ExchangeConfig((BTC,), rate=10)) as exchange:
        told, _ = said(
            exchange,
            b"{",
            b"[]",
            b'{"type":"subscribe","product_ids":["BTC-USD"]}',
            b'{"type":"dance","channels":[]}',
            subscribing("level2"),
            subscribing("nothing"),
            subscribing("matches", products=("BTC-USD", "NO-USD")),
            frames=7,
        )
    assert kinds(told) == ["error"] * 7
    reasons = [one["reason"] for one in told[4:]]
    assert "require authentication" in reasons[0]
    assert reasons[1:] == ["nothing is not a valid channel", "NO-USD is not a valid product"]


def test_who_says_nothing_for_five_seconds_is_sent_away():
    with SimulatedExchange(ExchangeConfig((BTC,), rate=10)) as exchange:
        assert said(exchange, frames=0, seconds=6.5) == ([], True)
        assert not said(exchange, subscribing("matches"), seconds=6.5)[1]


def test_a_snapshot_and_what_changes_are_the_exchanges_book():
    with SimulatedExchange(ExchangeConfig((BTC,), rate=2_000, speed=8, steady=True)) as exchange:

        async def listen():
            one = await listening(exchange, BTC, "book_deltas")
            await more_frames(one, 80)
            one.transport.disconnect()
            return one.frames

        out = decoded(BTC, asyncio.run(listen()))
        truth = exchange.ledger()[BTC]
    assert out.rejected == []
    book = Book(book_rule(Instrument.parse(BTC)))
    frames = {
        name: pl.concat([pl.from_arrow(part.table) for part in out.of(name)])
        for name in ("book_snapshots", "book_deltas")
    }
    (first,) = book_events(frames["book_snapshots"], snapshot=True)
    book.apply(first)
    moments = frames["book_deltas"]["ts_event"].unique(maintain_order=True).to_list()
    events = list(book_events(frames["book_deltas"], snapshot=False))
    assert len(events) == len(moments) > 40
    for moment, event in zip(moments, events, strict=True):
        book.apply(event)
        assert book.levels() == truth.book_at_time(moment)


def test_the_past_is_told_in_pages_the_newest_first():
    with SimulatedExchange(ExchangeConfig((BTC,), rate=2_000, steady=True)) as exchange:
        said(exchange, subscribing("matches"), frames=60)
        rest = Rest(exchange, BTC)

        def ids(query):
            status, _, body = rest.get(f"/products/BTC-USD/trades{query}")
            assert status == 200
            return [one["trade_id"] for one in json.loads(body)]

        newest = ids("?limit=5")
        assert newest == list(range(newest[0], newest[0] - 5, -1))
        assert ids(f"?limit=3&after={newest[-1]}") == [newest[-1] - 1 - n for n in range(3)]
        assert min(ids(f"?before={newest[1]}")) == newest[0]
        assert rest.get("/products/NO-USD")[0] == rest.get("/products/NO-USD/trades")[0] == 404
        assert rest.get("/nothing")[0] == 404
        assert rest.get("/products/BTC-USD/trades?after=x")[0] == 400


def test_more_than_ten_requests_in_a_second_are_refused():
    around = Surroundings(lambda: 1_786_310_820_123_456, lambda: None, True, {})
    gateway = COINBASE.gateway(COINBASE, "spot", (), around)
    answers = [gateway.answer("/time", {}) for _ in range(25)]
    assert json.loads(answers[0].body)["iso"] == "2026-08-09T21:27:00.123456Z"
    refused = [one for one in answers if one.status == 429]
    assert len(refused) >= 3  # were it to begin in the last moment of a second
    assert json.loads(refused[0].body) == {"message": "Public rate limit exceeded"}


def test_a_symbol_that_dies_is_in_no_list():
    with SimulatedExchange(ExchangeConfig((BTC, ETH), rate=10)) as exchange:
        exchange.delist("ETH-USD")
        rest = Rest(exchange, BTC)
        assert [one["id"] for one in json.loads(rest.get("/products")[2])] == ["BTC-USD"]
        assert rest.get("/products/ETH-USD")[0] == 404
