"""Polls beside the streams: they end when they are told to, whatever they wait for."""

import asyncio
from dataclasses import replace

import pytest

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.asking.rest import RestClient
from marketdata_platform.feeds.asking.rest_polls import Polls
from marketdata_platform.feeds.gathering.market_context import RecordingOptions
from marketdata_platform.feeds.gathering.plan import plan
from marketdata_platform.venues.endpoints import endpoint_of
from marketdata_platform_tests.feeds.asking.http_server import HttpServer, answer

ONE = Instrument("binance", "futures", "BTCUSDT")


class Sink:
    """Takes everything."""

    stopped = None
    acknowledged = None

    def __init__(self):
        self.streams = []

    def append_nowait(self, stream, payload, recv_ns, mono_ns):
        self.streams.append(stream)
        return len(self.streams)

    async def room(self, payload_bytes=0):
        return None


class Log:
    """Hears everything."""

    def info(self, event, **fields):
        pass

    warning = info


def polls_of(server, sink, *datasets, habits=None):
    endpoint = replace(endpoint_of("binance", "futures"), rest=server.address)
    market = plan({ONE: datasets}, lambda venue, name: endpoint)[0]
    channels = [channel for part in market.connections for channel in part.channels]
    client = RestClient(endpoint, attempts=1)
    made = Polls(
        client,
        sink,
        market.datasets,
        habits or RecordingOptions(),
        Log(),
        lambda c, i: True,
        channels,
    )
    return made, channels


@pytest.mark.parametrize("pause", [0.0, 0.001, 0.01])
def test_they_end_at_once_even_when_a_question_comes_at_that_moment(pause):
    async def run(server):
        for _ in range(20):
            made, channels = polls_of(server, Sink(), "book_deltas")
            task = asyncio.create_task(made.run())
            await asyncio.sleep(pause)
            made.whole_book(channels[0])
            task.cancel()
            _, pending = await asyncio.wait([task], timeout=2)
            assert not pending

    with HttpServer(answer(body=b'{"lastUpdateId":1}')) as server:
        asyncio.run(run(server))


def test_what_no_channel_gives_is_asked_again_and_again_and_lists_less_often():
    sink = Sink()

    async def run(server):
        habits = RecordingOptions(poll_seconds=0.05, list_seconds=60)
        made, _ = polls_of(server, sink, "trades", "open_interest", "instruments", habits=habits)
        task = asyncio.create_task(made.run())
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.wait([task])

    with HttpServer(answer()) as server:
        asyncio.run(run(server))
    counts = {name: sink.streams.count(name) for name in set(sink.streams)}
    assert counts["binance:futures/rest/openInterest?symbol=BTCUSDT"] >= 3
    assert [n for name, n in counts.items() if "exchangeInfo" in name] == [1]
    assert not any("depth" in name or "trades" in name for name in counts)


def test_an_answer_that_is_no_success_is_not_recorded():
    sink = Sink()

    async def run(server):
        made, channels = polls_of(server, sink, "book_deltas")
        task = asyncio.create_task(made.run())
        made.whole_book(channels[0])
        await asyncio.sleep(0.3)
        task.cancel()
        await asyncio.wait([task])
        return made.failures

    with HttpServer(answer(400, b'{"code":-1121}')) as server:
        assert asyncio.run(run(server)) == 1
    assert sink.streams == []
