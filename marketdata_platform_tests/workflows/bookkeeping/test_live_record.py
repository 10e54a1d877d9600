"""What live capture recorded is covered without any file; what nobody heard is a hole, until it is
filled.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window, from_us
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.bookkeeping.gap_ledger import (
    BY_SILENCE,
    new_gap,
    read_gaps,
    write_gaps,
)
from marketdata_platform.workflows.bookkeeping.record import holes_of_day, open_record
from marketdata_platform_tests.workflows.landing.land_journals import (
    BTC,
    NOW,
    START_MS,
    landed,
    trades,
    write,
)

LINEAR = Instrument("bybit", "linear", "BTCUSDT")
MIDNIGHT_MS = START_MS + 1_000
DAY = datetime(2024, 5, 1, tzinfo=UTC).date()


def bybit(number, seconds):
    """A trade so long after midnight."""
    when = MIDNIGHT_MS + round(seconds * 1000)
    told = {
        "T": when,
        "s": "BTCUSDT",
        "S": "Buy",
        "v": "0.1",
        "p": "60000",
        "i": f"id-{number}",
        "BT": False,
    }
    frame = {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": when, "data": [told]}
    return ("bybit:linear/ws/c1", json.dumps(frame, separators=(",", ":")).encode(), when + 3)


def after(seconds):
    return from_us(MIDNIGHT_MS * 1000) + timedelta(seconds=seconds)


def holes(store):
    return holes_of_day(store, open_record(store, LINEAR), DAY)


def test_a_stretch_heard_live_is_covered_though_no_file_was_imported(tmp_path):
    store = MemoryStore(clock=lambda: NOW)
    for part in range(3):
        write(tmp_path, "g1", [bybit(n, 60 + n) for n in range(part * 10, part * 10 + 10)])
        landed(store, tmp_path, "g1")
    tick = timedelta(microseconds=1)
    assert holes(store) == [Window(after(0), after(60)), Window(after(89) + tick, after(86_400))]
    (row,) = [r for batch in store.read("imports", LINEAR) for r in batch.to_pylist()]
    assert (row["format"], row["source"]) == ("live", "gatherers")


def test_what_nobody_heard_is_a_hole_until_it_is_repaired(tmp_path):
    store = MemoryStore(clock=lambda: NOW)
    write(tmp_path, "g1", [bybit(n, n) for n in range(0, 3_000, 100)])
    landed(store, tmp_path, "g1")
    gap = new_gap(LINEAR, "trades", (after(500), after(700)), BY_SILENCE, NOW)
    write_gaps(store, [gap])
    tick = timedelta(microseconds=1)
    assert holes(store)[0] == Window(after(500), after(700) + tick)
    write_gaps(store, [gap.closed("irreparable", NOW)])
    assert len(holes(store)) == 2
    write_gaps(store, [gap.closed("repaired", NOW)])
    assert holes(store) == [Window(after(2_900) + tick, after(86_400))]


def test_hours_without_a_trade_are_not_claimed(tmp_path):
    store = MemoryStore(clock=lambda: NOW)
    write(tmp_path, "g1", [bybit(1, 0), bybit(2, 10), bybit(3, 20_000), bybit(4, 20_010)])
    landed(store, tmp_path, "g1")
    write(tmp_path, "g1", [bybit(5, 40_000)])
    landed(store, tmp_path, "g1")
    tick = timedelta(microseconds=1)
    assert Window(after(20_010) + tick, after(40_000)) in holes(store)


def test_where_ids_are_contiguous_they_alone_tell(tmp_path):
    store = MemoryStore(clock=lambda: NOW)
    write(tmp_path, "g1", trades([*range(100, 200), *range(300, 400)]))
    landed(store, tmp_path, "g1")
    found = holes_of_day(store, open_record(store, BTC), DAY)
    (gap,) = read_gaps(store, BTC)
    assert found[1] == Window(gap.from_time, gap.to_time + timedelta(microseconds=1))
    assert [r for batch in store.read("imports", BTC) for r in batch.to_pylist()] == []
