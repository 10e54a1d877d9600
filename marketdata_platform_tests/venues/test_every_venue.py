"""The same questions to every venue: what it is asked, what it answers, and how it is heard."""

import json
import subprocess
import sys

import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.connecting.handshakes import handshake_of, history_headers_of
from marketdata_platform.feeds.connecting.subscribing import Subscribing
from marketdata_platform.feeds.gathering.channel_state import ChannelStats
from marketdata_platform.feeds.gathering.continuity import Watch
from marketdata_platform.feeds.gathering.plan import plan
from marketdata_platform.venues import VENUES, venue_named, venue_of
from marketdata_platform.venues.channels import channel_of, streams_of
from marketdata_platform.venues.endpoint import ANY_MARKET
from marketdata_platform.venues.endpoints import endpoint_of
from marketdata_platform.venues.stream_rules import Count
from marketdata_platform_tests.venues.examples import part_of

EVERY_VENUE = pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.name)
MARKETS = [(venue, one) for venue in VENUES for one in venue.endpoints]
EVERY_MARKET = pytest.mark.parametrize(
    ("venue", "endpoint"), MARKETS, ids=[f"{v.name}:{e.market}" for v, e in MARKETS]
)


def examples_of(venue):
    return part_of(venue.name, "small_frames").STREAMS


def heard_by(venue):
    """Each example with its reading."""
    examples = examples_of(venue)
    instrument = Instrument.parse(examples.instrument)
    for one in examples.heard:
        name = channel_of(instrument, one.dataset)
        dataset = one.dataset.partition("@")[0]
        yield one, venue.streams.reading(instrument, name, (dataset,))


def many_channels(venue, market, count):
    """Names of channels of as many instruments of a market."""
    market = Instrument.parse(examples_of(venue).instrument).market if market == "any" else market
    return [channel_of(Instrument(venue.name, market, f"S{n}-1"), "trades") for n in range(count)]


@EVERY_MARKET
def test_addresses_are_encrypted_and_limits_make_sense(venue, endpoint):
    addresses = [endpoint.websocket, *(one.websocket for one in endpoint.other_addresses)]
    assert all(one.startswith("wss://") for one in addresses)
    assert endpoint.rest.startswith("https://") and endpoint.source.startswith("https://")
    assert endpoint.venue == venue.name
    assert 0 < endpoint.arguments <= endpoint.streams
    assert endpoint.heartbeat.silence_seconds > endpoint.heartbeat.every_seconds
    assert endpoint.connects.count > 0 and endpoint.messages.count > 0


@EVERY_MARKET
def test_messages_keep_to_the_limits_name_each_channel_once_and_count_on(venue, endpoint):
    wanted = many_channels(venue, endpoint.market, 2 * endpoint.arguments + 1)
    messages = venue.streams.subscribe(endpoint.market, [*wanted, wanted[0]], 7)
    assert [one.number for one in messages] == [7, 8, 9]
    assert [name for one in messages for name in one.channels] == wanted
    assert max(len(one.channels) for one in messages) == endpoint.arguments
    assert all(isinstance(json.loads(one.payload), dict) for one in messages)
    sids = {name: 1 + number % 2 for number, name in enumerate(wanted)}
    ended = venue.streams.unsubscribe(endpoint.market, wanted, 10, sids)
    assert sorted(name for one in ended for name in one.channels) == sorted(wanted)
    assert [one.number for one in ended] == list(range(10, 10 + len(ended)))
    assert {one.payload for one in ended}.isdisjoint(one.payload for one in messages)


@EVERY_VENUE
def test_a_channel_has_a_name_of_its_own_whatever_the_symbol(venue):
    examples = examples_of(venue)
    instruments = [
        Instrument.parse(one) for one in (examples.instrument, examples.other, examples.odd)
    ]
    datasets = [one.dataset for one in examples.heard]
    names = {channel_of(one, dataset) for one in instruments for dataset in datasets}
    assert len(names) == len(instruments) * len(datasets)
    messages = venue.streams.subscribe(instruments[0].market, sorted(names), 1)
    assert {name for one in messages for name in one.channels} == names


@EVERY_VENUE
def test_frames_have_the_key_of_their_channel_and_of_no_other(venue):
    examples = examples_of(venue)
    other = Instrument.parse(examples.other)
    keys = []
    for one, reading in heard_by(venue):
        assert {venue.streams.key_of(frame) for frame in one.frames} == {reading.key}
        keys.append(reading.key)
        name = channel_of(other, one.dataset)
        keys.append(venue.streams.reading(other, name, (one.dataset,)).key)
    assert len(set(keys)) == len(keys)


@EVERY_VENUE
def test_ids_spans_and_the_moment_are_read(venue):
    for one, reading in heard_by(venue):
        assert reading.moment(one.frames[-1]) == one.moment_us
        if reading.count is Count.IDS:
            assert reading.ids(one.frames) == list(one.ids)
        elif reading.count is not Count.NOT:
            assert reading.spans(one.frames) == list(one.spans)
        else:
            assert (one.ids, one.spans) == ((), ())


