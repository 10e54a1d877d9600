"""Landing: every record that any gatherer has is stored once, however and however often it is
landed.
"""

from __future__ import annotations

import json
import random
from datetime import date
from decimal import Decimal

import pytest

from marketdata_platform.core.instrument import Instrument, gatherer_home
from marketdata_platform.core.window import to_us
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.landing.frames import position_number
from marketdata_platform_tests.workflows.landing.land_journals import (
    BTC,
    NOW,
    SPOT,
    START_MS,
    content,
    depth,
    everything,
    ids,
    landed,
    missing_some,
    ticker,
    trade,
    trades,
    write,
)

ETH = Instrument("binance", "spot", "ETHUSDT")


@pytest.fixture(params=["memory", "duckdb"])
def store(request, tmp_path):
    if request.param == "memory":
        return MemoryStore(clock=lambda: NOW)
    return DuckDBStore(tmp_path / "store", clock=lambda: NOW)


def test_what_any_of_three_gatherers_heard_is_stored_once(store, tmp_path):
    frames = trades(range(1, 400))
    for seed, name in enumerate(("g1", "g2", "g3")):
        write(tmp_path, name, missing_some(frames, seed))
    result = landed(store, tmp_path, "g1", "g2", "g3")
    heard = {f for seed in range(3) for _, f, _ in missing_some(frames, seed)}
    assert len(ids(store)) == len(set(ids(store))) == len(heard) == result.inserted
    assert result.frames == result.inserted + result.duplicates
    assert result.quarantined == result.conflicts == 0
    assert result.days == {BTC: {date(2024, 4, 30), date(2024, 5, 1)}}


def test_landing_again_finds_nothing(store, tmp_path):
    write(tmp_path, "g1", trades(range(1, 50)))
    landed(store, tmp_path, "g1")
    first = everything(store)
    again = landed(store, tmp_path, "g1")
    assert (again.frames, again.inserted, again.duplicates) == (0, 0, 0)
    assert everything(store) == first


def test_the_earliest_receipt_stays_whoever_is_landed_first(store, tmp_path):
    write(tmp_path, "g1", trades(range(1, 20), late_ms=30))
    landed(store, tmp_path, "g1")
    write(tmp_path, "g2", trades(range(1, 20), late_ms=10))
    landed(store, tmp_path, "g1", "g2")
    assert {to_us(row["ts_recv"]) - to_us(row["ts_event"]) for row in content(store)} == {10_000}


def test_any_batch_size_and_any_cut_of_the_landings_give_the_same(tmp_path):
    rng = random.Random(5)
    frames = trades(range(1, 600)) + trades(range(1, 300), "ETHUSDT")
    frames += [(SPOT, ticker(n), START_MS + n * 90) for n in range(200)]
    rng.shuffle(frames)
    expected = None
    for batch_bytes in (2**25, 3 * 2**16):
        for cuts in (1, 4):
            folder = tmp_path / f"{batch_bytes}-{cuts}"
            store = MemoryStore(clock=lambda: NOW)
            for part in range(cuts):
                size = len(frames) // cuts + 1
                for seed, name in enumerate(("g1", "g2", "g3")):
                    heard = missing_some(frames, seed)
                    write(folder, name, heard[part * size : (part + 1) * size])
                landed(store, folder, "g1", "g2", "g3", batch_bytes=batch_bytes)
            expected = expected or everything(store)
            assert everything(store) == expected
    assert len(expected[BTC, "quotes"]) > 190


def test_a_gatherer_that_comes_back_after_a_day_is_caught_up(store, tmp_path):
    frames = trades(range(1, 300))
    write(tmp_path, "g1", missing_some(frames, 1))
    write(tmp_path, "g2", frames[:10])
    landed(store, tmp_path, "g1", "g2")
    write(tmp_path, "g1", trades(range(900_000, 900_050)))
    landed(store, tmp_path, "g1", "g2")
    write(tmp_path, "g2", frames[10:] + trades(range(900_000, 900_060)))
    result = landed(store, tmp_path, "g1", "g2")
    assert ids(store) == [*range(1, 300), *range(900_000, 900_060)]
    assert result.conflicts == 0


