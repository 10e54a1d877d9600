"""Venues that do not number their trades: a hole is the time in which no gatherer listened."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import from_us
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.bookkeeping.gap_ledger import read_gaps
from marketdata_platform.workflows.landing.land import land
from marketdata_platform.workflows.landing.rounds import LandOptions
from marketdata_platform_tests.workflows.landing.land_journals import (
    NOW,
    START_MS,
    landed,
    sources,
    write,
)

LINEAR = Instrument("bybit", "linear", "BTCUSDT")


@pytest.fixture
def store():
    return MemoryStore(clock=lambda: NOW)


def moment(seconds):
    return START_MS + round(seconds * 1000)


def trade(seconds, connection):
    told = {
        "T": moment(seconds),
        "s": "BTCUSDT",
        "S": "Buy",
        "v": "1",
        "p": "60000",
        "i": f"id-{seconds}",
        "BT": False,
    }
    frame = {
        "topic": "publicTrade.BTCUSDT",
        "type": "snapshot",
        "ts": moment(seconds),
        "data": [told],
    }
    return f"bybit:linear/ws/{connection}", json.dumps(frame).encode(), moment(seconds)


def note(seconds, connection, event, **said):
    payload = {"event": event, "connection": connection, **said}
    return f"bybit:linear/note/{connection}", json.dumps(payload).encode(), moment(seconds)


def subscribed(seconds, connection):
    return note(
        seconds,
        connection,
        "subscribed",
        instruments={"bybit:linear:BTCUSDT": ["trades", "quotes"]},
    )


def heard(connection, start, end):
    """A connection that hears a trade each second, from `start` to `end`; how it ends is not
    said.
    """
    return [subscribed(start, connection), *[trade(n, connection) for n in range(start, end + 1)]]


def told(store, *statuses):
    found = [gap for gap in read_gaps(store, LINEAR) if not statuses or gap.status in statuses]
    zero = from_us(START_MS * 1000)
    second = timedelta(seconds=1)
    return [
        ((gap.from_time - zero) / second, (gap.to_time - zero) / second, gap.status)
        for gap in found
    ]


def test_the_time_in_which_nobody_listened_is_a_gap(store, tmp_path):
    write(tmp_path, "g1", [*heard("a", 0, 10), *heard("b", 20, 30)])
    write(tmp_path, "g2", [*heard("c", 0, 14), note(14, "c", "disconnected"), *heard("d", 25, 30)])
    assert landed(store, tmp_path, "g1", "g2").gaps_opened == 1
    assert told(store) == [(14, 20, "open")]
    (gap,) = read_gaps(store, LINEAR)
    assert (gap.dataset, gap.detected_by, gap.first_missing, gap.missing) == (
        "trades",
        "landing:silence",
        None,
        None,
    )
    write(tmp_path, "g1", [trade(31, "b")])
    assert landed(store, tmp_path, "g1", "g2").gaps_opened == 0


def test_what_another_gatherer_heard_is_no_gap(store, tmp_path):
    write(tmp_path, "g1", [*heard("a", 0, 10), *heard("b", 20, 30)])
    write(tmp_path, "g2", heard("c", 0, 30))
    assert landed(store, tmp_path, "g1", "g2").gaps_opened == 0


def refused(seconds, connection, event):
    instruments = {"bybit:linear:BTCUSDT": ["trades"]}
    return note(seconds, connection, event, instruments=instruments, reason="no such topic")


def other_trade(seconds, connection):
    stream, frame, ms = trade(seconds, connection)
    return stream, frame.replace(b"BTCUSDT", b"ETHUSDT"), ms


def test_a_connection_whose_channel_was_refused_does_not_listen_to_it(store, tmp_path):
    others = [other_trade(n, "b") for n in range(12, 40)]
    write(
        tmp_path,
        "g1",
        [*heard("a", 0, 10), subscribed(12, "b"), refused(12.5, "b", "refused"), *others],
    )
    write(tmp_path, "g2", [*heard("c", 0, 20), *heard("d", 30, 40)])
    landed(store, tmp_path, "g1", "g2")
    assert told(store) == [(20, 30, "open")]


def test_a_channel_that_is_asked_for_anew_is_listened_to_from_then_on(store, tmp_path):
    again = [subscribed(11, "b"), refused(11.5, "b", "resubscribing"), *heard("b", 14, 30)]
    write(tmp_path, "g1", [*heard("a", 0, 10), *again])
    landed(store, tmp_path, "g1")
    assert told(store) == [(10, 14, "open")]


def test_gatherers_killed_for_good_do_not_count_as_listening(store, tmp_path):
    write(tmp_path, "g1", [*heard("a", 0, 10), *heard("b", 50, 60)])
    write(tmp_path, "g2", heard("c", 0, 12))
    write(tmp_path, "g3", heard("d", 0, 8))
    landed(store, tmp_path, "g1", "g2", "g3")
    assert told(store) == [(12, 50, "open")]


def test_a_gatherer_that_began_later_did_not_hear_what_was_before(store, tmp_path):
    write(tmp_path, "g1", [*heard("a", 0, 10), *heard("b", 20, 60)])
    write(tmp_path, "g2", heard("c", 40, 60))
    landed(store, tmp_path, "g1", "g2")
    assert told(store) == [(10, 20, "open")]


def test_a_planned_hand_over_is_no_gap(store, tmp_path):
    first, second = heard("a", 0, 10), heard("b", 12, 30)
    over = note(12, "b", "handover", reason="takes over from a")
    write(tmp_path, "g1", [*first, second[0], over, *second[1:]])
    assert landed(store, tmp_path, "g1").gaps_opened == 0
    # A successor's process hears before its predecessor ends, and writes it behind what that wrote.
    write(tmp_path, "g2", [*heard("c", 0, 10), note(13, "c", "disconnected"), *heard("d", 12, 30)])
    assert landed(store, tmp_path, "g2").gaps_opened == 0


def test_a_gatherer_that_is_landed_late_closes_it(store, tmp_path):
    write(tmp_path, "g1", [*heard("a", 0, 10), *heard("b", 20, 30)])
    write(tmp_path, "g2", heard("c", 0, 10))
    landed(store, tmp_path, "g1", "g2")
    assert told(store) == [(10, 20, "open")]
    write(tmp_path, "g2", [trade(n, "c") for n in range(11, 31)])
    landed(store, tmp_path, "g1", "g2")
    assert told(store) == [(10, 20, "repaired")]


def test_it_waits_for_a_gatherer_that_has_not_been_landed_so_far(store, tmp_path):
    options = LandOptions(gatherers=("g1", "g2"))
    now = from_us(moment(31) * 1000)
    write(tmp_path, "g1", [*heard("a", 0, 10), *heard("b", 20, 30)])
    write(tmp_path, "g2", heard("c", 0, 10))
    land(store, sources(tmp_path, "g1", "g2"), options, now=lambda: now)
    assert told(store) == []
    write(tmp_path, "g2", heard("d", 15, 30))
    land(store, sources(tmp_path, "g1", "g2"), options, now=lambda: now)
    assert told(store) == [(10, 15, "open")]


def test_kalshis_lost_numbers_are_a_gap_when_every_gatherer_lost_some_at_once(store, tmp_path):
    instruments = {"kalshi:event:KX-1": ["book_deltas", "trades"]}

    def frames(connection, *gaps):
        name = f"kalshi:event/note/{connection}"

        def said(event, seconds):
            return (
                name,
                json.dumps({"event": event, "instruments": instruments}).encode(),
                moment(seconds),
            )

        ticks = [(f"kalshi:event/ws/{connection}", b'{"type":"ok"}', moment(n)) for n in range(30)]
        return [said("subscribed", 0), *ticks, *[said("gap", seconds) for seconds in gaps]]

    write(tmp_path, "g1", frames("a", 5, 20))
    write(tmp_path, "g2", frames("b", 21))
    landed(store, tmp_path, "g1", "g2")
    found = read_gaps(store, Instrument("kalshi", "event", "KX-1"))
    assert [gap.dataset for gap in found] == ["book_deltas", "trades"]
    assert {(gap.from_time, gap.to_time) for gap in found} == {
        (from_us(moment(19) * 1000), from_us(moment(20) * 1000))
    }
