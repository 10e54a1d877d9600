"""Journals of redundant gatherers for the landing tests, written with the real writer; and what a
store then holds.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.journal import JournalOptions, JournalWriter
from marketdata_platform.journal.reading.source import JournalSource
from marketdata_platform.workflows.landing.land import LandResult, land
from marketdata_platform.workflows.landing.rounds import LandOptions

BTC = Instrument("binance", "spot", "BTCUSDT")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
START_MS = 1_714_521_600_000 - 1_000  # a second before 2024-05-01 00:00 UTC
SPOT = "binance:spot/ws/c1"
QUICK = JournalOptions(commit_seconds=0.002, sync=False)
Frame = tuple[str, bytes, int]  # stream, payload, receive time in ms


def trade(number: int, symbol: str = "BTCUSDT", **changes: object) -> bytes:
    """Trade `number`, one every 100 ms."""
    when = START_MS + number * 100
    told = {
        "e": "trade",
        "E": when + 1,
        "s": symbol,
        "t": number,
        "p": f"{42_000 + number % 50}.10",
        "q": "0.002",
        "T": when,
        "m": number % 3 == 0,
        "M": True,
        **changes,
    }
    return json.dumps(
        {"stream": f"{symbol.lower()}@trade", "data": told}, separators=(",", ":")
    ).encode()


def trades(numbers: Iterable[int], symbol: str = "BTCUSDT", *, late_ms: int = 20) -> list[Frame]:
    return [(SPOT, trade(n, symbol), START_MS + n * 100 + late_ms) for n in numbers]


def ticker(number: int) -> bytes:
    told = {"u": number, "s": "BTCUSDT", "b": "42000.1", "B": "1.5", "a": "42000.3", "A": "2.5"}
    return json.dumps(
        {"stream": "btcusdt@bookTicker", "data": told}, separators=(",", ":")
    ).encode()


def depth(first: int, last: int, *levels: tuple[str, str, str]) -> bytes:
    sides = {
        side: [[price, quantity] for s, price, quantity in levels if s == side]
        for side in ("b", "a")
    }
    told = {
        "e": "depthUpdate",
        "E": START_MS + last * 100,
        "s": "BTCUSDT",
        "U": first,
        "u": last,
        **sides,
    }
    return json.dumps(
        {"stream": "btcusdt@depth@100ms", "data": told}, separators=(",", ":")
    ).encode()


def write(
    folder: Path, gatherer: str, frames: Iterable[Frame], *, seal: bool = True, together: int = 1
) -> None:
    """Append frames to a gatherer's journal; the monotonic clock goes with the wall clock.

    `together`: as many of one stream as one read of a socket gives, with the times of the first.
    """
    writer = JournalWriter(folder / gatherer, gatherer, QUICK)
    for stream, of_stream in groupby(frames, lambda frame: frame[0]):
        read = list(of_stream)
        for at in range(0, len(read), together):
            payloads, received_ms = [frame[1] for frame in read[at : at + together]], read[at][2]
            times = received_ms * 1_000_000, (received_ms - START_MS) * 1_000_000 + 10**12
            taken = writer.append_many_nowait(stream, payloads, *times)
            for payload in payloads[taken:]:  # the buffer is full
                writer.append(stream, payload, *times)
    writer.close(seal=seal)


def missing_some(frames: Sequence[Frame], seed: int, share: float = 0.1) -> list[Frame]:
    rng = random.Random(seed)
    return [frame for frame in frames if rng.random() >= share]


def sources(folder: Path, *gatherers: str) -> list[JournalSource]:
    return [JournalSource(folder / name, name) for name in gatherers]


def landed(store: object, folder: Path, *gatherers: str, batch_bytes: int = 2**25) -> LandResult:
    return land(store, sources(folder, *gatherers), LandOptions(batch_bytes), now=lambda: NOW)


def content(
    store: object, dataset: str = "trades", instrument: Instrument = BTC
) -> list[dict[str, object]]:
    batches = list(store.read(dataset, instrument))
    return pa.Table.from_batches(batches, DATASETS[dataset].arrow_schema).to_pylist()


def ids(store: object, instrument: Instrument = BTC) -> list[int]:
    return [row["sequence"] for row in content(store, "trades", instrument)]


def everything(store: object, *datasets: str) -> dict[object, object]:
    """Every raw row and what is in quarantine, over all instruments."""
    names = datasets or tuple(name for name, kind in DATASETS.items() if kind.schema_name == "raw")
    held = {}
    for instrument in store.instruments():
        for name in names:
            rows = content(store, name, instrument)
            if rows:
                held[instrument, name] = rows
    return held
