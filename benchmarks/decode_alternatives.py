"""The same Binance USD-M frames through other libraries' own handlers; prints
`library<TAB>kind<TAB>ns per frame`.

Runs under an interpreter that has them (requirements.txt beside this file), and imports nothing of
the platform. Each library is given its parsed symbols beforehand, as it has them once it is
connected; nothing is fetched.
"""

import asyncio
import importlib
import importlib.metadata
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

Run: TypeAlias = Callable[[list[str]], Awaitable[int]]
Handler: TypeAlias = tuple[
    Run, Callable[[], Awaitable[None]]
]  # frames taken of those given; and how to close it
RUNS = 3
_WARM_UP = 500
_RECEIVED = 1_786_310_820.0


def cryptofeed_handler() -> Handler:
    """cryptofeed's message handler, with callbacks that count."""
    defines = importlib.import_module("cryptofeed.defines")
    symbols = importlib.import_module("cryptofeed.symbols").Symbols
    kinds = {"BTC-USDT-PERP": "perpetual"}
    symbols.set(defines.BINANCE_FUTURES, {"BTC-USDT-PERP": "BTCUSDT"}, {"instrument_type": kinds})
    told = 0

    async def count(_: object, __: float) -> None:
        nonlocal told
        told += 1

    feed = importlib.import_module("cryptofeed.exchanges").BinanceFutures(
        symbols=["BTC-USDT-PERP"],
        channels=[defines.TRADES, defines.TICKER],
        callbacks={defines.TRADES: count, defines.TICKER: count},
    )

    async def run(frames: list[str]) -> int:
        before = told
        for frame in frames:
            await feed.message_handler(frame, None, _RECEIVED)
        return told - before

    return run, feed.shutdown


def ccxt_handler() -> Handler:
    """ccxt's client, which parses each text, and its exchange's message handler."""
    exchange = importlib.import_module("ccxt.pro").binanceusdm()
    parse = importlib.import_module("ccxt.async_support.base.ws.client").json_parser.loads
    market = {
        "id": "BTCUSDT",
        "symbol": "BTC/USDT:USDT",
        "base": "BTC",
        "quote": "USDT",
        "settle": "USDT",
    }
    market |= {
        "baseId": "BTC",
        "quoteId": "USDT",
        "settleId": "USDT",
        "type": "swap",
        "swap": True,
        "contract": True,
    }
    market |= {"spot": False, "linear": True, "inverse": False, "active": True, "subType": "linear"}
    market |= {"precision": {"price": 0.01, "amount": 0.001}, "limits": {}, "contractSize": 1.0}

    client: Any = None

    async def run(frames: list[str]) -> int:
        nonlocal client
        if client is None:  # it belongs to the running loop
            exchange.open()
            exchange.set_markets([exchange.safe_market_structure(market)])
            client = exchange.client("wss://localhost/market/stream")
        for frame in frames:
            exchange.handle_message(client, parse(frame))
        return len(frames) if exchange.trades or exchange.bidsasks else 0

    return run, exchange.close


async def _timed(run: Run, frames: list[str]) -> float:
    """ns per frame, the best of a few runs."""
    best = float("inf")
    await run(frames[:_WARM_UP])
    for _ in range(RUNS):
        begun = time.process_time()
        if await run(frames) != len(frames):
            raise SystemExit("a handler did not take all frames")
        best = min(best, time.process_time() - begun)
    return best / len(frames) * 1e9


def main() -> None:
    """Time every library that can be imported on each file of frames, a frame a line; say which
    cannot.
    """
    for name, make in (("cryptofeed", cryptofeed_handler), ("ccxt", ccxt_handler)):
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            print(f"{name}\tnot installed\t")
            continue
        asyncio.run(_report(f"{name} {version}", make))


async def _report(name: str, make: Callable[[], Handler]) -> None:
    run, close = make()
    for path in map(Path, sys.argv[1:]):
        frames = path.read_text().splitlines()
        print(f"{name}\t{path.stem}\t{await _timed(run, frames):.0f}")
    await close()


if __name__ == "__main__":
    main()
