"""Days are closed once their rows have settled, and again when something comes late."""

from datetime import date, timedelta

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.archiving.day_closing import Known, closings, day_digests
from marketdata_platform_tests.stores.contract import many

BTC, ETH = Instrument.parse("binance:spot:BTCUSDT"), Instrument.parse("binance:spot:ETHUSDT")
DAY = date(2024, 7, 18)
NEXT, THIRD = DAY + timedelta(days=1), DAY + timedelta(days=2)


def looks(*seen):
    """The days due at each of several looks in a row."""
    known, due = {}, []
    for passed in seen:
        found = closings(passed, known)
        known = found.known
        due.append([(c.instrument, c.day, c.late) for c in found.due])
    return due


def test_a_day_is_closed_at_the_second_look_that_sees_the_same_rows_and_only_once():
    passed = {BTC: {DAY: "a"}, ETH: {DAY: "b"}}
    assert looks(passed, passed, passed) == [[], [(BTC, DAY, False), (ETH, DAY, False)], []]


def test_a_day_that_still_fills_is_waited_for():
    assert looks(*({BTC: {DAY: digest}} for digest in "abccc")) == [
        [],
        [],
        [],
        [(BTC, DAY, False)],
        [],
    ]


def test_late_rows_close_the_day_and_all_closed_ones_after_it_again():
    calm, late = {BTC: {DAY: "a", NEXT: "b", THIRD: "c"}}, {BTC: {DAY: "a", NEXT: "B", THIRD: "c"}}
    due = looks(calm, calm, late, late, late)
    assert due[1] == [(BTC, DAY, False), (BTC, NEXT, False), (BTC, THIRD, False)]
    assert due[2:] == [[], [(BTC, NEXT, True), (BTC, THIRD, True)], []]


def test_late_rows_twice_make_different_versions_so_that_each_is_done():
    known, versions = {}, []
    for digest in "aabbcc":
        found = closings({BTC: {DAY: digest, NEXT: "x"}}, known)
        known = found.known
        versions += [(c.day, c.version) for c in found.due]
    assert len(versions) == len(set(versions)) == 6


def test_a_day_that_is_closed_first_when_a_day_before_it_came_late_is_closed_once():
    known = closings({BTC: {DAY: "a"}}, {BTC: {DAY: Known("a", "")}}).known
    due = [closings({BTC: {DAY: "A", NEXT: "b"}}, known)]
    due.append(closings({BTC: {DAY: "A", NEXT: "b"}}, due[-1].known))
    due.append(closings({BTC: {DAY: "A", NEXT: "b"}}, due[-1].known))
    assert [[(c.day, c.late) for c in found.due] for found in due] == [
        [],
        [(DAY, True), (NEXT, False)],
        [],
    ]


def test_the_digest_of_a_day_follows_from_its_rows_in_all_datasets():
    store = MemoryStore()
    store.append("trades", BTC, many(0, 50))
    days = [c.day for c in store.coverage("trades", BTC)]
    before = day_digests(store, BTC, days, ["trades", "quotes"])
    assert before == day_digests(store, BTC, days, ["quotes", "trades"])
    store.append("trades", BTC, many(50, 51))
    assert day_digests(store, BTC, days, ["trades", "quotes"]) != before
