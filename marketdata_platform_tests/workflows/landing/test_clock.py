"""A stepped wall clock loses nothing and orders nothing; receipts after a step are not believed."""

from __future__ import annotations

import json

import pytest

from marketdata_platform.core.instrument import gatherer_home
from marketdata_platform.core.window import to_us
from marketdata_platform.journal import JournalWriter
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform_tests.workflows.landing.land_journals import (
    NOW,
    QUICK,
    SPOT,
    START_MS,
    content,
    ids,
    landed,
    ticker,
    trade,
    write,
)

HOUR_MS = 3_600_000
CLOCK = "binance:spot/note/clock"


@pytest.fixture
def store():
    return MemoryStore(clock=lambda: NOW)


def stepped(folder, gatherer, frames):
    """Append (stream, payload, true time in ms, error of the wall clock in ms)."""
    with JournalWriter(folder / gatherer, gatherer, QUICK) as writer:
        for stream, payload, true_ms, error_ms in frames:
            mono_ns = (true_ms - START_MS) * 1_000_000 + 10**12
            writer.append(stream, payload, (true_ms + error_ms) * 1_000_000, mono_ns)


def trades(numbers, error_ms=0):
    return [(SPOT, trade(n), START_MS + n * 100 + 20, error_ms) for n in numbers]


def lags(store):
    """Receipt minus exchange time of each trade, ms; None where no receipt is believed."""
    return {
        row["sequence"]: None
        if row["ts_recv"] is None
        else (to_us(row["ts_recv"]) - to_us(row["ts_event"])) // 1000
        for row in content(store)
    }


@pytest.mark.parametrize("error_ms", [HOUR_MS, -HOUR_MS])
def test_trades_of_a_stepped_clock_are_all_stored_in_order_and_flagged(store, tmp_path, error_ms):
    stepped(
        tmp_path, "g1", [*trades(range(5)), *trades(range(5, 10), error_ms), *trades(range(10, 15))]
    )
    result = landed(store, tmp_path, "g1")
    assert ids(store) == list(range(15))
    assert (result.quarantined, result.gaps_opened) == (0, 0)
    assert lags(store) == {n: None if 5 <= n < 10 else 20 for n in range(15)}
    steps = [
        (row["kind"], row["offset_us"]) for row in content(store, "clocks", gatherer_home("g1"))
    ]
    assert sorted(steps) == sorted([("step", error_ms * 1000), ("step", -error_ms * 1000)])


@pytest.mark.parametrize("order", [("g1", "g2"), ("g2", "g1")])
@pytest.mark.parametrize("error_ms", [HOUR_MS, -HOUR_MS])
def test_an_honest_receipt_of_another_gatherer_wins(store, tmp_path, error_ms, order):
    stepped(tmp_path, "g1", [*trades(range(5)), *trades(range(5, 10), error_ms)])
    write(tmp_path, "g2", [(SPOT, trade(n), START_MS + n * 100 + 50) for n in range(10)])
    landed(store, tmp_path, order[0])
    landed(store, tmp_path, *order)
    assert lags(store) == {n: 50 if n >= 5 else 20 for n in range(10)}
    together = MemoryStore(clock=lambda: NOW)
    landed(together, tmp_path, "g1", "g2")
    assert lags(together) == lags(store)


def test_it_goes_on_over_batches_landings_and_segments(store, tmp_path):
    stepped(tmp_path, "g1", trades(range(5)))
    landed(store, tmp_path, "g1")
    stepped(tmp_path, "g1", trades([5]) + trades(range(6, 900), HOUR_MS))
    landed(store, tmp_path, "g1", batch_bytes=2**16)
    stepped(tmp_path, "g1", trades(range(900, 905), HOUR_MS) + trades(range(905, 910)))
    landed(store, tmp_path, "g1")
    assert {n for n, lag in lags(store).items() if lag is None} == set(range(6, 905))
    assert len(content(store, "clocks", gatherer_home("g1"))) == 2


def measured(true_ms, error_ms):
    said = {
        "event": "clock",
        "connection": "clock",
        "offset_us": error_ms * 1000,
        "round_trip_us": 900,
    }
    return CLOCK, json.dumps(said).encode(), true_ms, error_ms


def test_a_measurement_says_that_the_clock_is_right_now(store, tmp_path):
    """The clock was wrong by an hour, and is set right: what looks like a step is the end of
    one.
    """
    right = [
        *trades(range(5), HOUR_MS),
        *trades(range(5, 8)),
        measured(START_MS + 810, 0),
        *trades(range(9, 12)),
    ]
    stepped(tmp_path, "g1", right)
    landed(store, tmp_path, "g1")
    assert {n for n, lag in lags(store).items() if lag is None} == {5, 6, 7}
    rows = content(store, "clocks", gatherer_home("g1"))
    assert {(row["kind"], row["against"], row["offset_us"]) for row in rows} == {
        ("step", "", -HOUR_MS * 1000), ("offset", "binance", 0)
    }  # fmt: skip


def test_rows_that_only_their_receipt_dates_are_dated_by_the_clock_as_it_was(store, tmp_path):
    quotes = [(SPOT, ticker(n), START_MS + n * 100, HOUR_MS if n >= 3 else 0) for n in range(6)]
    stepped(tmp_path, "g1", quotes)
    landed(store, tmp_path, "g1")
    rows = content(store, "quotes")
    assert [to_us(row["ts_event"]) // 1000 - START_MS for row in rows] == [
        0,
        100,
        200,
        300,
        400,
        500,
    ]
    assert [row["ts_recv"] is None for row in rows] == [False] * 3 + [True] * 3


def test_a_drifting_clock_and_another_boot_are_no_steps(store, tmp_path):
    drifting = [(SPOT, trade(n), START_MS + n * 100 + 20, n * 30) for n in range(400)]
    stepped(tmp_path, "g1", drifting)
    with JournalWriter(tmp_path / "g1", "g1", QUICK) as writer:
        for n in range(400, 405):
            writer.append(SPOT, trade(n), (START_MS + n * 100 + 20) * 1_000_000, n * 10**8 + 7)
    landed(store, tmp_path, "g1")
    assert None not in lags(store).values()
    assert content(store, "clocks", gatherer_home("g1")) == []
