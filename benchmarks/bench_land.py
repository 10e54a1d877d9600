"""Landing: journals of three gatherers to committed rows in DuckDB, and its deduplication beside a
bare anti-join.

Three journals hold the same Binance trade frames, each without a few of them; frames of all three
are counted. The frames are a recorded one's text with ids that go on. The anti-join is what Polars
needs at least to drop rows whose id another gatherer had; ours also compares every value, keeps the
earliest receipt and leaves contradictions to the store.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from benchmarks.harness import arguments, measure, report, table
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.merging import merged
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.journal import JournalOptions, JournalWriter
from marketdata_platform.journal.reading.source import JournalSource
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.venues.binance.decode import decode
from marketdata_platform.workflows.landing.land import land
from marketdata_platform.workflows.landing.rounds import LandOptions

GATHERERS = ("g1", "g2", "g3")
LANDING = "landing, three journals to committed rows"
BARE, OURS = "Polars anti-join on the id", "our merge"
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


def record(folder: Path, made: list[bytes]) -> tuple[int, list[pa.Table]]:
    """Write the journals; frames in all of them, and each one's rows as decoding gives them."""
    rows, written = [], 0
    for number, name in enumerate(GATHERERS):
        rng = random.Random(number)
        heard = [n for n in range(len(made)) if rng.random() >= _MISSED]
        received = np.array(heard) * 1000 + (_START_MS * 1000 + 20_000 + number * 500)
        with JournalWriter(folder / name, name, JournalOptions(sync=False)) as writer:
            for n, when in zip(heard, received.tolist(), strict=True):
                writer.append("binance:spot/ws/c1", made[n], when * 1000, when * 1000 - 10**18)
        rows.append(decode("spot", [made[n] for n in heard], received, Repeats()).rows[0].table)
        written += len(heard)
    return written, rows


def landed(folder: Path, count: int) -> None:
    """Land the journals into a new store."""
    root = Path(tempfile.mkdtemp(dir=folder))
    store = DuckDBStore(root)
    sources = [JournalSource(folder / name, name) for name in GATHERERS]
    result = land(store, sources, LandOptions(), now=lambda: datetime.now(UTC))
    assert result.inserted == count and not result.quarantined
    store.close()
    shutil.rmtree(root)


def anti_join(parts: list[pl.DataFrame]) -> int:
    """Rows of three frames, once an id."""
    known = parts[0]
    for part in parts[1:]:
        known = pl.concat([known, part.join(known, on="trade_id", how="anti")])
    return known.height


def main() -> None:
    """Print landing's rate, and the two ways to deduplicate."""
    options = arguments(__doc__ or "", trades=300_000)
    count = min(options.trades, 1_000_000)
    folder = Path(tempfile.mkdtemp(prefix="bench-land-"))
    try:
        written, rows = record(folder, frames(count))
        parts = [pl.DataFrame(pl.from_arrow(part)) for part in rows]
        together = pa.concat_tables(rows)

        def ours() -> int:
            once = merged(TRADES, together)
            assert once is not None
            return once.table.num_rows

        assert ours() == anti_join(parts) == count
        landing = measure({LANDING: lambda: landed(folder, count)}, options.runs)
        dedup = measure({BARE: lambda: anti_join(parts), OURS: ours}, 2 * options.runs)
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
            table("Deduplicating the rows of three gatherers", dedup, together.num_rows, BARE),
            f"The merge takes {dedup[OURS] / dedup[BARE]:.2f} times the anti-join.\n",
        ]
    )


if __name__ == "__main__":
    main()
