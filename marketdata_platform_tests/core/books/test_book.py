"""A local book: valid from a snapshot until something is missing, exact, and by each venue's own
rule.
"""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.books.book import Book, BookEvent, Verdict
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.continuity import Missing, Subscriptions
from marketdata_platform.venues.lookups import book_rule, numbered_trades

APPLY, STALE, GAP = Verdict.APPLY, Verdict.STALE, Verdict.GAP


def book(instrument):
    return Book(book_rule(Instrument.parse(instrument)))


def snapshot(last=None, bids=((1, 5),), asks=((2, 5),)):
    return BookEvent(_levels(bids), _levels(asks), snapshot=True, last_id=last)


def change(first=None, last=None, previous=None, bids=(), asks=(), signed=False):
    return BookEvent(_levels(bids), _levels(asks), False, first, last, previous, signed)


def _levels(pairs):
    return tuple((Decimal(p), Decimal(q)) for p, q in pairs)


def verdicts(venue, *events):
    it = book(venue)
    return [it.apply(event) for event in events]


def test_before_a_snapshot_a_book_is_invalid_and_empty():
    it = book("binance:spot:BTCUSDT")
    assert it.apply(change(1, 2, bids=[(1, 1)])) is GAP
    assert (it.valid, it.top(), it.levels()) == (False, (None, None), ([], []))


def test_binance_spot_joins_where_the_snapshot_lies_in_the_event_and_then_goes_on_by_one():
    events = [
        snapshot(10),
        change(5, 9),
        change(8, 12),
        change(13, 13),
        change(15, 16),
        change(17, 17),
        snapshot(20),
    ]
    assert verdicts("binance:spot:X", *events, change(21, 21)) == [
        APPLY,
        STALE,
        APPLY,
        APPLY,
        GAP,
        GAP,
        APPLY,
        APPLY,
    ]
    assert verdicts("binance:spot:X", snapshot(10), change(12, 13)) == [APPLY, GAP]


def test_binance_futures_go_by_the_previous_id():
    events = [
        snapshot(10),
        change(3, 9, 2),
        change(8, 12, 7),
        change(20, 25, 12),
        change(30, 31, 26),
    ]
    assert verdicts("binance:futures:X", *events) == [APPLY, STALE, APPLY, APPLY, GAP]
    assert (
        verdicts("binance:coin_futures:X", snapshot(10), change(10, 10, 4), change(12, 13, 10))
        == [APPLY] * 3
    )
    assert verdicts("binance:futures:X", snapshot(10), change(12, 13, 11)) == [APPLY, GAP]


def test_deribit_goes_by_the_previous_change_id_and_bybit_by_one():
    deribit = [snapshot(10), change(last=15, previous=10), change(last=17, previous=16)]
    assert verdicts("deribit:perpetual:X", *deribit) == [APPLY, APPLY, GAP]
    assert verdicts(
        "bybit:linear:X", snapshot(10), change(last=10), change(last=11), change(last=13)
    ) == [
        APPLY,
        STALE,
        APPLY,
        GAP,
    ]
    assert verdicts("bybit:linear:X", snapshot(10), snapshot(1), change(last=2)) == [
        APPLY,
        APPLY,
        APPLY,
    ]


def test_signed_changes_are_added_and_what_was_never_there_cannot_be_taken_away():
    it = book("kalshi:event:KX")
    it.apply(snapshot(bids=[("0.30", "10.5")], asks=[]))
    assert it.apply(change(bids=[("0.30", "-10.5"), ("0.31", "2")], signed=True)) is APPLY
    assert it.top() == ((Decimal("0.31"), Decimal(2)), None)
    assert it.apply(change(bids=[("0.31", "-3")], signed=True)) is GAP
    assert not it.valid


def test_levels_come_best_first_and_a_quantity_of_zero_removes():
    it = book("bybit:linear:X")
    it.apply(snapshot(1, bids=[(1, 1), (3, 3), (2, 2)], asks=[(9, 9), (7, 7)]))
    it.apply(change(last=2, bids=[(3, 0), (4, "0.5")], asks=[(8, 8)]))
    assert it.levels(2) == (list(_levels([(4, "0.5"), (2, 2)])), list(_levels([(7, 7), (8, 8)])))
    assert it.top() == (_levels([(4, "0.5")])[0], _levels([(7, 7)])[0])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ba"), st.integers(1, 9), st.integers(0, 3)), max_size=60),
    st.integers(0, 59),
)
def test_a_lost_event_is_always_seen(changes, lost):
    events = [
        change(last=n, bids=[(p, q)] if side == "b" else (), asks=[(p, q)] if side == "a" else ())
        for n, (side, p, q) in enumerate(changes, 2)
    ]
    whole, holed = book("bybit:linear:X"), book("bybit:linear:X")
    whole.apply(snapshot(1, (), ()))
    holed.apply(snapshot(1, (), ()))
    assert all(whole.apply(event) is APPLY for event in events)
    truth = {"b": {}, "a": {}}
    for side, price, quantity in changes:
        truth[side][price] = quantity
    assert [dict(side) for side in whole.levels()] == [
        {p: q for p, q in truth[s].items() if q} for s in "ba"
    ]
    for event in events[:lost] + events[lost + 1 :]:
        holed.apply(event)
    assert holed.valid == (lost >= len(events) - 1)


def test_a_venue_without_a_rule_is_said():
    with pytest.raises(ConfigurationError, match="nothing is known of a venue 'kraken'"):
        book("kraken:spot:X")


def test_kalshi_counts_the_messages_of_a_subscription_over_all_markets():
    seen = Subscriptions()
    assert [seen.take(1, n) for n in (5, 6, 6, 9)] == [None, None, None, Missing(1, 7, 8)]
    assert seen.take(2, 100) is None
    assert seen.take(1, 10) is None


@pytest.mark.parametrize(
    ("name", "told"),
    [("binance:spot:X", True), ("deribit:option:X", True), ("bybit:spot:X", False)],
)
def test_which_trades_are_numbered_without_holes(name, told):
    assert numbered_trades(Instrument.parse(name)) is told