def test_any_single_journal_rebuilds_what_its_gatherer_heard(tmp_path):
    frames = trades(range(1, 200))
    for name in ("g1", "g2"):
        write(tmp_path, name, frames)
    stores = {}
    for names in (("g1", "g2"), ("g1",), ("g2",)):
        stores[names] = MemoryStore(clock=lambda: NOW)
        landed(stores[names], tmp_path, *names)
    assert len({str(everything(store)) for store in stores.values()}) == 1


def test_another_payload_under_one_id_is_kept_in_quarantine_and_counted(store, tmp_path):
    write(tmp_path, "g1", trades(range(1, 4)))
    write(tmp_path, "g2", [(SPOT, trade(2, p="1.5"), START_MS), *trades([3, 4])])
    result = landed(store, tmp_path, "g1", "g2")
    assert (result.inserted, result.duplicates, result.conflicts, result.quarantined) == (
        4,
        1,
        1,
        1,
    )
    (held,) = content(store, "quarantine")
    assert held["source"] == "g2"
    assert held["position"] == position_number(1, 256)
    assert held["reason"].startswith("conflict: price differs")
    assert ids(store) == [1, 2, 3, 4]
    landed(store, tmp_path, "g1", "g2")
    assert len(content(store, "quarantine")) == 1


def test_what_cannot_be_read_goes_to_quarantine_with_its_place_and_the_rest_is_stored(
    store, tmp_path
):
    bad = [
        b"{",
        b"\xff\xfe",
        b"[" * 200_000,
        trade(7)[:-9],
        trade(8, p="abc"),
        trade(9, q="1e40"),
        b"{}" * 3,
    ]
    frames = [*trades([1]), *[(SPOT, frame, START_MS) for frame in bad], *trades([2])]
    write(tmp_path, "g1", frames)
    result = landed(store, tmp_path, "g1")
    assert ids(store) == [1, 2]
    held = content(store, "quarantine", gatherer_home("g1")) + content(store, "quarantine")
    assert len(held) == result.quarantined == result.by_gatherer["g1"].quarantined == len(bad)
    assert {row["source"] for row in held} == {"g1"}
    assert all(len(row["payload"]) <= 4096 and row["reason"] for row in held)
    assert len({row["position"] for row in held}) == len(bad)


def test_a_frame_larger_than_any_venue_sends_is_quarantined_unread(store, tmp_path):
    large = b'{"stream":"btcusdt@trade","data":"' + b"x" * (20 * 2**20) + b'"}'
    write(tmp_path, "g1", [*trades([1]), (SPOT, large, START_MS), *trades([2])])
    result = landed(store, tmp_path, "g1")
    assert ids(store) == [1, 2]
    (held,) = content(store, "quarantine", gatherer_home("g1"))
    assert f"frame of {len(large)} bytes" in held["reason"]
    assert len(held["payload"]) == 4096
    assert result.quarantined == 1


def test_unknown_types_and_new_fields_are_counted_and_do_no_harm(store, tmp_path):
    news = b'{"stream":"btcusdt@news","data":{"e":"news","s":"BTCUSDT"}}'
    for name in ("g1", "g2"):
        write(
            tmp_path, name, [(SPOT, news, START_MS), (SPOT, trade(1, fresh={"a": [1]}), START_MS)]
        )
    result = landed(store, tmp_path, "g1", "g2")
    assert result.counts["unknown news"] == 2
    assert ids(store) == [1]
    assert result.quarantined == 0


def test_streams_that_nobody_can_read_are_quarantined(store, tmp_path):
    write(
        tmp_path,
        "g1",
        [("what is this", b"{}", START_MS), ("nowhere:spot/ws/1", b"{}", START_MS), *trades([1])],
    )
    assert landed(store, tmp_path, "g1").quarantined == 2
    assert ids(store) == [1]


