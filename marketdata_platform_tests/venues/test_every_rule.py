"""The same questions to every venue: what is missing is seen, asked for again, and never guessed.

The made-up venue is found by its entry point, and nothing of it is numbered.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from marketdata_platform import venues
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.core.window import from_us
from marketdata_platform.feeds.asking.history import RestHistory
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.venues import VENUES, venue_named, venue_of
from marketdata_platform.venues.continuity import BookIds, TradeIds
from marketdata_platform.venues.decoding import (
    decode_answers,
    decoder_of,
    routed,
    routing_key,
)
from marketdata_platform.venues.kit.streams import WEBSOCKET, Stream
from marketdata_platform.venues.lookups import (
    book_rule,
    continuity_of,
    market_of,
    numbered_trades,
    polls,
    routes_of,
)
from marketdata_platform.venues.rest_rules import RestAnswer, WantedIds, WantedTime
from marketdata_platform.workflows.bookkeeping.contiguous_ids import contiguous_trade_ids
from marketdata_platform.workflows.bookkeeping.gap_ledger import (
    BY_BOOK,
    BY_IDS,
    BY_SILENCE,
    read_gaps,
)
from marketdata_platform.workflows.deriving.books import book_at
from marketdata_platform.workflows.gaps.book_gaps import numbered_book
from marketdata_platform.workflows.gaps.finding import numbered
from marketdata_platform.workflows.gaps.outage_gaps import unnumbered
from marketdata_platform_tests.venues import quiet_sample
from marketdata_platform_tests.venues.every_frame import GOOD
from marketdata_platform_tests.venues.examples import part_of_every_venue
from marketdata_platform_tests.workflows.landing.land_journals import NOW, START_MS, landed, write

SAMPLES = {name: one.SAMPLE for name, one in part_of_every_venue("rule_sample").items()}
SAMPLES["quiet"] = quiet_sample.SAMPLE
EVERY = [*(venue.name for venue in VENUES), "quiet"]
DATASETS = ("trades", "book_deltas")
TICK = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def outside_venue(monkeypatch):
    """The made-up venue, as another package's entry point adds it."""
    where = "marketdata_platform_tests.venues.quiet:QUIET"
    point = EntryPoint(name="quiet", value=where, group=venues.ENTRY_POINTS)
    monkeypatch.setattr(venues, "entry_points", lambda group: [point])
    venues.all_venues.cache_clear()
    yield
    monkeypatch.undo()
    venues.all_venues.cache_clear()


@pytest.fixture
def store():
    return MemoryStore(clock=lambda: NOW)


def note(sample, seconds, event, connection="a", **said):
    told = {"event": event, "instruments": {str(sample.instrument): list(DATASETS)}, **said}
    name = f"{sample.instrument.venue}:{sample.market}/note/{connection}"
    return name, json.dumps(told).encode(), START_MS + round(seconds * 1000)


def sent(sample, seconds, end, frame):
    """A frame that was received when it was sent."""
    name = f"{sample.instrument.venue}:{sample.market}/{end}"
    return name, frame, START_MS + round(seconds * 1000)


def trades(sample, numbers, connection="a"):
    """Trade n in second n."""
    return [sent(sample, n, f"ws/{connection}", sample.trade(n, n * 1000)) for n in numbers]


def changes(sample, numbers):
    return [sent(sample, n, *sample.change(n, n * 1000)) for n in numbers]


def whole(sample, number):
    return sent(sample, number, *sample.whole(number, number * 1000))


def second(number):
    return from_us((START_MS + round(number * 1000)) * 1000)


def test_every_venue_has_a_sample_and_says_everything():
    assert set(SAMPLES) == set(EVERY)
    for name in EVERY:
        venue = venue_named(name)
        assert all(hasattr(venue, one.name) for one in fields(venue))
        assert all(one.default is one.default_factory for one in fields(venue)), "a default"
        assert set(venue.continuity.book_rules) <= set(venue.markets)
        assert set(venue.routing_keys.values()) <= {*venue.markets, "any"}


@pytest.mark.parametrize("name", EVERY)
def test_a_missing_trade_id_is_a_gap_where_trades_are_numbered_and_only_there(
    name, store, tmp_path
):
    sample = SAMPLES[name]
    write(tmp_path, "g1", [note(sample, 0, "subscribed"), *trades(sample, [1, 2, 3, 6, 7])])
    landed(store, tmp_path, "g1")
    found = [
        (gap.dataset, gap.detected_by, gap.first_missing, gap.last_missing)
        for gap in read_gaps(store, sample.instrument)
    ]
    expected = venue_named(name).continuity.trade_ids is not TradeIds.SILENCE
    assert found == ([("trades", BY_IDS, 4, 5)] if expected else [])


