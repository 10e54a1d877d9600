"""The gap ledger after landings: what no gatherer saw is opened, what arrives late closes or shrinks it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from marketdata_platform.core.window import from_us
from marketdata_platform.stores.duckdb import DuckDBStore
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.gap_ledger import read_gaps, write_gaps
from marketdata_platform.workflows.land import land
from marketdata_platform.workflows.land_rounds import LandOptions
from marketdata_platform_tests.workflows.land_journals import (
    BTC,
    NOW,
    START_MS,
    landed,
    sources,
    trades,
    write,
)


@pytest.fixture(params=["memory", "duckdb"])
def store(request, tmp_path):
    if request.param == "memory":
        return MemoryStore(clock=lambda: NOW)
    return DuckDBStore(tmp_path / "store", clock=lambda: NOW)


def told(store, status=None):
    return [(gap.first_missing, gap.last_missing, gap.status) for gap in read_gaps(store, status=status)]


def test_a_hole_that_no_gatherer_filled_is_opened_once(store, tmp_path):
    write(tmp_path, "g1", trades([*range(1, 30), *range(40, 60)]))
    write(tmp_path, "g2", trades([*range(1, 35), *range(45, 60)]))
    assert landed(store, tmp_path, "g1", "g2").gaps_opened == 1
    (gap,) = read_gaps(store)
    assert (gap.instrument, gap.dataset, gap.first_missing, gap.last_missing, gap.missing) == (BTC, "trades", 35, 39, 5)
    assert (gap.status, gap.detected_by, gap.attempts) == ("open", "landing:ids", 0)
    assert gap.from_time == from_us((START_MS + 3400) * 1000)
    assert gap.to_time == from_us((START_MS + 4000) * 1000)
    write(tmp_path, "g1", trades(range(60, 70)))
    assert landed(store, tmp_path, "g1", "g2").gaps_opened == 0
    assert told(store) == [(35, 39, "open")]


def test_holes_between_landings_and_over_midnight_are_seen(store, tmp_path):
    write(tmp_path, "g1", trades(range(1, 9)))
    landed(store, tmp_path, "g1")
    write(tmp_path, "g1", trades(range(12, 20)))
    landed(store, tmp_path, "g1")
    write(tmp_path, "g1", trades([*range(20, 25), *range(900_000, 900_003)]))
    landed(store, tmp_path, "g1")
    assert told(store) == [(9, 11, "open"), (25, 899_999, "open")]


def test_late_arrivals_shrink_split_and_close_it(store, tmp_path):
    write(tmp_path, "g1", trades([*range(1, 30), *range(50, 60)]))
    landed(store, tmp_path, "g1")
    write(tmp_path, "g2", trades(range(30, 35)))
    landed(store, tmp_path, "g1", "g2")
    assert told(store) == [(35, 49, "open")]
    write(tmp_path, "g2", trades(range(40, 42)))
    landed(store, tmp_path, "g1", "g2")
    assert sorted(told(store)) == [(35, 39, "open"), (42, 49, "open")]
    write(tmp_path, "g2", trades([*range(35, 40), *range(42, 50)]))
    landed(store, tmp_path, "g1", "g2")
    assert sorted(told(store)) == [(35, 39, "repaired"), (42, 49, "repaired")]
    assert all(gap.closed_at == NOW for gap in read_gaps(store))


def test_an_irreparable_hole_stays_so_and_is_closed_when_it_fills_after_all(store, tmp_path):
    write(tmp_path, "g1", trades([*range(1, 30), *range(50, 60)]))
    landed(store, tmp_path, "g1")
    write_gaps(store, [gap.closed("irreparable", NOW, "the venue keeps no trades") for gap in read_gaps(store)])
    write(tmp_path, "g1", trades(range(60, 70)))
    landed(store, tmp_path, "g1")
    assert told(store) == [(30, 49, "irreparable")]
    write(tmp_path, "g2", trades(range(30, 50)))
    landed(store, tmp_path, "g1", "g2")
    assert told(store) == [(30, 49, "repaired")]


def test_a_hole_waits_for_a_gatherer_that_has_not_been_landed_so_far(store, tmp_path):
    now = from_us(START_MS * 1000) + timedelta(seconds=7)
    options = LandOptions(settle_seconds=30.0, gatherers=("g1", "g2"))

    def land_at(moment):
        return land(store, sources(tmp_path, "g1", "g2"), options, now=lambda: moment)

    write(tmp_path, "g1", trades([*range(1, 30), *range(40, 60)]))
    write(tmp_path, "g2", trades(range(1, 20)))
    assert land_at(now).gaps_opened == 0
    assert told(store) == []
    write(tmp_path, "g2", trades(range(20, 35)))
    assert land_at(now).gaps_opened == 0
    assert land_at(now + timedelta(seconds=60)).gaps_opened == 1
    assert told(store) == [(35, 39, "open")]


def test_a_hole_is_opened_at_once_when_all_gatherers_are_beyond_it(store, tmp_path):
    options = LandOptions(settle_seconds=1e6, gatherers=("g1", "g2"))
    for name in ("g1", "g2"):
        write(tmp_path, name, trades([*range(1, 30), *range(40, 60)]))
    now = datetime.now(UTC) - timedelta(days=3650)
    land(store, sources(tmp_path, "g1", "g2"), options, now=lambda: now)
    assert told(store) == [(30, 39, "open")]


def test_a_landing_killed_before_it_looked_for_holes_is_made_up_for(store, tmp_path):
    write(tmp_path, "g1", trades([*range(1, 30), *range(40, 60)]))
    original = store.append

    def append(dataset, *args, **kwargs):
        if dataset == "gaps":
            raise KeyboardInterrupt
        return original(dataset, *args, **kwargs)

    store.append = append
    with pytest.raises(KeyboardInterrupt):
        landed(store, tmp_path, "g1")
    store.append = original
    assert told(store) == []
    result = landed(store, tmp_path, "g1")
    assert (result.frames, result.gaps_opened) == (0, 1)
    assert told(store) == [(30, 39, "open")]
