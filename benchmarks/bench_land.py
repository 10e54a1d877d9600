"""Landing: journals of three gatherers to committed rows in DuckDB.

Three journals hold the same Binance trade frames, each without a few of them; frames of all three
are counted. The frames are a recorded one's text with ids that go on.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.harness import arguments, measure, report, table
from marketdata_platform.journal import JournalOptions, JournalWriter
from marketdata_platform.journal.reading.source import JournalSource
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.workflows.landing.land import land
from marketdata_platform.workflows.landing.rounds import LandOptions

GATHERERS = ("g1", "g2", "g3")
LANDING = "landing, three journals to committed rows"
_FIRST_ID, _START_MS = 3_735_683_259, 1_723_161_255_342
_MISSED = 0.001


def frames(count: int) -> list[bytes]:
    """Trades of one symbol, one per millisecond."""
    rng = random.Random(1)
    made = []
    for number in range(count):
        when = _START_MS + number
        told = {
            "e": "trade",
            "E": when + 1,
            "s": "BTCUSDT",
            "t": _FIRST_ID + number,
            "p": f"{rng.randint(6_100_000, 6_200_000) / 100:.2f}000000",
            "q": f"{rng.randint(1, 90_000) / 100_000:.5f}000",
            "T": when,
            "m": rng.random() < 0.5,
            "M": True,
        }
        made.append(
            json.dumps({"stream": "btcusdt@trade", "data": told}, separators=(",", ":")).encode()
        )
    return made


def record(folder: Path, made: list[bytes]) -> int:
    """Write the journals; how many frames are in all of them."""
    written = 0
    for number, name in enumerate(GATHERERS):
        rng = random.Random(number)
        heard = [n for n in range(len(made)) if rng.random() >= _MISSED]
        received = np.array(heard) * 1000 + (_START_MS * 1000 + 20_000 + number * 500)
        with JournalWriter(folder / name, name, JournalOptions(sync=False)) as writer:
            for n, when in zip(heard, received.tolist(), strict=True):
                writer.append("binance:spot/ws/c1", made[n], when * 1000, when * 1000 - 10**18)
        written += len(heard)
    return written


def landed(folder: Path, count: int) -> None:
    """Land the journals into a new store."""
    root = Path(tempfile.mkdtemp(dir=folder))
    store = DuckDBStore(root)
    sources = [JournalSource(folder / name, name) for name in GATHERERS]
    result = land(store, sources, LandOptions(), now=lambda: datetime.now(UTC))
    assert result.inserted == count and not result.quarantined
    store.close()
    shutil.rmtree(root)


def main() -> None:
    """Print landing's rate."""
    options = arguments(__doc__ or "", trades=300_000)
    count = min(options.trades, 1_000_000)
    folder = Path(tempfile.mkdtemp(prefix="bench-land-"))
    try:
        written = record(folder, frames(count))
        landing = measure({LANDING: lambda: landed(folder, count)}, options.runs)
    finally:
        shutil.rmtree(folder)
    rate = written / landing[LANDING]
    report(
        [
            table("Landing trades of three gatherers", landing, written, LANDING).replace(
                "per trade", "per frame"
            ),
            f"{rate:,.0f} frames per second, of {written:,} in three journals; {count:,} rows "
            "stored.\n",
        ]
    )


if __name__ == "__main__":
    main()
