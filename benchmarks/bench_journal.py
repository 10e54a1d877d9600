"""The journal: what appending costs a feed beside a naive recorder, and how fast a journal is read.

A feed is a loop that takes frames as a gatherer does: reads the clocks, looks at each for its
sequence number, hands it on. Contenders differ only in what "hands on" is.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.harness import arguments, measure, report, table
from marketdata_platform.journal import JournalBatch, JournalOptions, JournalReader, JournalWriter

STREAM = "binance:spot:BTCUSDT@trade"
RATE = 20_000
PACED_SECONDS = 4.0


class Trade(msgspec.Struct):
    """The part of a trade that continuity needs."""

    t: int
    T: int


_decode = msgspec.json.Decoder(Trade).decode


def frames(count: int) -> list[bytes]:
    """Trade frames of about 200 bytes, as Binance's combined streams send them."""
    text = (
        '{{"stream":"btcusdt@trade","e":"trade","E":{0},"T":{0},"s":"BTCUSDT","t":{1},"p":"{2}.{3:02d}000000",'
        '"q":"0.{4:05d}000","X":"MARKET","m":{5},"M":true,"b":{6},"a":{7}}}'
    )
    return [
        text.format(
            1_700_006_400_000 + n,
            3_500_000_000 + n,
            28_000 + n * 31 % 97,
            n % 100,
            n * 7919 % 99_999,
            "true" if n % 3 else "false",
            88_000_000_000 + n * 13,
            88_000_000_000 + n * 17,
        ).encode()
        for n in range(count)
    ]


@contextmanager
def folder() -> Iterator[Path]:
    """A folder on the disk that the benchmark is run on, not in memory."""
    path = Path(tempfile.mkdtemp(dir=os.environ.get("BENCH_FOLDER", str(Path.cwd()))))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def feed(data: list[bytes], hand_on: Callable[[bytes, int, int], object]) -> None:
    """Take every frame: stamp, look at, hand on."""
    last = 0
    for frame in data:
        recv_ns, mono_ns = time.time_ns(), time.monotonic_ns()
        hand_on(frame, recv_ns, mono_ns)
        last = _decode(frame).t
    assert last


def no_journal(data: list[bytes]) -> None:
    """The feed alone."""
    feed(data, lambda frame, recv_ns, mono_ns: None)


def journal(data: list[bytes], *, sync: bool) -> None:
    """The feed with a journal, until all is acknowledged. Sealing, a thread's work for later, is
    left out.
    """
    with folder() as path:
        writer = JournalWriter(path, "bench", JournalOptions(sync=sync))
        append = writer.append
        feed(data, lambda frame, recv_ns, mono_ns: append(STREAM, frame, recv_ns, mono_ns))
        writer.close(seal=False)


def json_lines(data: list[bytes]) -> None:
    """A naive recorder: decode, add the time, write a JSON line, flush; no fsync, so nothing is
    sure.
    """
    with folder() as path, (path / "lines").open("w", encoding="utf-8") as out:

        def write(frame: bytes, recv_ns: int, mono_ns: int) -> None:
            out.write(json.dumps({"recv_ns": recv_ns, **json.loads(frame)}) + "\n")
            out.flush()

        feed(data, write)


def cpu_at_rate(
    data: list[bytes], hand_on: Callable[[bytes, int, int], object], seconds: float
) -> float:
    """Share of one core that a process takes which gets RATE frames per second in bursts every 5
    ms.
    """
    burst = RATE // 200
    begun, cpu, at, due = time.perf_counter(), time.process_time(), 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        feed(data[at : at + burst], hand_on)
        at = (at + burst) % (len(data) - burst)
        due += 0.005
        time.sleep(max(due - time.perf_counter(), 0))
    return (time.process_time() - cpu) / (time.perf_counter() - begun)