@pytest.mark.parametrize("name", EVERY)
def test_the_time_in_which_nobody_listened_is_a_gap_of_what_is_not_numbered(name, store, tmp_path):
    sample = SAMPLES[name]
    write(
        tmp_path,
        "g1",
        [
            note(sample, 0, "subscribed", "a"),
            *trades(sample, range(1, 5), "a"),
            note(sample, 9, "subscribed", "b"),
            *trades(sample, range(10, 13), "b"),
        ],
    )
    landed(store, tmp_path, "g1")
    found = {
        (gap.dataset, gap.from_time, gap.to_time)
        for gap in read_gaps(store, sample.instrument)
        if gap.detected_by == BY_SILENCE
    }
    continuity = venue_named(name).continuity
    silent = {
        "trades": continuity.trade_ids is TradeIds.SILENCE,
        "book_deltas": continuity.book_ids is not BookIds.CHAIN,
    }
    assert found == {(one, second(4), second(9)) for one, is_so in silent.items() if is_so}


def broken_book(sample, kind):
    """A whole book, changes 2 and 3, a break before 6 that this kind of numbers shows, a whole book
    and a change that follows it.
    """
    begin = [note(sample, 0, "subscribed"), whole(sample, 1), *changes(sample, [2, 3])]
    end = [*changes(sample, [6]), whole(sample, 8), *changes(sample, [9])]
    if kind is BookIds.CHAIN:
        return [*begin, *end]
    if kind is BookIds.SUBSCRIPTION:
        return [*begin, end[0], note(sample, 6, "gap"), *end[1:]]
    other = [(name.replace("ws/a", "ws/b"), frame, ms) for name, frame, ms in end]
    return [*begin, note(sample, 5.5, "subscribed", "b"), *other]


@pytest.mark.parametrize("name", EVERY)
def test_a_break_makes_the_book_invalid_until_a_whole_one_comes(name, store, tmp_path):
    sample, kind = SAMPLES[name], venue_named(name).continuity.book_ids
    write(tmp_path, "g1", broken_book(sample, kind))
    landed(store, tmp_path, "g1")
    (gap,) = [gap for gap in read_gaps(store, sample.instrument) if gap.dataset == "book_deltas"]
    assert gap.detected_by == (BY_BOOK if kind is BookIds.CHAIN else BY_SILENCE)

    def quantity(moment):
        book = book_at(store, sample.instrument, second(moment))
        return int(book.levels()[0][0][1]) if book.valid else None

    assert [quantity(moment) for moment in (2.5, 6.5, 9.5)] == [2, None, 9]


@pytest.mark.parametrize("name", EVERY)
def test_a_book_without_a_break_stays_valid(name, store, tmp_path):
    sample = SAMPLES[name]
    frames = [note(sample, 0, "subscribed"), whole(sample, 1), *changes(sample, [2, 3, 4])]
    write(tmp_path, "g1", frames)
    landed(store, tmp_path, "g1")
    assert read_gaps(store, sample.instrument) == []
    assert book_at(store, sample.instrument, second(4.5)).valid


def wanted_of(name):
    """The way in which the venue is asked for trades 11 to 30, and the way in which it is not."""
    by_time = WantedTime(second(11), second(30) + TICK)
    by_ids = WantedIds(11, 30, aggregate=False)
    numbered = venue_named(name).continuity.numbered_trades
    return (by_ids, by_time) if numbered else (by_time, by_ids)


@pytest.mark.parametrize("name", [name for name in EVERY if SAMPLES[name].page])
def test_past_trades_are_asked_for_page_by_page_and_become_rows(name):
    sample, venue = SAMPLES[name], venue_named(name)
    wanted, refused = wanted_of(name)
    pages = venue.rest.pages(sample.instrument, wanted)
    found, request = [], next(pages)
    for _ in range(100):
        body = json.dumps(sample.page(request, range(11, 31))).encode()
        assert request.target.startswith("/") and request.weight >= 1
        out = decode_answers(request.stream, [body], [START_MS * 1000])
        assert out.rejected == []
        assert {part.instrument for part in out.rows} == {sample.instrument}
        found += [
            value for part in out.rows for value in part.table.column(sample.id_column).to_pylist()
        ]
        try:
            request = pages.send(RestAnswer(200, body))
        except StopIteration:
            break
    assert len(found) == len(set(found)) == 20
    with pytest.raises(ConfigurationError, match=name):
        venue.rest.pages(sample.instrument, refused)


def test_a_venue_that_tells_nothing_of_the_past_says_so():
    wanted, other = wanted_of("quiet")
    for one in (wanted, other):
        with pytest.raises(ConfigurationError, match="quiet tells nothing of the past"):
            venue_named("quiet").rest.pages(SAMPLES["quiet"].instrument, one)


def decoded(sample, *frames):
    stream = Stream(sample.instrument.venue, sample.market, WEBSOCKET, "a")
    venue, market = routed(routing_key(stream))
    received = np.full(len(frames), START_MS * 1000, np.int64)
    return decoder_of(venue).decode(market, list(frames), received, Repeats())