@EVERY_VENUE
def test_frames_that_follow_each_other_show_no_gap_and_one_that_is_left_out_shows(venue):
    examples = examples_of(venue)
    for one, reading in heard_by(venue):
        market = plan({Instrument.parse(examples.instrument): (one.dataset,)}, endpoint_of)[0]
        stats = {channel: ChannelStats(channel) for channel in market.connections[0].channels}
        watch = Watch(stats, market.connections[0], "c1")
        watch.look([(list(one.frames), 10**18, 10**9)])
        found = watch.found()
        assert (found.gaps, found.broken, watch.unread, watch.replies()) == ([], [], 0, [])
        (state,) = stats.values()
        assert state.messages == len(one.frames)
        if reading.count is not Count.NOT:
            assert state.last_sequence == (one.ids[-1] if one.ids else one.spans[-1][1])


@EVERY_VENUE
def test_odd_frames_are_of_no_channel_and_are_no_reply(venue):
    for frame in (b"", b"{", b"null", b"[]", b"7", b"\x00\xff", b'{"id":true}', b"[" * 50_000):
        assert venue.streams.key_of(frame) is None
        assert venue.streams.reply(frame) is None


@EVERY_VENUE
def test_a_message_that_is_taken_refuses_nothing(venue):
    asking, messages = _asked(venue, 3)
    for message in messages:
        reply = venue.streams.reply(examples_of(venue).answer(message, frozenset()))
        assert reply is not None and (reply.said, reply.answer) == ("", b"")
        outcome = asking.answered(reply)
        assert (outcome.refused, outcome.again, outcome.said) == ((), (), "")


@EVERY_VENUE
@pytest.mark.parametrize("bad_places", [(), (0,), (4, 11), tuple(range(13))])
def test_unknown_symbols_are_refused_alone_and_take_no_good_one_with_them(venue, bad_places):
    examples = examples_of(venue)
    asking, messages = _asked(venue, 13)
    names = [name for one in messages for name in one.channels]
    bad = frozenset(names[place] for place in bad_places)
    taken: set[str] = set()
    sent = 0
    while messages:
        for message in messages:
            sent += 1
            outcome = asking.answered(venue.streams.reply(examples.answer(message, bad)))
            if not outcome.again:
                taken |= set(message.channels) - set(outcome.refused)
        messages = asking.next_part()
    if examples.silent:
        assert asking.refused == {} and taken == set(names)
    else:
        assert asking.refused.keys() == bad and taken == set(names) - bad
        assert all(asking.refused.values())
    assert sent <= 3 * len(names)
    assert asking.ask(names) == [] or bad != set(names) or examples.silent


def _asked(venue, count):
    market = Instrument.parse(examples_of(venue).instrument).market
    asking = Subscribing(venue.streams, market)
    return asking, asking.ask(many_channels(venue, market, count))


@EVERY_VENUE
def test_what_a_venue_does_not_stream_is_an_error_that_says_what_it_does(venue):
    instrument = Instrument.parse(examples_of(venue).instrument)
    with pytest.raises(ConfigurationError, match=r"streams no 'nothing'; it streams .*trades"):
        channel_of(instrument, "nothing")
    with pytest.raises(ConfigurationError, match="has no trades@'nothing'; allowed: trades"):
        channel_of(instrument, "trades@nothing")
    elsewhere = Instrument(venue.name, "nowhere", instrument.symbol)
    for ask in (
        lambda: endpoint_of(venue.name, "nowhere"),
        lambda: channel_of(elsewhere, "trades"),
        lambda: plan({elsewhere: ("trades",)}, endpoint_of),
    ):
        with pytest.raises(ConfigurationError, match=f"marketdata_platform/venues/{venue.name}"):
            ask()
    if all(one.market != ANY_MARKET for one in venue.endpoints):
        with pytest.raises(ConfigurationError, match=f"marketdata_platform/venues/{venue.name}"):
            venue.streams.subscribe("nowhere", ["a"], 1)


def test_what_a_gatherer_needs_of_venues_loads_nothing_heavy():
    heavy = ("polars", "pyarrow", "numba", "numpy", "cryptography")
    parts = ("channels", "endpoints", "lookups", "credentials")
    modules = ", ".join(f"marketdata_platform.venues.{part}" for part in parts)
    code = f"import sys, {modules}; print(*[name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


NOWHERE = Instrument("nowhere", "spot", "BTCUSDT")


@pytest.mark.parametrize(
    "ask",
    [
        lambda: venue_named("nowhere"),
        lambda: venue_of(NOWHERE),
        lambda: endpoint_of("nowhere", "spot"),
        lambda: channel_of(NOWHERE, "trades"),
        lambda: streams_of("nowhere"),
        lambda: handshake_of("nowhere"),
        lambda: history_headers_of("nowhere"),
        lambda: plan({NOWHERE: ("trades",)}, endpoint_of),
    ],
)
def test_an_unknown_venue_is_an_error_that_names_the_file_to_describe_it_in(ask):
    with pytest.raises(ConfigurationError, match=r"venues/<name>/__init__\.py"):
        ask()
