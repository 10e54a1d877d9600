"""Books rebuilt from what the simulated exchange streams are its own, at every update."""

import asyncio
from datetime import UTC, datetime

import polars as pl
import pytest

from marketdata_platform.core.books.book import Book, Verdict
from marketdata_platform.core.books.book_events import book_events
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.venues.decoding import decode_answers
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform.venues.lookups import book_rule, routes_of
from marketdata_platform_tests.simulator.clients import (
    NOW,
    Rest,
    decoded,
    heard,
    listening,
    more_frames,
)

BINANCE = ("binance:spot:BTCUSDT", "binance:futures:SOLUSDT", "binance:coin_futures:BTCUSD_PERP")
OTHERS = (
    "deribit:perpetual:ETH-PERPETUAL",
    "deribit:option:BTC-25DEC26-90000-P",
    "bybit:spot:ETHUSDT",
    "bybit:linear:BTCUSDT",
    "bybit:inverse:BTCUSD",
    "kalshi:event:KXSIM-26DEC31-T100",
    "kalshi:event:KXSIM-26DEC31-T200",
)


def frame_of(out, dataset: str) -> pl.DataFrame:
    return pl.concat([pl.from_arrow(part.table) for part in out.of(dataset)])


@pytest.fixture(scope="module")
def exchange():
    names = (*BINANCE, *OTHERS)
    with SimulatedExchange(
        ExchangeConfig(names, rate=3_000, speed=10, limits=False, steady=True)
    ) as running:
        yield running


@pytest.fixture(scope="module")
def frames(exchange) -> dict[str, list[bytes]]:
    async def listen():
        names = (*BINANCE, *OTHERS)
        datasets = ("book_deltas",)
        found = await asyncio.gather(
            *(heard(exchange, name, *datasets, seconds=0.5, least=150) for name in names)
        )
        return dict(zip(names, found, strict=True))

    return asyncio.run(listen())


@pytest.fixture(scope="module")
def snapshots(exchange) -> dict[str, tuple[bytes, list[bytes]]]:
    """Answers asked for while the streams run, as gatherers do, and the streams' frames."""

    async def ask(name):
        recorder = await listening(exchange, name, "book_deltas")
        await more_frames(recorder, 5)
        one = Instrument.parse(name)
        routes = routes_of(one.venue, one.market)
        request = routes.request("depth", one.symbol, {"limit": 1_000}).target
        _, _, body = await asyncio.to_thread(Rest(exchange, name).get, request)
        await more_frames(recorder, 20)
        recorder.transport.disconnect()
        return body, recorder.frames

    async def ask_all():
        return dict(zip(BINANCE, await asyncio.gather(*map(ask, BINANCE)), strict=True))

    return asyncio.run(ask_all())


@pytest.mark.parametrize("name", BINANCE)
def test_a_rest_snapshot_joined_by_diffs_is_the_book_at_every_update(exchange, snapshots, name):
    answer, told = snapshots[name]
    one = Instrument.parse(name)
    stream = Stream.answer(one.venue, one.market, "depth", one.symbol)
    snapshot = frame_of(decode_answers(stream, [answer], [NOW]), "book_snapshots")
    book = Book(book_rule(Instrument.parse(name)))
    truth = exchange.truth()[name]
    (first,) = book_events(snapshot, snapshot=True)
    book.apply(first)
    assert book.levels() == truth.book_at(first.last_id)
    verdicts = []
    for event in book_events(frame_of(decoded(name, told), "book_deltas"), snapshot=False):
        verdicts.append(book.apply(event))
        if verdicts[-1] is Verdict.APPLY:
            assert book.levels() == truth.book_at(event.last_id)
    assert set(verdicts) == {Verdict.STALE, Verdict.APPLY}
    assert verdicts.count(Verdict.APPLY) > 5


@pytest.mark.parametrize("name", [n for n in OTHERS if not n.startswith("kalshi")])
def test_a_streamed_snapshot_and_its_changes_are_the_book_at_every_update(exchange, frames, name):
    out = decoded(name, frames[name])
    assert out.rejected == []
    book = Book(book_rule(Instrument.parse(name)))
    truth = exchange.truth()[name]
    (first,) = book_events(frame_of(out, "book_snapshots"), snapshot=True)
    book.apply(first)
    assert book.levels() == truth.book_at(first.last_id)
    count = 0
    for event in book_events(frame_of(out, "book_deltas"), snapshot=False):
        assert book.apply(event) is Verdict.APPLY
        assert book.levels() == truth.book_at(event.last_id)
        count += 1
    assert count > 20


@pytest.mark.parametrize("name", [n for n in OTHERS if n.startswith("kalshi")])
def test_signed_changes_lead_to_the_book_of_their_moment(exchange, frames, name):
    out = decoded(name, frames[name])
    assert out.rejected == []
    book = Book(book_rule(Instrument.parse(name)))
    truth = exchange.truth()[name]
    (first,) = book_events(frame_of(out, "book_snapshots"), snapshot=True)
    book.apply(first)
    deltas = frame_of(out, "book_deltas")
    moments = deltas["ts_event"].unique(maintain_order=True)
    assert len(moments) > 5
    for moment in moments:
        for event in book_events(deltas.filter(pl.col("ts_event") == moment), snapshot=False):
            assert book.apply(event) is Verdict.APPLY
        assert book.levels() == truth.book_at_time(moment)


def test_a_quote_is_the_top_of_the_book_of_its_update(exchange):
    name = "binance:futures:SOLUSDT"
    out = decoded(name, asyncio.run(heard(exchange, name, "quotes", seconds=0.1, least=40)))
    truth = exchange.truth()[name]
    quotes = frame_of(out, "quotes")
    assert quotes.height > 20
    for row in quotes.head(150).iter_rows(named=True):
        bids, asks = truth.book_at(row["sequence"])
        assert bids[0] == (row["bid_price"], row["bid_quantity"])
        assert asks[0] == (row["ask_price"], row["ask_quantity"])


def test_every_trade_takes_what_the_book_had():
    name = "binance:spot:BTCUSDT"
    with SimulatedExchange(ExchangeConfig((name,), rate=4_000, speed=20)) as running:
        asyncio.run(heard(running, name, "trades", seconds=0.1, least=600))
        running.halt()
        truth = running.truth()[name]
        assert truth.trades.height > 500
        for time_us, update_id in truth.publications()[5:60:5]:
            bids, asks = truth.book_at(update_id)
            assert bids and asks and bids[0][0] < asks[0][0]
            assert all(quantity > 0 for _, quantity in (*bids, *asks))
            assert truth.book_at_time(datetime.fromtimestamp(time_us / 1e6, UTC)) == (bids, asks)


def test_a_book_that_never_was_is_refused(exchange):
    truth = exchange.truth()
    with pytest.raises(InvalidInput, match="has no state 5"):
        truth["binance:spot:BTCUSDT"].book_at(5)
    with pytest.raises(InvalidInput, match="published no book 0"):
        truth["bybit:linear:BTCUSDT"].book_at(0)
