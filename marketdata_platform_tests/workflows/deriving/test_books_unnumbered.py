"""Kalshi numbers nothing across connections: which changes follow a snapshot is told by comparing
several of them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.bookkeeping.gap_ledger import (
    IRREPARABLE,
    REPAIRED,
    new_gap,
    write_gaps,
)
from marketdata_platform.workflows.deriving.books import book_at
from marketdata_platform_tests.workflows.landing.land_journals import NOW, START_MS, landed, write

MARKET = Instrument("kalshi", "event", "KX-1")


@pytest.fixture
def store():
    return MemoryStore(clock=lambda: NOW)


def whole(gatherer, quantity, ms):
    """A snapshot with so much at 0.45."""
    told = {
        "market_ticker": "KX-1",
        "yes_dollars_fp": [["0.45", quantity]],
        "no_dollars_fp": [["0.50", "1.00"]],
    }
    frame = {"type": "orderbook_snapshot", "sid": 1, "seq": 1, "msg": told}
    return f"kalshi:event/ws/{gatherer}", json.dumps(frame).encode(), START_MS + ms


def change(gatherer, quantity, happened_ms, heard_ms):
    when = from_us((START_MS + happened_ms) * 1000).isoformat().replace("+00:00", "Z")
    told = {
        "market_ticker": "KX-1",
        "price_dollars": "0.45",
        "delta_fp": quantity,
        "side": "yes",
        "ts": when,
    }
    frame = {"type": "orderbook_delta", "sid": 1, "seq": 2, "msg": told}
    return f"kalshi:event/ws/{gatherer}", json.dumps(frame).encode(), START_MS + heard_ms


def at(ms):
    return from_us((START_MS + ms) * 1000)


def quantity(store, ms):
    book = book_at(store, MARKET, at(ms))
    return book.levels()[0][0][1] if book.valid else None


def record(folder, store, **frames):
    for name, heard in frames.items():
        write(folder, name, heard)
    landed(store, folder, *frames)


def test_a_change_that_a_faster_gatherer_heard_before_a_slower_ones_snapshot_is_not_lost(
    store, tmp_path
):
    one = [
        whole("g1", "10.00", 0),
        change("g1", "5.00", 1_000, 1_010),
        change("g1", "-3.00", 2_000, 2_010),
    ]
    slow = [
        whole("g2", "15.00", 2_020),
        change("g2", "-3.00", 2_000, 2_030),
    ]  # its snapshot is from before -3
    third = [whole("g3", "15.00", 1_500), change("g3", "-3.00", 2_000, 2_015)]
    record(tmp_path, store, g1=one, g2=slow, g3=third)
    assert quantity(store, 1_600) == 15
    assert quantity(store, 2_500) == Decimal(12)


def test_a_snapshot_that_cannot_be_is_passed_over(store, tmp_path):
    one = [whole("g1", "10.00", 0), change("g1", "5.00", 1_000, 1_010)]
    slow = [whole("g2", "10.00", 1_020), change("g2", "5.00", 1_000, 1_030)]
    record(tmp_path, store, g1=[*one, change("g1", "-15.00", 2_000, 2_010)], g2=slow)
    book = book_at(store, MARKET, at(2_500))
    assert book.valid
    assert book.levels()[0] == []


def test_within_a_hole_of_the_ledger_there_is_no_book_until_a_snapshot_joins(store, tmp_path):
    record(
        tmp_path,
        store,
        g1=[
            whole("g1", "10.00", 0),
            change("g1", "5.00", 1_000, 1_010),
            change("g1", "1.00", 5_000, 5_010),
            whole("g1", "20.00", 6_000),
        ],
    )
    assert (quantity(store, 1_500), quantity(store, 5_500), quantity(store, 6_500)) == (
        15,
        16,
        None,
    ), "the two snapshots contradict each other"
    gap = new_gap(MARKET, "book_deltas", (at(2_000), at(3_000)), "silence", NOW)
    write_gaps(store, [gap])
    assert (quantity(store, 1_500), quantity(store, 5_500), quantity(store, 6_500)) == (
        15,
        None,
        20,
    )
    write_gaps(store, [replace(gap, status=IRREPARABLE)])
    assert quantity(store, 5_500) is None
    write_gaps(store, [replace(gap, status=REPAIRED)])
    assert quantity(store, 5_500) == 16
