"""The simulated exchange under load: slow proofs."""

import asyncio
import time

import psutil
import pytest
from picows import WSListener, WSMsgType, ws_connect

from marketdata_platform.simulator.server.exchange import ExchangeConfig
from marketdata_platform.simulator.server.exchange_process import ExchangeProcess
from marketdata_platform.simulator.server.stream_faults import parse_faults
from marketdata_platform_tests.simulator.clients import subscribing

NAMES = tuple(f"binance:spot:{base}USDT" for base in ("BTC", "ETH", "SOL", "XRP"))
SECONDS = 20


class Counter(WSListener):
    """Counts frames and keeps none."""

    def __init__(self) -> None:
        self.frames = 0

    def on_ws_connected(self, transport) -> None:
        for name in NAMES:
            for message in subscribing(name, "trades", "quotes", "book_deltas"):
                transport.send(WSMsgType.TEXT, message)

    def on_ws_frame(self, transport, frame) -> None:
        self.frames += 1


@pytest.mark.slow
def test_thirty_thousand_frames_a_second_are_kept_up_with_in_flat_memory():
    faults = parse_faults("drop=0.5%,duplicate=0.5%")
    config = ExchangeConfig(NAMES, rate=6_500, faults=faults, remember_books=False, limits=False)
    with ExchangeProcess(config) as exchange:
        process = psutil.Process(exchange.pid)

        async def run():
            url = exchange.endpoints()["binance:spot"]["websocket"]
            counters = [Counter() for _ in range(3)]
            for counter in counters:
                await ws_connect(lambda counter=counter: counter, url)
            await asyncio.sleep(3)
            before, began = process.memory_info().rss, time.monotonic()
            counted = sum(counter.frames for counter in counters)
            await asyncio.sleep(SECONDS)
            rate = (sum(counter.frames for counter in counters) - counted) / (
                time.monotonic() - began
            )
            return rate, (process.memory_info().rss - before) / 2**20

        rate, grown = asyncio.run(run())
        exchange.halt()
        trades = sum(market.trades.height for market in exchange.ledger())
        figures = (
            f"{rate:,.0f} frames/s to 3 connections, {trades:,} trades, {grown:.1f} MiB more "
            f"after {SECONDS} s"
        )
        assert rate > 30_000, figures
        assert grown < 40, figures
