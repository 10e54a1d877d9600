"""Landing that is stopped anywhere, even by SIGKILL, loses nothing and stores nothing twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import pytest

from marketdata_platform.core.instrument import gatherer_home
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform_tests.workflows.landing.land_journals import (
    NOW,
    SPOT,
    START_MS,
    content,
    everything,
    landed,
    missing_some,
    trade,
    trades,
    write,
)

GATHERERS = ("g1", "g2", "g3")
SMALL = 3 * 2**16


class Power:
    """Goes off after a number of transactions."""

    def __init__(self, transactions: int) -> None:
        self.left = transactions

    def use(self) -> None:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1


def with_power(store, power):
    """The store, until the power goes off between two of its transactions."""
    original = type(store).append_many

    def append_many(*args, **kwargs):
        power.use()
        return original(store, *args, **kwargs)

    store.append_many = append_many
    return store


def record(folder) -> None:
    frames = trades(range(1, 900)) + trades(range(1, 900), "ETHUSDT")
    frames += [(SPOT, trade(n, p="x"), START_MS) for n in range(5)] + [
        (SPOT, trade(3, p="7"), START_MS)
    ]
    random.Random(3).shuffle(frames)
    for seed, name in enumerate(GATHERERS):
        write(folder, name, missing_some(frames, seed), together=1 + 20 * seed)


def whole(store):
    """All rows, all frames that could not be read, and why rows were refused.

    Two gatherers heard the refused row; which of them is named for it depends on where rounds were
    cut.
    """
    homes = {name: content(store, "quarantine", gatherer_home(name)) for name in GATHERERS}
    held = [row for rows in homes.values() for row in rows] + content(store, "quarantine")
    unread = {
        (row["source"], row["position"], row["reason"])
        for row in held
        if "conflict" not in row["reason"]
    }
    return everything(store), unread, {row["reason"] for row in held}


def test_stopped_after_any_transaction_it_goes_on_to_the_same_end(tmp_path):
    record(tmp_path)
    expected = MemoryStore(clock=lambda: NOW)
    landed(expected, tmp_path, *GATHERERS, batch_bytes=SMALL)
    for transactions in range(1, 25, 3):
        store, power = MemoryStore(clock=lambda: NOW), Power(transactions)
        with_power(store, power)
        finished = False
        while not finished:
            try:
                landed(store, tmp_path, *GATHERERS, batch_bytes=SMALL)
                finished = True
            except KeyboardInterrupt:
                power.left = transactions + 30
        assert whole(store) == whole(expected)


def test_a_round_that_was_half_stored_is_counted_once(tmp_path):
    record(tmp_path)
    store = MemoryStore(clock=lambda: NOW)
    power = Power(1)  # BTC is stored, ETH and the deployment's cursors are not
    with_power(store, power)
    with pytest.raises(KeyboardInterrupt):
        landed(store, tmp_path, *GATHERERS)
    stored, refused = len(content(store)), len(content(store, "quarantine"))
    power.left = -1
    result = landed(store, tmp_path, *GATHERERS)
    eth = (
        len(everything(store, "trades"))
        and sum(len(rows) for rows in everything(store, "trades").values()) - stored
    )
    assert (result.inserted, result.conflicts) == (eth, 0)
    assert len(content(store, "quarantine")) == refused == 1


def killed_and_landed(tmp_path, times, seed):
    """Kill a landing process at random moments, then let one finish."""
    record(tmp_path)
    rng = random.Random(seed)
    command = [
        sys.executable,
        "-m",
        "marketdata_platform_tests.workflows.landing.land_process",
        str(tmp_path),
        *GATHERERS,
    ]
    for _ in range(times):
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(rng.random() * 0.4)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    expected = MemoryStore(clock=lambda: NOW)
    landed(expected, tmp_path, *GATHERERS, batch_bytes=SMALL)
    store = DuckDBStore(tmp_path / "store")
    assert whole(store) == whole(expected)
    assert landed(store, tmp_path, *GATHERERS).frames == 0


def test_killed_at_random_moments_it_goes_on_to_the_same_end(tmp_path):
    killed_and_landed(tmp_path, 2, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_killed_many_times_it_goes_on_to_the_same_end(tmp_path, seed):
    killed_and_landed(tmp_path, 20, seed)
