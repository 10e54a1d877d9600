"""Symbols that are not listed, or no more, are refused as each venue refuses them."""

import asyncio
import json
import time

import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.simulator.server.exchange_process import ExchangeProcess
from marketdata_platform.simulator.server.stream_faults import parse_faults
from marketdata_platform.venues.endpoints import endpoint_of
from marketdata_platform_tests.simulator.clients import Rest, connected, listening, more_frames
from marketdata_platform_tests.venues.examples import part_of_every_venue

EXAMPLES = {name: one.SIMULATED for name, one in part_of_every_venue("simulated").items()}
GOOD = {name: one.listed for name, one in EXAMPLES.items()}


def place_of(venue: str) -> str:
    one = Instrument.parse(GOOD[venue][0])
    return f"{venue}:{endpoint_of(venue, one.market).market}"


def heard_after(exchange, venue: str, message: bytes, seconds: float = 0.5) -> list[bytes]:
    async def run():
        url = exchange.endpoints()[place_of(venue)]["websocket"]
        one = await connected(url, "", [message])
        await more_frames(one, 1)
        await asyncio.sleep(seconds)
        one.transport.disconnect()
        await one.closed.wait()
        return one.frames

    return asyncio.run(run())


def symbol_of(instrument: str) -> str:
    return instrument.rpartition(":")[2]


def check_refusal(exchange, venue: str, good: str, bad: str) -> None:
    examples = EXAMPLES[venue]
    message = json.dumps(examples.command(good, bad)).encode()
    first, *rest = heard_after(exchange, venue, message)
    told = json.loads(first)
    expected = examples.refused(good, bad)
    assert {name: told.get(name) for name in expected} == expected
    assert not any(bad.encode() in frame for frame in rest)
    assert any(good.encode() in frame for frame in rest) is examples.takes_others


@pytest.mark.parametrize("venue", GOOD)
def test_a_symbol_that_was_never_listed_is_refused_beside_a_good_one(venue):
    with SimulatedExchange(ExchangeConfig(GOOD[venue][:1], rate=300, steady=True)) as exchange:
        check_refusal(exchange, venue, symbol_of(GOOD[venue][0]), symbol_of(GOOD[venue][1]))


@pytest.mark.parametrize("venue", GOOD)
def test_a_symbol_that_dies_falls_silent_and_is_refused_from_then_on(venue):
    good, bad = map(symbol_of, GOOD[venue])
    with SimulatedExchange(ExchangeConfig(GOOD[venue], rate=600, steady=True)) as exchange:

        async def run():
            one = await listening(exchange, GOOD[venue][1], "trades")
            await asyncio.sleep(0.4)
            assert any(bad.encode() in frame for frame in one.frames)
            await asyncio.to_thread(exchange.delist, bad)
            await asyncio.sleep(0.2)
            before = [frame for frame in one.frames if bad.encode() in frame]
            await asyncio.sleep(0.4)
            assert [frame for frame in one.frames if bad.encode() in frame] == before
            assert not one.closed.is_set()
            one.transport.disconnect()

        asyncio.run(run())
        count = exchange.ledger().trades(GOOD[venue][1]).height
        check_refusal(exchange, venue, good, bad)
        assert exchange.ledger().trades(GOOD[venue][1]).height == count > 0
        assert exchange.ledger().trades(GOOD[venue][0]).height > count


def test_rest_does_not_know_a_dead_symbol():
    with SimulatedExchange(ExchangeConfig(GOOD["binance"])) as exchange:
        exchange.set_faults(parse_faults("dead=binance:spot:ETHUSDT"))
        rest = Rest(exchange, GOOD["binance"][1])
        status, _, body = rest.get("/api/v3/depth?symbol=ETHUSDT")
        assert (status, json.loads(body)["code"]) == (400, -1121)
        listed = json.loads(rest.get("/api/v3/exchangeInfo")[2])["symbols"]
        assert [one["symbol"] for one in listed] == ["BTCUSDT"]


def test_binance_refuses_the_whole_message_for_a_name_that_is_no_streams():
    with SimulatedExchange(ExchangeConfig(GOOD["binance"][:1], rate=300)) as exchange:
        message = b'{"method":"SUBSCRIBE","params":["btcusdt@trade","btc usdt"],"id":7}'
        frames = heard_after(exchange, "binance", message, 0.3)
        error = {"code": 2, "msg": "Invalid request: invalid stream"}
        assert [json.loads(frame) for frame in frames] == [{"error": error, "id": 7}]


def test_a_name_that_is_not_listed_cannot_be_delisted():
    with pytest.raises(ConfigurationError, match="'NOPE' cannot be delisted"):
        SimulatedExchange(ExchangeConfig(GOOD["bybit"], faults=parse_faults("dead=NOPE")))
    with SimulatedExchange(ExchangeConfig(GOOD["bybit"])) as exchange:
        for ask in (
            lambda: exchange.delist("NOPE"),
            lambda: exchange.set_faults(parse_faults("dead=NOPE")),
        ):
            with pytest.raises(ConfigurationError, match="'NOPE' cannot be delisted"):
                ask()


def test_several_may_die_and_a_process_of_its_own_does_it_too():
    both = tuple(map(symbol_of, GOOD["deribit"]))
    faults = parse_faults(",".join(f"dead={name}" for name in both))
    assert faults.dead == both
    with pytest.raises(ConfigurationError, match="dead names an instrument"):
        parse_faults("dead=")
    with ExchangeProcess(ExchangeConfig(GOOD["deribit"], rate=200)) as exchange:
        time.sleep(0.5)
        exchange.delist(both[0])
        before = exchange.ledger().trades(GOOD["deribit"][0]).height
        time.sleep(0.5)
        ledger = exchange.ledger()
        assert ledger.trades(GOOD["deribit"][0]).height == before
        assert ledger.trades(GOOD["deribit"][1]).height > before / 2
