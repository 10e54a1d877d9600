"""The gap ledger after landings: what no gatherer saw is opened, what arrives late closes or
shrinks it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from marketdata_platform.core.window import from_us
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.bookkeeping.gap_ledger import read_gaps, write_gaps
from marketdata_platform.workflows.gaps import finding
from marketdata_platform.workflows.landing.land import land
from marketdata_platform.workflows.landing.rounds import LandOptions
from marketdata_platform_tests.workflows.landing.land_journals import (
    BTC,
    NOW,
    SPOT,
    START_MS,
    depth,
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
    return [
        (gap.first_missing, gap.last_missing, gap.status) for gap in read_gaps(store, status=status)
    ]


def test_a_hole_that_no_gatherer_filled_is_opened_once(store, tmp_path):
    write(tmp_path, "g1", trades([*range(1, 30), *range(40, 60)]))
    write(tmp_path, "g2", trades([*range(1, 35), *range(45, 60)]))
    assert landed(store, tmp_path, "g1", "g2").gaps_opened == 1
    (gap,) = read_gaps(store)
    assert (gap.instrument, gap.dataset, gap.first_missing, gap.last_missing, gap.missing) == (
        BTC,
        "trades",
        35,
        39,
        5,
    )
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
    write_gaps(
        store,
        [gap.closed("irreparable", NOW, "the venue keeps no trades") for gap in read_gaps(store)],
    )
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


def delta(first, last):
    return (SPOT, depth(first, last, ("b", "42000.1", str(last))), START_MS + last * 100 + 5)


def book_gaps(store):
    found = read_gaps(store, BTC, dataset="book_deltas")
    return [(gap.first_missing, gap.last_missing, gap.status) for gap in found]


def test_a_break_in_a_books_chain_is_a_gap_until_another_gatherer_fills_it(store, tmp_path):
    write(tmp_path, "g1", [delta(10, 12), delta(13, 13), delta(16, 17)])
    assert landed(store, tmp_path, "g1").gaps_opened == 1
    assert book_gaps(store) == [(14, 15, "open")]
    write(tmp_path, "g1", [delta(18, 18), delta(21, 21)])
    landed(store, tmp_path, "g1")
    assert book_gaps(store) == [(14, 15, "open"), (19, 20, "open")]
    assert {gap.detected_by for gap in read_gaps(store)} == {"landing:book"}
    write(tmp_path, "g2", [delta(13, 13), delta(14, 15)])
    landed(store, tmp_path, "g1", "g2")
    assert book_gaps(store) == [(14, 15, "repaired"), (19, 20, "open")]


def test_two_gatherers_and_overlapping_events_make_an_unbroken_chain(store, tmp_path):
    write(tmp_path, "g1", [delta(10, 12), delta(16, 17), delta(18, 20)])
    write(tmp_path, "g2", [delta(13, 15), delta(17, 19)])
    assert landed(store, tmp_path, "g1", "g2").gaps_opened == 0
    write(tmp_path, "g1", [delta(21, 21)])
    write(tmp_path, "g2", [delta(18, 20)])
    assert landed(store, tmp_path, "g1", "g2").gaps_opened == 0


def test_a_snapshot_that_holds_what_is_missing_bridges_a_break(store, tmp_path):
    whole = b'{"lastUpdateId":15,"bids":[["100","1"]],"asks":[["101","2"]]}'
    book = ("binance:spot/rest/depth?symbol=BTCUSDT", whole, START_MS + 1_500)
    write(tmp_path, "g1", [delta(10, 12), delta(13, 13), book, delta(16, 17), delta(30, 30)])
    landed(store, tmp_path, "g1")
    assert book_gaps(store) == [(18, 29, "open")]


def test_late_copies_of_what_is_stored_cost_no_look_at_the_days(store, tmp_path, monkeypatch):
    looked = []
    monkeypatch.setattr(finding, "holes_on_days", lambda *told: looked.append(told) or [])
    write(tmp_path, "g1", trades(range(1, 50)))
    landed(store, tmp_path, "g1")
    write(tmp_path, "g2", trades(range(1, 60)))
    landed(store, tmp_path, "g1", "g2")
    assert len(looked) == 1
    write(tmp_path, "g1", trades([*range(50, 60), *range(70, 80)]))
    landed(store, tmp_path, "g1", "g2")
    assert told(store) == [(60, 69, "open")]
