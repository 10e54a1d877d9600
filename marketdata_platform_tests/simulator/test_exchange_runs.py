"""The simulated exchange as a whole: the same seed gives the same history, at any speed, in any
process.
"""

import asyncio
import time

import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.simulator.server.exchange_process import ExchangeProcess
from marketdata_platform.simulator.server.stream_faults import StreamFaults
from marketdata_platform_tests.simulator.clients import (
    Rest,
    connected,
    decoded,
    heard,
    subscribing,
    until,
)

SPOT = "binance:spot:BTCUSDT"
OPTION = "deribit:option:BTC-25DEC26-100000-C"
START = 1_767_225_600_000_000


def run(seconds: float = 0.3, **changes):
    config = ExchangeConfig((SPOT, OPTION), **{"rate": 2_000, "start_us": START, **changes})
    with SimulatedExchange(config) as exchange:
        time.sleep(seconds)
        exchange.halt()
        return exchange.ledger()


def test_the_same_seed_gives_the_same_trades_and_books_and_another_one_others():
    first, again, other = run(seed=3), run(seed=3), run(seed=4)
    for name in (SPOT, OPTION):
        count = min(first.trades(name).height, again.trades(name).height)
        assert count > 50
        assert first.trades(name).head(count).equals(again.trades(name).head(count))
        assert not first.trades(name).head(count).equals(other.trades(name).head(count))
        last = min(first[name].publications()[-1], again[name].publications()[-1])[1]
        assert first[name].book_at(last) == again[name].book_at(last)


def test_ids_are_contiguous_and_times_never_go_back_over_blocks():
    trades = run(0.4, rate=90_000, speed=20).trades(SPOT)
    assert trades.height > 2_500  # more than a block
    assert (trades["sequence"].diff().drop_nulls() == 1).all()
    assert (trades["ts_event"].diff().drop_nulls().dt.total_microseconds() >= 0).all()


def test_exchange_time_runs_as_fast_as_it_is_told():
    with SimulatedExchange(
        ExchangeConfig((SPOT,), rate=100, speed=1_000, start_us=START)
    ) as exchange:
        first, at = exchange.now_us(), time.monotonic()
        time.sleep(0.3)
        passed = (exchange.now_us() - first) / 1e6 / (time.monotonic() - at)
        assert 900 < passed < 1_100
        status, _, body = Rest(exchange, SPOT).get("/api/v3/time")
        assert (
            status == 200
            and START // 1_000 + 200_000 < int(body[14:-1]) < START // 1_000 + 10_000_000
        )


def test_nothing_happens_any_more_once_the_markets_have_halted():
    with SimulatedExchange(ExchangeConfig((SPOT,), rate=2_000)) as exchange:
        time.sleep(0.1)
        exchange.halt()
        before = exchange.ledger()[SPOT]
        time.sleep(0.1)
        after = exchange.ledger()[SPOT]
        assert after.trades.height == before.trades.height
        assert after.publications() == before.publications()
        out, _ = Rest(exchange, SPOT).ask("depth")
        assert out.rejected == []


def test_a_process_of_its_own_streams_and_tells_the_same_truth():
    with ExchangeProcess(ExchangeConfig((SPOT,), rate=2_000, steady=True)) as exchange:
        exchange.set_faults(StreamFaults(drop=0.1))
        frames = asyncio.run(heard(exchange, SPOT, "trades", seconds=0.3, least=500))
        exchange.halt()
        truth = exchange.ledger()
        assert truth.connections[0].faults["drop"] > 10
        ids = {
            i
            for part in decoded(SPOT, frames).of("trades")
            for i in part.table.column("sequence").to_pylist()
        }
        assert ids < set(truth.trades(SPOT)["sequence"].to_list())
        update_id = truth[SPOT].publications()[-1][1]
        assert truth[SPOT].book_at(update_id)[0]
        pid = exchange.pid
    until(lambda: exchange._process.exitcode == 0)
    assert pid


def test_a_port_that_is_taken_is_an_error():
    with SimulatedExchange(ExchangeConfig((SPOT,))) as exchange:
        config = ExchangeConfig((SPOT,), port=exchange.port)
        with pytest.raises(OSError, match="in use"):
            SimulatedExchange(config).__enter__()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"instruments": ("uniswap_v3:dex:0x1",)}, "no market of uniswap_v3"),
        ({"instruments": ()}, "needs instruments"),
        ({"instruments": (SPOT, SPOT)}, "each of them once"),
        ({"rate": 0}, "rate 0"),
    ],
)
def test_an_exchange_that_cannot_be_is_refused(changes, said):
    with pytest.raises(ConfigurationError, match=said):
        SimulatedExchange(ExchangeConfig(**changes))


def test_a_connection_ends_after_its_life():
    with SimulatedExchange(ExchangeConfig((SPOT,), life_seconds=0.2)) as exchange:

        async def listen():
            url = exchange.endpoints()["binance:spot"]["websocket"]
            one = await connected(url, "binance", subscribing(SPOT, "trades"))
            await asyncio.wait_for(one.closed.wait(), 5)

        asyncio.run(listen())
        until(lambda: exchange.ledger().connections[0].ended_by == "life")