def test_deltas_and_rest_books_land_beside_trades(store, tmp_path):
    book = b'{"lastUpdateId":10,"bids":[["42000.1","1"]],"asks":[["42000.3","2"]]}'
    frames = [
        ("binance:spot/rest/depth?symbol=BTCUSDT", book, START_MS),
        (SPOT, depth(11, 12, ("b", "42000.1", "3")), START_MS + 5),
        (SPOT, depth(13, 13, ("a", "42000.3", "0")), START_MS + 6),
    ]
    for name in ("g1", "g2"):
        write(tmp_path, name, frames)
    landed(store, tmp_path, "g1", "g2")
    assert [(row["update_id"], row["quantity"]) for row in content(store, "book_deltas")] == [
        (12, 3),
        (13, 0),
    ]
    assert [row["price"] for row in content(store, "book_snapshots")] == [
        Decimal("42000.3"),
        Decimal("42000.1"),
    ]


def test_a_flipped_bit_is_found_the_rest_is_read_and_the_other_gatherer_fills_it(store, tmp_path):
    for name in ("g1", "g2"):
        write(tmp_path, name, trades(range(1, 100)), seal=False)
    path = next((tmp_path / "g1").glob("*.journal"))
    data = bytearray(path.read_bytes())
    data[data.index(b'"t":50,') + 4] ^= 1
    path.write_bytes(data)
    result = landed(store, tmp_path, "g1")
    assert len(ids(store)) == 98
    (held,) = content(store, "quarantine", gatherer_home("g1"))
    assert held["reason"].startswith("unreadable: segment 1")
    assert result.quarantined == 1
    landed(store, tmp_path, "g1", "g2")
    assert ids(store) == list(range(1, 100))


def test_a_journal_that_is_not_there_yet_is_empty(store, tmp_path):
    assert landed(store, tmp_path, "g1").frames == 0


def aggregate(number):
    told = {
        "e": "aggTrade",
        "s": "BTCUSDT",
        "a": number,
        "p": "42000.1",
        "q": "1",
        "f": number * 2,
        "l": number * 2 + 1,
    }
    told |= {"T": START_MS + number * 100, "m": True}
    frame = {"stream": "btcusdt@aggTrade", "data": told}
    return (SPOT, json.dumps(frame).encode(), START_MS + number * 100)


def test_aggregate_trades_beside_single_ones_are_left_out_and_said(store, tmp_path):
    write(tmp_path, "g1", trades(range(1, 5)))
    landed(store, tmp_path, "g1")
    write(tmp_path, "g1", [*[aggregate(n) for n in range(100, 130)], *trades(range(5, 9))])
    result = landed(store, tmp_path, "g1")
    assert ids(store) == list(range(1, 9))
    assert (result.inserted, result.quarantined, result.gaps_opened) == (4, 1, 0)
    (held,) = content(store, "quarantine")
    assert held["reason"].startswith("30 aggregate trades beside single ones would count twice")


def test_where_aggregate_trades_came_first_they_stay(store, tmp_path):
    write(tmp_path, "g1", [aggregate(n) for n in range(10)])
    landed(store, tmp_path, "g1")
    write(tmp_path, "g1", trades(range(50, 60)))
    assert landed(store, tmp_path, "g1").inserted == 0
    assert ids(store) == list(range(10))


def test_frames_that_were_recorded_together_land_as_if_they_had_come_one_by_one(tmp_path):
    frames = [
        (stream, payload, START_MS + n // 30)
        for n, (stream, payload, _) in enumerate(trades(range(1, 400)))
    ]
    frames[100] = (SPOT, b'{"stream":"btcusdt@trade","data":{"e":"trade","t":"x"}}', frames[100][2])
    stores = []
    for together in (1, 30):
        write(tmp_path / str(together), "g1", frames, together=together)
        stores.append(MemoryStore(clock=lambda: NOW))
        result = landed(stores[-1], tmp_path / str(together), "g1")
        assert (result.frames, result.inserted, result.quarantined) == (399, 398, 1)
        assert landed(stores[-1], tmp_path / str(together), "g1").frames == 0
    assert everything(stores[0]) == everything(stores[1])
