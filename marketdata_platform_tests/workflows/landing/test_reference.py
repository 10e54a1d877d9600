"""Landing gives what decoding every frame alone gives, row for row: however it is cut, doubled,
delayed or killed.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform_tests.workflows.landing.land_events import events, heard
from marketdata_platform_tests.workflows.landing.land_journals import NOW, landed, write
from marketdata_platform_tests.workflows.landing.land_reference import require_equal, stored
from marketdata_platform_tests.workflows.landing.test_kill import Power, with_power

BATCHES = st.sampled_from((2**25, 2**18, 3 * 2**16))
SEEDS = st.integers(0, 2**32)
QUIET = {"suppress_health_check": list(HealthCheck), "deadline": None}


def recorded_and_landed(store, folder: Path, seed: int, parts: int, batch_bytes: int) -> None:
    """Up to three gatherers record in `parts` goes; between them some are landed, and now and then
    that is killed.
    """
    rng = random.Random(seed)
    streams = events(rng.randrange(1, 1_000), rng.choice((3, 25, 60)))
    recordings = {name: heard(streams, rng) for name in ("g1", "g2", "g3")[: rng.randrange(1, 4)]}
    power = Power(-1)
    with_power(store, power)
    conflicts = 0
    for part in range(parts):
        for name, frames in recordings.items():
            size = len(frames) // parts + 1
            write(folder, name, frames[part * size : (part + 1) * size], seal=rng.random() < 0.5)
        names = [name for name in recordings if rng.random() < 0.8]
        rng.shuffle(names)
        power.left = rng.choice((-1, -1, rng.randrange(12)))
        with contextlib.suppress(KeyboardInterrupt):
            conflicts += landed(store, folder, *names, batch_bytes=batch_bytes).conflicts
    power.left = -1
    conflicts += landed(store, folder, *recordings, batch_bytes=batch_bytes).conflicts
    require_equal(store, recordings)
    again = landed(store, folder, *recordings, batch_bytes=batch_bytes)
    assert (conflicts, again.frames, again.inserted) == (0, 0, 0)
    assert not any(name == "quarantine" for _, name in stored(store))


def in_memory(seed: int, parts: int, batch_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        recorded_and_landed(MemoryStore(clock=lambda: NOW), Path(folder), seed, parts, batch_bytes)


def in_duckdb(seed: int, parts: int, batch_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = DuckDBStore(Path(folder) / "store", clock=lambda: NOW)
        recorded_and_landed(store, Path(folder), seed, parts, batch_bytes)


@settings(max_examples=5, **QUIET)
@given(SEEDS, st.integers(1, 5), BATCHES)
def test_in_memory_it_is_what_single_frames_give(seed, parts, batch_bytes):
    in_memory(seed, parts, batch_bytes)


@settings(max_examples=2, **QUIET)
@given(SEEDS, st.integers(1, 3), BATCHES)
def test_in_duckdb_it_is_what_single_frames_give(seed, parts, batch_bytes):
    in_duckdb(seed, parts, batch_bytes)


@pytest.mark.slow
@settings(max_examples=300, **QUIET)
@given(SEEDS, st.integers(1, 6), BATCHES)
def test_in_memory_it_is_what_single_frames_give_three_hundred_times(seed, parts, batch_bytes):
    in_memory(seed, parts, batch_bytes)


@pytest.mark.slow
@settings(max_examples=100, **QUIET)
@given(SEEDS, st.integers(1, 5), BATCHES)
def test_in_duckdb_it_is_what_single_frames_give_a_hundred_times(seed, parts, batch_bytes):
    in_duckdb(seed, parts, batch_bytes)