@pytest.mark.parametrize("name", EVERY)
def test_the_venues_own_frames_are_decoded_and_new_fields_are_ignored(name):
    sample = SAMPLES[name]
    frames = [
        sample.trade(1, 1000),
        *(one for end, one in (sample.whole(1, 1000), sample.change(2, 2000)) if "ws" in end),
    ]
    plain = decoded(sample, *frames)
    assert plain.rejected == []
    assert {part.instrument for part in plain.rows} == {sample.instrument}
    more = [frame[:-1] + b',"brand_new":{"a":[1,null,"x"]}}' for frame in frames]
    wider = decoded(sample, *more)
    assert wider.rejected == []
    assert [part.table.to_pylist() for part in wider.rows] == [
        part.table.to_pylist() for part in plain.rows
    ]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("symbol", ["../../etc", "A\\u0000B", "\\u202eA", ""])
def test_odd_symbols_are_refused_beside_good_ones(name, symbol):
    sample = SAMPLES[name]
    good = sample.trade(1, 1000)
    bad = good.replace(f'"{sample.instrument.symbol}"'.encode(), f'"{symbol}"'.encode())
    assert bad != good
    out = decoded(sample, good, bad, sample.trade(2, 2000))
    assert [one.frame for one in out.rejected] == [1]
    assert sum(len(part.table) for part in out.rows) == 2


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("symbol", ["../../etc", "a&b=c", "x y", "A#", "KX/../a?b=c&d"])
def test_odd_symbols_are_quoted_wherever_they_stand_in_a_request(name, symbol):
    for routes in venue_named(name).rest.routes.values():
        for route in routes.by_name:
            target = routes.request(route, symbol).target
            assert target.count("?") <= 1 and ".." not in target.replace("..%2F", "%2F")
            assert not set(target) & set(" #\\\r\n")


def test_every_routing_key_leads_to_its_venue_and_a_market_of_it():
    for name in EVERY:
        venue = venue_named(name)
        for key, market in venue.routing_keys.items():
            assert routed(key) == (venue, market)
    assert {key for venue in VENUES for key in venue.routing_keys} >= set(GOOD)


NOWHERE = Instrument("nowhere", "spot", "X")
OTHER = Instrument("bybit", "nowhere", "X")
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
LOOKUPS = {
    "venue_named": lambda one: venue_named(one.venue),
    "venue_of": venue_of,
    "continuity_of": continuity_of,
    "numbered_trades": numbered_trades,
    "gaps: numbered": lambda one: numbered(one, "trades"),
    "gaps: numbered_book": lambda one: numbered_book(one, "book_deltas"),
    "gaps: unnumbered trades": lambda one: unnumbered(one, "trades"),
    "gaps: unnumbered books": lambda one: unnumbered(one, "book_deltas"),
}
OF_A_MARKET = {
    "market_of": market_of,
    "book_rule": book_rule,
    "book_at": lambda one: book_at(MemoryStore(), one, MOMENT),
    "routes_of": lambda one: routes_of(one.venue, one.market),
    "polls": lambda one: polls(one, "instruments"),
    "routing_key": lambda one: routing_key(Stream(one.venue, one.market, WEBSOCKET, "a")),
    "trades by id": lambda one: RestHistory(None).trades(one, 1, 2),
    "trades by time": lambda one: RestHistory(None).trades_between(one, MOMENT, MOMENT),
}
BY_NAME = {
    "routed": lambda one: routed(one.venue.upper()),
    "decode_answers": lambda one: decode_answers(
        Stream.answer(one.venue, one.market, "trades"), [b"{}"], [0]
    ),
}


@pytest.mark.parametrize("lookup", [*LOOKUPS, *OF_A_MARKET, *BY_NAME])
def test_a_venue_that_nobody_describes_is_an_error_that_says_where_to_describe_it(lookup):
    ask = {**LOOKUPS, **OF_A_MARKET, **BY_NAME}[lookup]
    with pytest.raises(ConfigurationError, match=r"(?i)nowhere"):
        ask(NOWHERE)


@pytest.mark.parametrize("lookup", OF_A_MARKET)
def test_a_market_that_its_venue_does_not_state_is_an_error_too(lookup):
    with pytest.raises(ConfigurationError, match=r"nowhere|does not number|by time"):
        OF_A_MARKET[lookup](OTHER)


def test_what_comes_from_files_only_needs_no_venue_and_its_ids_vouch_for_nothing():
    assert not contiguous_trade_ids(NOWHERE)
    assert not contiguous_trade_ids(Instrument("databento", "glbx", "ESU4"))
    assert contiguous_trade_ids(Instrument("binance", "futures_agg", "BTCUSDT"))


def test_frames_of_a_venue_that_nobody_describes_are_refused_and_nothing_else_stops(
    store, tmp_path
):
    sample = SAMPLES["bybit"]
    told = {"event": "subscribed", "instruments": {str(NOWHERE): list(DATASETS)}}
    odd = [
        ("nowhere:spot/note/a", json.dumps(told).encode(), START_MS),
        ("nowhere:spot/ws/a", b"{}", START_MS),
        ("nowhere:spot/rest/trades", b"{}", START_MS),
        ("bybit:nowhere/ws/a", b"{}", START_MS),
    ]
    write(tmp_path, "g1", [*odd, *trades(sample, [1, 2])])
    result = landed(store, tmp_path, "g1")
    assert (result.inserted, result.quarantined) == (2, 3)
