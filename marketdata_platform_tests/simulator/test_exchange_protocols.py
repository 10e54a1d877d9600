"""Every venue's streams and REST answers go through the real decoders without a refusal, and say
what is true.
"""

import asyncio

import polars as pl
import pytest

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.venues.endpoints import endpoint_of
from marketdata_platform_tests.simulator.clients import Rest, connected, decoded, heard, subscribing
from marketdata_platform_tests.venues.examples import part_of_every_venue

EXAMPLES = {name: one.SIMULATED for name, one in part_of_every_venue("simulated").items()}
STREAMS = {name: given for one in EXAMPLES.values() for name, given in one.streams.items()}


@pytest.fixture(scope="module")
def recorded():
    """All streams of all instruments for a moment, and the truth afterwards."""
    names = tuple(STREAMS)
    with SimulatedExchange(
        ExchangeConfig(
            names,
            rate=4_500,
            speed=8,
            steady=True,
            limits=False,
            liquidation_every=40,
            insurance_every=50,
        )
    ) as exchange:

        async def listen():
            return await asyncio.gather(
                *(heard(exchange, name, *STREAMS[name], seconds=1.2, least=1_000) for name in names)
            )

        frames = dict(zip(names, asyncio.run(listen()), strict=True))
        exchange.halt()
        yield exchange, frames, exchange.ledger()


@pytest.mark.parametrize("name", STREAMS)
def test_the_frames_of_a_venue_are_decoded_without_a_refusal(recorded, name):
    _, frames, _ = recorded
    out = decoded(name, frames[name])
    assert out.rejected == []
    datasets = {part.dataset.name for part in out.rows if str(part.instrument) == name}
    assert set(STREAMS[name]) - datasets == set()


@pytest.mark.parametrize("name", STREAMS)
def test_the_trades_that_are_heard_are_those_of_the_truth(recorded, name):
    _, frames, truth = recorded
    out = decoded(name, frames[name])
    got = pl.concat([pl.from_arrow(part.table) for part in out.of("trades")]).unique("trade_id")
    told = truth.trades(name)
    assert got.height > 100
    columns = [c for c in told.columns if c != "ts_recv"]
    expected = told.filter(pl.col("trade_id").is_in(got["trade_id"].implode()))
    assert expected.height == got.height
    order = ["ts_event", "trade_id"]
    assert got.select(columns).sort(order).equals(expected.select(columns).sort(order))


@pytest.mark.parametrize("name", STREAMS)
def test_rest_answers_are_decoded_without_a_refusal(recorded, name):
    exchange, _, _ = recorded
    rest = Rest(exchange, name)
    one = Instrument.parse(name)
    for route, more in EXAMPLES[one.venue].routes[rest.market].items():
        out, body = rest.ask(route, **more)
        assert out.rejected == [], (route, body[:300])
        assert sum(part.table.num_rows for part in out.rows) > 0, (route, body[:300])


def test_each_place_answers_to_the_address_that_it_names(recorded):
    exchange, _, _ = recorded
    for place, addresses in exchange.endpoints().items():
        endpoint = endpoint_of(*place.split(":"))
        assert addresses["websocket"].startswith(f"ws://127.0.0.1:{exchange.port}/")
        assert addresses["rest"].startswith(f"http://127.0.0.1:{exchange.port}/")
        assert endpoint.venue in addresses["rest"]


def test_unsubscribing_ends_a_stream_and_listing_tells_those_left():
    name = "binance:spot:BTCUSDT"
    with SimulatedExchange(ExchangeConfig((name,), rate=500, steady=True)) as exchange:

        async def run():
            url = exchange.endpoints()["binance:spot"]["websocket"]
            one = await connected(url, "binance", subscribing(name, "trades", "quotes"))
            await asyncio.sleep(0.2)
            one.transport.send(1, b'{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":2}')
            one.transport.send(1, b'{"method":"LIST_SUBSCRIPTIONS","id":3}')
            await asyncio.sleep(0.2)
            one.transport.disconnect()
            return one.frames

        frames = asyncio.run(run())
        assert b'{"result":["btcusdt@bookTicker"],"id":3}' in frames
        after = frames[frames.index(b'{"result":null,"id":2}') :]
        assert any(b"@bookTicker" in f for f in after) and not any(b"@trade" in f for f in after)