def append_cost(data: list[bytes]) -> str:
    """CPU of the appending thread alone, commits held back: the least of several rounds."""
    rounds: list[float] = []
    held_back = JournalOptions(
        commit_seconds=3600, commit_bytes=2**30, buffer_bytes=2**30, segment_bytes=2**31
    )
    with folder() as path:
        writer = JournalWriter(path, "bench", held_back)
        for at in range(0, len(data) - 20_000, 20_000):
            begun = time.thread_time()
            for frame in data[at : at + 20_000]:
                writer.append_nowait(STREAM, frame, 1, 1)
            rounds.append((time.thread_time() - begun) / 20_000)
        writer.close(seal=False)
    return f"- append: {min(rounds) * 1e9:.0f} ns of CPU per frame\n"


def paced_table(data: list[bytes], runs: int) -> str:
    """CPU at a live market's rate, sealing included, contenders taking turns."""
    shares: dict[str, list[float]] = {"no journal": [], "journal, fsync": []}
    for _ in range(runs):
        shares["no journal"].append(cpu_at_rate(data, lambda f, r, m: None, PACED_SECONDS))
        with (
            folder() as path,
            JournalWriter(path, "bench", JournalOptions(segment_bytes=8 * 2**20)) as writer,
        ):
            shares["journal, fsync"].append(
                cpu_at_rate(data, lambda f, r, m: writer.append(STREAM, f, r, m), PACED_SECONDS)
            )
            longest_ms = writer.counters().commit_seconds_longest * 1e3
    lines = [
        f"### Journal: {RATE:,} frames/s, share of one core",
        "",
        "| feed | CPU |",
        "|---|---:|",
    ]
    lines += [f"| {name} | {statistics.median(values):.1%} |" for name, values in shares.items()]
    return "\n".join(lines) + f"\n\nLongest commit of the last run: {longest_ms:.1f} ms.\n"


def read_contenders(path: Path) -> dict[str, Callable[[], object]]:
    """Ways to read one journal."""
    reader = JournalReader(path)

    def batches() -> int:
        return sum(len(step) for step in reader.read_batches() if isinstance(step, JournalBatch))

    def payloads() -> int:
        return sum(
            len(step.payloads()) for step in reader.read_batches() if isinstance(step, JournalBatch)
        )

    def records() -> int:
        return sum(1 for _ in reader.read())

    return {
        "records one by one": records,
        "batches": batches,
        "batches, frames copied out": payloads,
    }


def main() -> None:
    """Print the tables."""
    options = arguments(__doc__ or "", trades=400_000, runs=5)
    data = frames(options.trades)
    writes: dict[str, Callable[[], object]] = {
        "feed without journal": lambda: no_journal(data),
        "journal, fsync": lambda: journal(data, sync=True),
        "journal, no fsync": lambda: journal(data, sync=False),
        "JSON lines, flush": lambda: json_lines(data),
    }
    size = sum(map(len, data)) / len(data)
    taken = measure(writes, options.runs)
    rates = [
        f"{name}: {len(data) / s:,.0f} frames/s, {len(data) * size / s / 1e6:.0f} MB/s"
        for name, s in taken.items()
    ]
    written = table(
        f"Journal: frames of {size:.0f} bytes, as fast as they come",
        taken,
        len(data),
        "JSON lines, flush",
    )
    parts = [
        written,
        append_cost(data),
        "\n".join(f"- {rate}" for rate in rates) + "\n",
        paced_table(data, min(options.runs, 3)),
    ]
    with folder() as path:
        with JournalWriter(path, "bench") as writer:
            for frame in data:
                writer.append(STREAM, frame, 0, 0)
        on_disk = sum(s.stored_bytes for s in JournalReader(path).segments()) / len(data)
        read = measure(read_contenders(path), options.runs)
    parts.append(table("Journal: read a sealed journal", read, len(data), "records one by one"))
    parts.append(f"- {on_disk:.1f} bytes per frame on disk once sealed\n")
    report(parts)


if __name__ == "__main__":
    main()
