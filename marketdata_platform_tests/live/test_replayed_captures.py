"""Recorded frames, replayed into journals and landed, give the same store as the import of their
files.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from marketdata_platform.core.datasets import RAW
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.history import open_file
from marketdata_platform.journal import JournalOptions, JournalWriter
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.workflows.bookkeeping.row_streams import same_rows
from marketdata_platform.workflows.files.import_files import import_file
from marketdata_platform_tests.venues.recordings import kalshi_capture, recorded, stamped_capture
from marketdata_platform_tests.workflows.landing.land_journals import NOW, landed

PAIRS = {
    "one file": ("futures", "BTCUSDT", "usdm", ("btcusdt_20230404",)),
    "usdm 2024": ("futures", "BTCUSDT", "usdm", ("btcusdt_20240718", "btcusdt_20240719")),
    "usdm 2023": ("futures", "BTCUSDT", "usdm", ("btcusdt_20230404", "btcusdt_20230405")),
    "spot": ("spot", "BTCUSDT", "spot", ("btcusdt_20240808", "btcusdt_20240809")),
    "coin": ("coin_futures", "BTCUSD_PERP", "cm", ("btcusd_perp_20240808", "btcusd_perp_20240809")),
}
KALSHI = "kalshi-gold15m-ws/events"
SMALL_MARKET = "KXGOLD15M-26AUG050800-00"


def replay(folder, gatherer, frames, lost=0.0):
    """Frames as a gatherer would have recorded them; it misses a share of them."""
    rng = random.Random(gatherer)
    options = JournalOptions(sync=False, segment_bytes=2**22)
    with JournalWriter(folder / gatherer, gatherer, options) as writer:
        for stream, frame, received_us in frames:
            if rng.random() >= lost:
                writer.append(stream, frame, received_us * 1000, received_us * 1000 - 10**18)


def imported(root, paths_and_instruments):
    store = DuckDBStore(root, clock=lambda: NOW)
    for path, instrument in paths_and_instruments:
        result = import_file(store, open_file(path, instrument), now=lambda: NOW)
        assert result.quarantined == 0
    return store


def require_same(store, expected, instruments):
    """Equal rows and digests, dataset by dataset."""
    for who in instruments:
        for dataset in RAW:
            assert same_rows(store.read(dataset.name, who), expected.read(dataset.name, who)), (
                who,
                dataset.name,
            )
            assert store.coverage(dataset.name, who) == expected.coverage(dataset.name, who)
    assert any(store.coverage(dataset.name) for dataset in RAW)


def binance_frames(market, symbol, folder, names):
    rest = f"binance:{market}/rest/depth?symbol={symbol}"
    for name in names:
        frames, received = stamped_capture(f"hftbacktest-binance-ws/{folder}/{name}.log.zst")
        for frame, when in zip(frames, received.tolist(), strict=True):
            yield rest if b"lastUpdateId" in frame[:60] else f"binance:{market}/ws/c1", frame, when


@pytest.mark.parametrize(
    "pair",
    [
        "one file",
        *[pytest.param(name, marks=pytest.mark.slow) for name in PAIRS if name != "one file"],
    ],
)
def test_captures_replayed_to_three_gatherers_equal_their_import(tmp_path, pair):
    market, symbol, folder, names = PAIRS[pair]
    instrument = Instrument("binance", market, symbol)
    frames = list(binance_frames(market, symbol, folder, names))
    for gatherer, lost in (("g1", 0.0), ("g2", 0.05), ("g3", 0.05)):
        replay(tmp_path, gatherer, frames, lost)
    paths = [
        (recorded(f"hftbacktest-binance-ws/{folder}/{name}.log.zst"), instrument) for name in names
    ]
    expected = imported(tmp_path / "imported", paths)
    store = DuckDBStore(tmp_path / "landed", clock=lambda: NOW)
    result = landed(store, tmp_path, "g3", "g2", "g1", batch_bytes=5 * 2**20)
    assert (result.conflicts, result.quarantined) == (0, 0)
    require_same(store, expected, [instrument])
    assert landed(store, tmp_path, "g1", "g2", "g3").frames == 0


@pytest.mark.slow
@pytest.mark.parametrize("batch_bytes", [2**18, 2**22, 2**26])
def test_any_batch_size_gives_the_same(tmp_path, batch_bytes):
    market, symbol, folder, names = PAIRS["usdm 2024"]
    instrument = Instrument("binance", market, symbol)
    for gatherer in ("g1", "g2"):
        replay(tmp_path, gatherer, binance_frames(market, symbol, folder, names))
    paths = [
        (recorded(f"hftbacktest-binance-ws/{folder}/{name}.log.zst"), instrument) for name in names
    ]
    expected = imported(tmp_path / "imported", paths)
    store = DuckDBStore(tmp_path / "landed", clock=lambda: NOW)
    landed(store, tmp_path, "g1", "g2", batch_bytes=batch_bytes)
    require_same(store, expected, [instrument])


def kalshi_files(markets):
    return [(path, Instrument("kalshi", "event", market)) for market in markets
            for path in sorted((recorded(KALSHI) / market).glob("*.zst"))]  # fmt: skip


def kalshi_replayed(tmp_path, markets, gatherers, batch_bytes):
    files = kalshi_files(markets)
    for gatherer in gatherers:
        stream = f"kalshi:event/ws/{gatherer}"
        frames = []
        for path, _ in files:
            found, received = kalshi_capture(Path(path).relative_to(recorded(".")))
            frames += [
                (stream, frame, when) for frame, when in zip(found, received.tolist(), strict=True)
            ]
        replay(tmp_path, gatherer, sorted(frames, key=lambda frame: frame[2]))
    expected = imported(tmp_path / "imported", files)
    store = DuckDBStore(tmp_path / "landed", clock=lambda: NOW)
    result = landed(store, tmp_path, *gatherers, batch_bytes=batch_bytes)
    assert (result.conflicts, result.quarantined) == (0, 0)
    require_same(store, expected, sorted({instrument for _, instrument in files}))
    return result


def test_a_recorded_kalshi_market_replayed_to_two_gatherers_equals_its_import(tmp_path):
    assert kalshi_replayed(tmp_path, [SMALL_MARKET], ["g1", "g2"], 2**21).inserted > 10_000


@pytest.mark.slow
def test_seven_hundred_thousand_kalshi_messages_equal_their_import(tmp_path):
    markets = sorted(path.name for path in recorded(KALSHI).iterdir())
    assert kalshi_replayed(tmp_path, markets, ["g1"], 2**25).frames == 703_306
