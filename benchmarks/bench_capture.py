"""Live capture end to end: from a socket to frames that are stamped, journaled, fsynced and
acknowledged.

The sender is a process of its own. Contenders take turns; each gets the same frames. The naive
recorder is what one writes first: `websockets`, `json.loads`, a line with the time, `json.dumps`,
and a file. It syncs nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import websockets

from benchmarks.harness import arguments, report
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.gathering.gatherer import Gatherer
from marketdata_platform.feeds.gathering.market_context import RecordingOptions
from marketdata_platform.journal import JournalOptions, JournalWriter
from marketdata_platform.venues.endpoints import endpoint_of, overridden
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus

RATE = 20_000
DATASETS = ("trades", "quotes", "book_deltas")
SUBSCRIBE = (
    '{"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@bookTicker","btcusdt@depth@100ms"],'
    '"id":1}'
)


@dataclass(frozen=True, slots=True)
class Taken:
    """Of one contender: seconds from its first frame to its last one's safety, CPU seconds of its
    process.
    """

    seconds: float
    cpu_seconds: float


@contextmanager
def sender(count: int, rate: float) -> Iterator[int]:
    """The port of a sender."""
    command = [sys.executable, "-m", "benchmarks.capture_sender", str(count), str(rate)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder on the disk that the benchmark is run on, not in memory."""
    path = Path(tempfile.mkdtemp(dir=os.environ.get("BENCH_FOLDER", str(Path.cwd()))))
    try:
        yield path
    finally:
        shutil.rmtree(path)


class NoJournal:
    """A sink that forgets: what capturing costs without a journal."""

    stopped = None
    acknowledged = end = 0

    def append_nowait(self, stream: str, payload: bytes, recv_ns: int, mono_ns: int) -> int:
        """Forget a frame."""
        return 1

    def append_many_nowait(
        self, stream: str, payloads: list[bytes], recv_ns: int, mono_ns: int
    ) -> int:
        """Forget frames."""
        return len(payloads)

    async def room(self, payload_bytes: int = 0) -> None:
        """There always is."""

    async def acknowledged_async(self, position: object) -> None:
        """Nothing is waited for."""


class _NoLog:
    def info(self, event: str, **fields: Any) -> None:
        """Say nothing."""

    warning = info


async def gather(port: int, count: int, sink: Any) -> Taken:
    """A gatherer with everything that it does, until `count` frames are acknowledged by the
    sink.
    """
    changes = {"websocket": f"ws://127.0.0.1:{port}/stream", "rest": f"http://127.0.0.1:{port}"}
    endpoint = overridden(endpoint_of("binance", "spot"), changes)
    captured = {Instrument("binance", "spot", "BTCUSDT"): DATASETS}
    gatherer = Gatherer(
        captured, lambda venue, market: endpoint, sink, RecordingOptions(), _NoLog()
    )
    stop = asyncio.Event()
    running = asyncio.create_task(gatherer.run(stop))
    status = GathererStatus("bench", 0, "", "", 0, 0, "")
    begun = cpu = 0.0
    while True:
        await asyncio.sleep(0.01)
        gatherer.tell(status)
        frames = status.connections[0].messages
        if frames and not begun:
            begun, cpu = time.perf_counter(), time.process_time()
        if frames >= count:
            break
    await sink.acknowledged_async(sink.end)
    taken = Taken(time.perf_counter() - begun, time.process_time() - cpu)
    stop.set()
    await running
    return taken


async def journaled(port: int, count: int, *, sync: bool) -> Taken:
    """The gatherer with its journal."""
    with folder() as path:
        writer = JournalWriter(path, "bench", JournalOptions(sync=sync))
        taken = await gather(port, count, writer)
        writer.close(seal=False)
        return taken


async def json_lines(port: int, count: int) -> Taken:
    """The naive recorder."""
    with folder() as path, (path / "lines").open("w", encoding="utf-8") as out:
        async with websockets.connect(
            f"ws://127.0.0.1:{port}/stream", compression=None, max_size=None, close_timeout=0.1
        ) as socket:
            await socket.send(SUBSCRIBE)
            begun = cpu = 0.0
            seen = 0
            async for message in socket:
                if not begun:
                    begun, cpu = time.perf_counter(), time.process_time()
                out.write(
                    json.dumps({"recv_ns": time.time_ns(), "frame": json.loads(message)}) + "\n"
                )
                seen += 1
                if seen == count:
                    break
            out.flush()
            return Taken(time.perf_counter() - begun, time.process_time() - cpu)


CONTENDERS: dict[str, Callable[[int, int], Awaitable[Taken]]] = {
    "websockets + json lines": json_lines,
    "gatherer, fsync": lambda port, count: journaled(port, count, sync=True),
    "gatherer, no fsync": lambda port, count: journaled(port, count, sync=False),
    "gatherer, no journal": lambda port, count: gather(port, count, NoJournal()),
}


def rounds(count: int, rate: float, runs: int) -> dict[str, Taken]:
    """Medians of each contender, which take turns; one round before does not count."""
    found: dict[str, list[Taken]] = {name: [] for name in CONTENDERS}
    with sender(count, rate) as port:
        for number in range(runs + 1):
            for name, contender in CONTENDERS.items():
                taken = asyncio.run(contender(port, count))  # type: ignore[arg-type]
                if number:
                    found[name].append(taken)
    return {
        name: Taken(
            statistics.median(t.seconds for t in all_),
            statistics.median(t.cpu_seconds for t in all_),
        )
        for name, all_ in found.items()
    }


def fast_table(taken: dict[str, Taken], count: int) -> str:
    """As fast as they come."""
    lines = [f"### Capture: {count:,} frames as fast as they come", ""]
    lines += ["| contender | frames/s | times faster | CPU, µs per frame |", "|---|---:|---:|---:|"]
    naive = taken["websockets + json lines"].seconds
    for name, one in taken.items():
        rate, times = count / one.seconds, naive / one.seconds
        lines.append(
            f"| {name} | {rate:,.0f} | {times:.1f} | {one.cpu_seconds / count * 1e6:.2f} |"
        )
    without = taken["gatherer, no journal"].seconds
    cost = taken["gatherer, fsync"].seconds / without - 1
    return (
        "\n".join([*lines, "", f"The fsynced journal costs {cost:.0%} of the time without one."])
        + "\n"
    )


def paced_table(taken: dict[str, Taken]) -> str:
    """At a live market's rate: what the process takes of one core."""
    lines = [f"### Capture: {RATE:,} frames/s, each sent by itself", ""]
    lines += ["| contender | share of one core | µs per frame |", "|---|---:|---:|"]
    for name, one in taken.items():
        share = one.cpu_seconds / one.seconds
        lines.append(f"| {name} | {share:.1%} | {share / RATE * 1e6:.1f} |")
    cost = taken["gatherer, fsync"].cpu_seconds / taken["gatherer, no journal"].cpu_seconds - 1
    return (
        "\n".join([*lines, "", f"The fsynced journal takes {cost:.0%} more CPU than none."]) + "\n"
    )


def main() -> None:
    """Print the tables."""
    options = arguments(__doc__ or "", trades=400_000, runs=5)
    fast = rounds(options.trades, 0.0, options.runs)
    paced = rounds(RATE * 4, RATE, min(options.runs, 3))
    report([fast_table(fast, options.trades), paced_table(paced)])


if __name__ == "__main__":
    main()
