"""A venue that refuses a channel, or a whole message because of one: the others are recorded."""

import pytest

from marketdata_platform.settings import Settings
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.simulator.server.stream_faults import parse_faults
from marketdata_platform.venues import VENUES
from marketdata_platform_tests.feeds.gathering.recording import Recording, settings_for
from marketdata_platform_tests.feeds.venue_server import VenueServer, wait_for
from marketdata_platform_tests.venues.examples import part_of

SYMBOLS = tuple(f"S{number}USDT" for number in range(9))
SAID = "2 Invalid request: unknown stream"


@pytest.fixture
def server():
    with VenueServer() as one:
        one.wrong.unknown = frozenset({"s2usdt@trade", "s7usdt@trade"})
        yield one


def heard(gatherer):
    """Instruments that frames came of."""
    return {one.instrument for one in gatherer.status.streams if one.messages > 3}


def listening_by(notes):
    """Channels that a gatherer listens to, by its notes."""
    listening: set[str] = set()
    for note in notes:
        if note["event"] == "subscribed":
            listening |= set(note["channels"])
        elif note["event"] in ("resubscribing", "refused"):
            listening -= set(note["channels"])
    return listening


def test_channels_that_are_refused_with_others_are_found_dropped_and_told(tmp_path, server):
    with Recording(settings_for(tmp_path, server, symbols=SYMBOLS)) as gatherer:
        wait_for(lambda: len(gatherer.notes("refused")) == 2)
        wait_for(lambda: gatherer.status and len(heard(gatherer)) == 7)
        status = gatherer.status
    notes = sorted(gatherer.notes("refused"), key=lambda note: note["channels"])
    assert [note["channels"] for note in notes] == [["s2usdt@trade"], ["s7usdt@trade"]]
    assert notes[0]["instruments"] == {"binance:spot:S2USDT": ["trades"]}
    assert {note["reason"] for note in notes} == {SAID}
    refused = {one.instrument: one.refused for one in status.streams if one.refused}
    assert refused == {"binance:spot:S2USDT": SAID, "binance:spot:S7USDT": SAID}
    (connection,) = status.connections
    assert (connection.refused, connection.last_error, connection.disconnects) == (2, SAID, 0)


def test_every_part_that_is_asked_for_again_is_noted_as_such(tmp_path, server):
    with Recording(settings_for(tmp_path, server, symbols=SYMBOLS)) as gatherer:
        wait_for(lambda: len(gatherer.notes("refused")) == 2)
    assert (
        listening_by(gatherer.notes())
        == {f"{one.lower()}@trade" for one in SYMBOLS} - server.wrong.unknown
    )


def test_a_refused_channel_is_not_asked_for_again_before_the_next_connection(tmp_path, server):
    settings = settings_for(tmp_path, server, symbols=SYMBOLS[:4], stale_seconds=0.3)
    with Recording(settings) as gatherer:
        wait_for(lambda: gatherer.notes("refused"))
        server.wrong.deaf_to = frozenset({"s0usdt@trade"})
        asked = len(server.seen.messages)
        wait_for(lambda: len(server.seen.messages) >= asked + 2)  # s0usdt's, which fell silent
        later = [name for _, one in server.seen.messages[asked:] for name in one["params"]]
        assert "s2usdt@trade" not in later
        server.wrong.deaf_to = server.wrong.unknown = frozenset()
        server.drop_all()
        wait_for(lambda: len(heard(gatherer)) == 4)
        assert not any(one.refused for one in gatherer.status.streams)
        wait_for(lambda: gatherer.status.connections[0].refused == 0)


def test_a_venue_that_complains_but_takes_the_others_is_heard_in_full(tmp_path, server):
    server.wrong.takes_the_rest = True
    with Recording(settings_for(tmp_path, server, symbols=SYMBOLS)) as gatherer:
        good = {f"{one.lower()}@trade" for one in SYMBOLS} - server.wrong.unknown
        wait_for(lambda: len(gatherer.notes("refused")) == len(SYMBOLS))
        wait_for(lambda: listening_by(gatherer.notes()) == good)
        wait_for(lambda: gatherer.status.connections[0].refused == 2)
        wait_for(lambda: sum(bool(one.refused) for one in gatherer.status.streams) == 2)


def test_when_all_is_refused_the_gatherer_says_so_and_stays(tmp_path, server):
    server.wrong.unknown = frozenset(f"{one.lower()}@trade" for one in SYMBOLS[:3])
    with Recording(settings_for(tmp_path, server, symbols=SYMBOLS[:3])) as gatherer:
        wait_for(lambda: gatherer.status and gatherer.status.connections[0].refused == 3)
        assert gatherer.status.connections[0].state == "connected"
    assert len(gatherer.notes("connected")) == 1


def test_a_symbol_that_is_delisted_while_it_is_recorded_costs_the_others_nothing(tmp_path):
    good, gone = "bybit:linear:BTCUSDT", "bybit:linear:ETHUSDT"
    with SimulatedExchange(ExchangeConfig((good, gone), rate=400, steady=True)) as exchange:
        settings = Settings(
            root=tmp_path,
            gatherers=["g1"],
            capture={
                "instruments": dict.fromkeys((good, gone), ("trades", "book_deltas")),
                "commit_seconds": 0.02,
                "stale_seconds": 0.5,
            },
            endpoints=exchange.endpoints(),
        )
        with Recording(settings) as gatherer:
            wait_for(lambda: gatherer.status and heard(gatherer) == {good, gone})
            exchange.set_faults(parse_faults(f"dead={gone}"))
            wait_for(lambda: gatherer.status.connections[0].refused == 2)
            before = gatherer.status.streams[0].messages
            wait_for(lambda: gatherer.status.streams[0].messages > before + 20)
    assert {name for note in gatherer.notes("refused") for name in note["instruments"]} == {gone}
    assert len(gatherer.notes("connected")) == 1


@pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.name)
def test_an_unknown_symbol_costs_a_good_one_nothing_at_any_venue(tmp_path, venue):
    good, unknown = part_of(venue.name, "simulated").SIMULATED.listed
    refuses = not part_of(venue.name, "small_frames").STREAMS.silent
    with SimulatedExchange(ExchangeConfig((good,), rate=200, steady=True)) as exchange:
        settings = Settings(
            root=tmp_path,
            gatherers=["g1"],
            capture={
                "instruments": dict.fromkeys((unknown, good), ("trades", "book_deltas")),
                "commit_seconds": 0.02,
            },
            endpoints=exchange.endpoints(),
        )
        with Recording(settings) as gatherer:
            wait_for(lambda: gatherer.status and heard(gatherer) == {good})
            wait_for(lambda: len(gatherer.notes("refused")) >= (1 if refuses else 0))
            wait_for(
                lambda: all(
                    one.messages for one in gatherer.status.streams if one.instrument == good
                )
            )
    refused = {name for note in gatherer.notes("refused") for name in note["instruments"]}
    assert refused == ({unknown} if refuses else set())
